"""`efferent run`: the controller."""

import argparse
from pathlib import Path

from cli.broker_options import add_broker_arguments, broker_address
from cli.exit_codes import WELL
from cli.telling import tell
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
