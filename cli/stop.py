"""`efferent stop`: stop the arm, latched."""

import argparse

from cli.ask import add_address_arguments, ask, person
from controller.contract.requests import StopRequest

add_arguments = add_address_arguments


def run(options: argparse.Namespace) -> int:
    """Stop, and print the answer. The arm stops by itself, whether or not a controller answers."""
    return ask(options, "stop", StopRequest(by=person(), reason="command line"))
