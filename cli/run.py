"""`efferent run`: the controller."""

import argparse
import sys
from pathlib import Path

from cli.addresses import broker_address
from cli.exit_codes import WELL
from cli.until_stopped import run_until_stopped
from controller.config import load_run
from controller.decoders.model_file import load_model
from controller.service import Service


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument("--config", type=Path, required=True, help="TOML file, see configs/example.toml")
    parser.add_argument("--broker", metavar="URL", help="use this broker instead of the one in the file")


def run(options: argparse.Namespace) -> int:
    """Run until SIGINT or SIGTERM. Motion begins only when a person engages (`efferent engage`)."""
    config, arm = load_run(options.config)
    if options.broker:
        config = config.model_copy(update={"broker": broker_address(options.broker)})
    service = Service(config, arm, load_model(config.model), tell)
    run_until_stopped(service.run())
    return WELL


def tell(line: str) -> None:
    """Say what changed, on stderr, so that stdout stays free for data."""
    print(line, file=sys.stderr, flush=True)
