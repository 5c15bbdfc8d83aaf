"""An MQTT broker for this machine, in the foreground."""

import argparse
import signal

from cli.exit_codes import WELL
from sim.broker import start_broker
from sim.errors import SimError

_LOOK_UP_S = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument(
        "--kind", choices=("auto", "embedded", "mosquitto"), default="auto", help="auto: mosquitto if installed"
    )
    parser.add_argument("--port", type=int, default=1883, help="port on 127.0.0.1; 0 takes a free one (default 1883)")


def run(options: argparse.Namespace) -> int:
    """Run the broker until SIGINT or SIGTERM; its url stands alone on the first line. Raises `SimError`."""
    # as if Ctrl-C had been pressed, so that both end alike
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with start_broker(options.kind, options.port) as broker:
            print(broker.url)
            print(f"{broker.kind} broker for this machine only, without a password; Ctrl-C stops it.", flush=True)
            # in steps, because Windows runs no signal handler inside a wait without end
            while not broker.wait(_LOOK_UP_S):
                pass
    except KeyboardInterrupt:
        return WELL
    raise SimError(
        f"the {broker.kind} broker at {broker.url} ended by itself (exit code {broker.exit_code}, it said: "
        f"{'; '.join(broker.last_words) or 'nothing'}); start it again, or try another --kind"
    )
