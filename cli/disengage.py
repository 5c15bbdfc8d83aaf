"""`efferent disengage`: end motion."""

import argparse

from cli.ask import add_address_arguments, ask, person
from controller.contract.requests import Mode, ModeRequest

add_arguments = add_address_arguments


def run(options: argparse.Namespace) -> int:
    """Ask, and print the answer."""
    return ask(options, "mode_set", ModeRequest(mode=Mode.DISENGAGE, by=person()))
