"""`efferent clinic`: serve the clinic's pages to browsers."""

import argparse
from pathlib import Path

from cli.broker_options import add_broker_arguments
from cli.clinic.accounts import add_account
from cli.clinic.serving import serve
from cli.clinic.verb_settings import settings_from
from cli.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument("--config", type=Path, help="the controller's TOML file, see configs/example.toml")
    parser.add_argument("--demo", action="store_true", help="start the demo's broker, wearer, arm and controller too")
    parser.add_argument("--store", default="clinic.db", metavar="FILE", help="SQLite file or postgresql:// URL")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine alone)")
    parser.add_argument("--port", type=int, default=8440, help="port to listen on; 0: any that is free")
    parser.add_argument(
        "--name",
        action="append",
        metavar="NAME",
        help="a name under which browsers ask for this machine; may be given often",
    )
    parser.add_argument("--certificate", type=Path, metavar="FILE", help="TLS certificate of this service")
    parser.add_argument("--key", type=Path, metavar="FILE", help="the key to it")
    parser.add_argument(
        "--add-account",
        metavar="NAME",
        help="add a clinician who may sign in, or give one a new password, asking for it, and end",
    )
    add_broker_arguments(parser, "the file's")


def run(options: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM."""
    if options.add_account:
        return add_account(options.store, options.add_account)
    if options.demo:
        from cli.clinic.with_demo import run_with_demo  # with all that fits and simulates

        return run_with_demo(options)
    if options.config is None:
        raise UsageError("--config FILE: which controller? Or --demo, to look at everything without one")
    return serve(settings_from(options, options.config))
