"""The options of every verb that joins a broker: where it is, how we know it, who we are."""

import argparse
import os
from pathlib import Path

from pydantic import ValidationError

from cli.errors import UsageError
from controller.broker_address import FILES, BrokerAddress
from controller.config_file import load_broker

# Read where no option says otherwise, so that a stop is short to type.
CONFIG_VARIABLE = "EFFERENT_BROKER_CONFIG"


def add_broker_arguments(parser: argparse.ArgumentParser, default: str = BrokerAddress().url) -> None:
    """Add the group; `default`: the words for what holds without any of them."""
    group = parser.add_argument_group("broker")
    group.add_argument("--broker", metavar="URL", help=f"mqtt://host:port or mqtts://host:port (default: {default})")
    group.add_argument(
        "--broker-config",
        type=Path,
        metavar="FILE",
        help=f"TOML file with a [broker] table, instead of the other options (default: ${CONFIG_VARIABLE})",
    )
    group.add_argument("--username", metavar="NAME", help="who we are")
    for name, what in zip(
        FILES,
        ("holds the password alone", "authority of the broker's certificate", "our certificate", "the key to it"),
        strict=True,
    ):
        group.add_argument(f"--{name.replace('_', '-')}", type=Path, metavar="FILE", help=what)


def broker_address(options: argparse.Namespace, configured: BrokerAddress | None = None) -> BrokerAddress:
    """Return the broker that the options, the `configured` one, the environment or the default name, in this order.

    A verb with a configuration of its own does not look into the environment. Raises `UsageError` and `ConfigError`.
    """
    given = {name: value for name in ("username", *FILES) if (value := getattr(options, name)) is not None}
    if options.broker:
        given["url"] = options.broker
    if options.broker_config is not None:
        if given:
            raise UsageError("--broker-config names the broker and who we are: leave the other broker options out")
        return load_broker(options.broker_config)
    if not given:
        if configured is not None:
            return configured
        from_environment = os.environ.get(CONFIG_VARIABLE)
        return load_broker(Path(from_environment)) if from_environment else BrokerAddress()
    try:
        return BrokerAddress.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        message = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"--{first['loc'][0] if first['loc'] else 'broker'}: {message}") from None
