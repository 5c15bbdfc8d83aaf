"""`efferent switch`: let another of the configured decoders decide."""

import argparse

from pydantic import ValidationError

from cli.ask import add_address_arguments, ask, person
from cli.errors import UsageError
from controller.contract.requests import Mode, ModeRequest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument(
        "decoder", metavar="NAME", help="a name of [decoders], or 'default' for the configuration's model"
    )
    add_address_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Ask, and print the answer."""
    try:
        request = ModeRequest(mode=Mode.SWITCH_DECODER, by=person(), decoder=options.decoder)
    except ValidationError as error:
        raise UsageError(f"a decoder's name is 1 to 32 of a-z, 0-9 and _; got {options.decoder!r}") from error
    return ask(options, "mode_set", request)
