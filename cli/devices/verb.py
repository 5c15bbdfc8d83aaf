"""The options of `efferent devices`. What does the work is loaded when it runs."""

import argparse
from pathlib import Path

from cli.errors import UsageError
from cli.finite import require_finite

SECONDS = (4.0, 120.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes: nothing to list, `probe` and `test` with options of their own."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--no-lsl", dest="lsl", action="store_false", help="do not look for LSL streams")
    parser.add_argument(
        "--resolve-scope",
        default="machine",
        metavar="SCOPE",
        help="how far to look: machine (default), link, site, ...",
    )
    parts = parser.add_subparsers(dest="part", metavar="probe|test")
    words = "find out which protocol a port speaks, and at which baud rate"
    probe = parts.add_parser("probe", help=words, description=words.capitalize() + ".")
    probe.add_argument("port", metavar="PORT", help="/dev/ttyACM0, COM5, usb:SERIAL, socket://host:port, a pty")
    probe.add_argument("--protocol", metavar="NAME", help="try this protocol alone")
    probe.add_argument("--baud", type=int, default=0, metavar="N", help="try this baud rate alone")
    probe.add_argument("--json", action="store_true", help="print one JSON object")
    words = "measure rate, jitter, loss, latency, noise and mains, and say whether that is good enough for control"
    test = parts.add_parser("test", help=words, description=words.capitalize() + ".")
    test.add_argument("port", nargs="?", metavar="PORT", help="a serial port, as for probe")
    test.add_argument("--lsl", metavar="NAME", help="an LSL stream instead")
    test.add_argument("--resolve-scope", default="machine", metavar="SCOPE", help="how far to look for it")
    test.add_argument("--config", type=Path, metavar="FILE", help="the device of this configuration instead")
    test.add_argument("--protocol", metavar="NAME", help="what the port speaks (default: it is probed)")
    test.add_argument("--baud", type=int, default=0, metavar="N", help="default: the protocol's usual rate")
    test.add_argument("--seconds", type=float, default=10.0, metavar="S", help="how long to measure (default 10)")
    test.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> int:
    """List, probe or test. Raises `UsageError` or `DriverError`."""
    if getattr(options, "baud", 0) < 0:
        raise UsageError(f"--baud takes a baud rate, got {options.baud}")
    if options.part == "probe":
        from cli.devices.probe import run_probe

        return run_probe(options)
    if options.part == "test":
        require_finite(seconds=options.seconds)
        if not SECONDS[0] <= options.seconds <= SECONDS[1]:
            raise UsageError(f"--seconds takes {SECONDS[0]:g} to {SECONDS[1]:g}, got {options.seconds:g}")
        if sum(given is not None for given in (options.port, options.lsl, options.config)) != 1:
            raise UsageError("test takes one of PORT, --lsl NAME and --config FILE")
        from cli.devices.testing import run_test

        return run_test(options)
    from cli.devices.listing import run_list

    return run_list(options)
