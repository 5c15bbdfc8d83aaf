"""The options of `efferent bench`. What measures is loaded when it runs: the processes it starts need little of it."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="WHAT")
    step = kinds.add_parser("step", help="computing time of one decision, from 4 to 256 channels")
    step.add_argument("--json", action="store_true", help="print one JSON object")
    arm = kinds.add_parser("arm", help="the simulated arm with its guard, against real time")
    arm.add_argument("--json", action="store_true", help="print one JSON object")
    latency = kinds.add_parser("latency", help="sample written by the device → command at another MQTT client")
    latency.add_argument("--json", action="store_true", help="print one JSON object")
    latency.add_argument("--duration", type=float, default=30.0, metavar="S", help="default 30 s")
    latency.add_argument(
        "--broker", choices=("auto", "embedded", "mosquitto"), default="auto", help="auto: mosquitto if installed"
    )
    latency.add_argument("--device", choices=("serial", "lsl"), default="serial", help="how the EMG comes in")
    latency.add_argument(
        "--lsl-outlet", action="store_true", help="the controller publishes EMG and decisions, and a program reads them"
    )
    latency.add_argument("--samples-per-packet", type=int, default=1, metavar="N", help="default 1, the hardest")
    latency.add_argument(
        "--load",
        action="store_true",
        help="beside a program that wants every core: at the usual priority, then with real-time priority",
    )
    driver = kinds.add_parser("driver", help="bytes written by a device → chunk, and what reading costs")
    driver.add_argument("--json", action="store_true", help="print one JSON object")
    driver.add_argument("--duration", type=float, default=20.0, metavar="S", help="of each of two loads, default 20 s")
    loop = kinds.add_parser("closed-loop", help="a virtual wearer takes a TAC test live, and on the virtual clock")
    loop.add_argument("--json", action="store_true", help="print one JSON object")
    loop.add_argument("--targets", type=int, default=12, metavar="N", help="default 12; each takes about 10 s")
    loop.add_argument("--moved-joints", type=int, default=3, metavar="N", help="joints that a target moves, default 3")
    loop.add_argument("--seed", type=int, default=1, help="which wearer, and which order of the targets (1)")
    loop.add_argument("--takes", type=int, default=4, metavar="N", help="runs on the virtual clock, default 4")
    loop.add_argument(
        "--broker", choices=("auto", "embedded", "mosquitto"), default="auto", help="auto: mosquitto if installed"
    )


def run(options: argparse.Namespace) -> int:
    """Measure and print."""
    from cli.bench.report import measure_and_print

    return measure_and_print(options)
