"""`efferent run`: the controller."""

import argparse
import contextlib
import sys
from pathlib import Path

from cli.broker_options import add_broker_arguments, broker_address
from cli.exit_codes import WELL
from cli.until_stopped import run_until_stopped
from controller.config import DEFAULT_DECODER
from controller.config_file import load_run
from controller.decoder_choice import load_models
from controller.service import Service


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument("--config", type=Path, required=True, help="TOML file, see configs/example.toml")
    add_broker_arguments(parser, "the file's")


def run(options: argparse.Namespace) -> int:
    """Run until SIGINT or SIGTERM. Motion begins only when a person engages (`efferent engage`)."""
    config, arm = load_run(options.config)
    config = config.model_copy(update={"broker": broker_address(options, config.broker)})
    models = load_models(config)
    service = Service(config, arm, models.pop(DEFAULT_DECODER), tell, models)
    run_until_stopped(service.run())
    return WELL


def tell(line: str) -> None:
    """Say what changed, on stderr, so that stdout stays free for data."""
    with contextlib.suppress(OSError):  # a log on a full disk, a terminal that was closed: no reason to stop
        print(line, file=sys.stderr, flush=True)
