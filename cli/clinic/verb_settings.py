"""What the options of `efferent clinic` say."""

import argparse
from pathlib import Path

from pydantic import ValidationError

from cli.broker_options import broker_address
from cli.errors import UsageError
from clinic.settings import ClinicSettings
from controller.config_file import load_run


def settings_from(options: argparse.Namespace, config: Path) -> ClinicSettings:
    """Return the settings that the options say. Raises `UsageError`."""
    run_config, _arm = load_run(config)
    try:
        return ClinicSettings(
            run=config,
            broker=broker_address(options, run_config.broker),
            store=options.store,
            host=options.host,
            port=options.port,
            names=tuple(options.name or ()),
            certificate=options.certificate,
            key=options.key,
        )
    except ValidationError as error:
        fault = error.errors()[0]
        option = "".join(f"--{part.removesuffix('s')}: " for part in map(str, fault["loc"][:1]))
        raise UsageError(option + fault["msg"].removeprefix("Value error, ")) from None
