"""`efferent broker`: an MQTT broker for this machine, in the foreground."""

import argparse
import signal

_LOOK_UP_S = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the verb's options."""
    parser.add_argument(
        "--kind",
        choices=("auto", "embedded", "mosquitto"),
        default="auto",
        help="auto takes mosquitto where it is installed and the embedded broker elsewhere",
    )
    parser.add_argument("--port", type=int, default=1883, help="port on 127.0.0.1; 0 takes a free one (default 1883)")


def run(args: argparse.Namespace) -> int:
    """Run the broker until Ctrl-C or SIGTERM; prints its url alone on the first line. Raises `SimError`."""
    from sim.broker import start_broker  # noqa: PLC0415 - other verbs need no sockets and processes
    from sim.errors import SimError  # noqa: PLC0415

    # as if Ctrl-C had been pressed, so that both end alike
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with start_broker(args.kind, args.port) as broker:
            print(broker.url)
            print(f"{broker.kind} broker for this machine only, without a password; Ctrl-C stops it.", flush=True)
            # in steps, because Windows runs no signal handler inside a wait without end
            while not broker.wait(_LOOK_UP_S):
                pass
    except KeyboardInterrupt:
        return 0
    words = "; ".join(broker.last_words) or "nothing"
    raise SimError(
        f"the {broker.kind} broker at {broker.url} ended by itself (exit code {broker.exit_code}, it said: {words}); "
        "start it again, or try another --kind"
    )
