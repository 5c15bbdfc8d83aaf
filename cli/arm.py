"""`efferent arm`: a simulated arm on the bus."""

import argparse
from pathlib import Path

from cli.broker_options import add_broker_arguments, broker_address
from cli.exit_codes import WELL
from cli.run import tell
from cli.until_stopped import run_until_stopped
from controller.config import load_arm
from sim.arm.node import ArmNode

DEFAULT_ARM = Path(__file__).resolve().parent.parent / "configs/arms/transhumeral.toml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument("--arm", type=Path, default=DEFAULT_ARM, metavar="FILE", help="joints and limits (TOML)")
    add_broker_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Run until SIGINT or SIGTERM."""
    run_until_stopped(ArmNode(load_arm(options.arm), broker_address(options), tell).run())
    return WELL
