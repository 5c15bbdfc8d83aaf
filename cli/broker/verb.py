"""`efferent broker`: run one, or provision one."""

import argparse

from cli.broker import provision, running


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes: its own options, and `provision` with others."""
    running.add_arguments(parser)
    parts = parser.add_subparsers(dest="part", metavar="provision")
    words = "make the files of a broker with TLS, passwords and rights, for arms on several machines"
    provision.add_arguments(parts.add_parser("provision", help=words, description=words.capitalize() + "."))


def run(options: argparse.Namespace) -> int:
    """Run a broker, or provision one."""
    return provision.run(options) if options.part else running.run(options)
