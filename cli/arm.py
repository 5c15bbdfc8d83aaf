"""`efferent arm`: a simulated arm on the bus."""

import argparse
from pathlib import Path

from cli.broker_options import add_broker_arguments, broker_address
from cli.errors import UsageError
from cli.exit_codes import WELL
from cli.run import tell
from cli.until_stopped import run_until_stopped
from controller.config_file import load_arm
from controller.stop_line import StopLineConfig
from sim.arm.node import ArmNode

DEFAULT_ARM = Path(__file__).resolve().parent.parent / "configs/arms/transhumeral.toml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument("--arm", type=Path, default=DEFAULT_ARM, metavar="FILE", help="joints and limits (TOML)")
    parser.add_argument("--stop-line", metavar="PORT", help="a hardware stop line on this machine's serial port")
    parser.add_argument(
        "--stop-line-sense",
        choices=("heartbeat", "cts"),
        default="heartbeat",
        help="what lets the arm move: the byte R ten times a second (heartbeat, default), or the CTS pin",
    )
    add_broker_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Run until SIGINT or SIGTERM."""
    line = None
    if options.stop_line is not None:
        if not options.stop_line:
            raise UsageError("--stop-line: expected a serial port, such as /dev/ttyUSB1, got an empty text")
        line = StopLineConfig(port=options.stop_line, sense=options.stop_line_sense)
    run_until_stopped(ArmNode(load_arm(options.arm), broker_address(options), tell, line).run())
    return WELL
