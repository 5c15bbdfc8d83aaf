"""`efferent devices probe`: what a port speaks, in words or as JSON."""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text

from cli.devices.ear import Recognised
from cli.devices.probing import Heard, Probed, is_text, probe_port
from cli.exit_codes import WELL, WENT_WRONG
from drivers.errors import SettingsError
from drivers.known_devices import known_device
from drivers.protocols.catalogue import ProtocolKind, protocol_kind, protocol_names
from drivers.serial_usb import USB, find_usb_port, usb_ports
from drivers.source import Unit

UNIT_WORDS = {Unit.MICROVOLT: "µV", Unit.ARBITRARY: "arbitrary units"}


def run_probe(options: argparse.Namespace) -> int:
    """Probe and tell. Raises `DriverError`."""
    console = Console(stderr=True)
    probed = probe(options.port, options.protocol, options.baud, console)
    if options.json:
        print(json.dumps(as_values(options.port, probed)))
    elif probed.found is not None:
        print("\n".join(_words_found(options.port, probed.found)))
    else:
        print("\n".join(_words_not_found(options.port, probed.heard)))
    return WELL if probed.found else WENT_WRONG


def probe(port: str, protocol: str | None, baud: int, console: Console) -> Probed:
    """Probe with all protocols or one, and show on the console what is being done."""
    if port.startswith(USB):
        port = find_usb_port(port, usb_ports())
    with console.status(f"opening {port}") as status:
        tell: Callable[[str], None] = lambda doing: status.update(f"{port}: {doing}")  # noqa: E731
        return probe_port(port, _rounds_for(port, protocol, console), baud, tell)


def as_values(port: str, probed: Probed) -> dict[str, Any]:
    """Return the result as JSON takes it."""
    found = probed.found
    return {
        "port": port,
        "protocol": found and found.protocol,
        "baud": found and found.baud,
        "asked": found and found.asked,
        "name": found and found.info.name,
        "channel_count": found and found.info.channel_count,
        "rate_hz": found and found.info.rate_hz,
        "unit": found and found.info.unit,
        "measured_hz": found and round(found.measured_hz, 1),
        "unused_share": found and round(found.unused, 4),
        "heard": [asdict(heard) | {"beginning": heard.beginning.hex(" ")} for heard in probed.heard],
    }


def _rounds_for(port: str, protocol: str | None, console: Console) -> Sequence[Mapping[str, ProtocolKind]]:
    """Return what to try: what the USB ids make likely, then everything."""
    if protocol is not None:
        return [{protocol: protocol_kind(protocol)}]
    ids = next(((each.vid, each.pid) for each in usb_ports() if each.device == port), (None, None))
    known = known_device(*ids)
    every = {}
    for name in protocol_names():
        try:
            every[name] = protocol_kind(name)
        except SettingsError as error:  # of another package that is broken; the others can be tried all the same
            console.print(Text(str(error), style="yellow"))
    likely = {name: every[name] for name in (known.protocols if known else ()) if name in every}
    return [likely, every] if likely else [every]


def _words_found(port: str, found: Recognised) -> list[str]:
    how = "it answered when asked" if found.asked else "it sends by itself"
    channels = f"{found.info.channel_count} channel{'s' * (found.info.channel_count > 1)}"
    return [
        f"{port} speaks {found.protocol} at {found.baud} baud ({how}).",
        f"{found.info.name or 'It'}: {channels} at {found.info.rate_hz:g} Hz, {UNIT_WORDS[found.info.unit]}; "
        f"{found.measured_hz:.0f} samples per second came, {found.unused:.1%} of the bytes were of no use.",
        "In a configuration:",
        "[device]",
        'kind = "serial"',
        f'settings = {{ port = "{port}", protocol = "{found.protocol}"'
        + (f", baud = {found.baud}" if found.baud != protocol_kind(found.protocol).baud else "")
        + " }",
    ]


def _words_not_found(port: str, heard: Sequence[Heard]) -> list[str]:
    bauds = sorted({each.baud for each in heard})
    tried = f"tried {', '.join(protocol_names())} at {', '.join(map(str, bauds))} baud"
    said = [each for each in heard if each.byte_count]
    if not said:
        return [
            f"{port}: nothing came ({tried}).",
            "Is the device on, is it this port, and does the cable carry data?",
        ]
    lines = [f"{port}: bytes came, and no protocol understands them ({tried}):"]
    for each in said:
        after = f" after it was asked as {each.asked} does" if each.asked else ""
        lines.append(f"  {each.byte_count} bytes at {each.baud} baud{after}, the first: {_shown(each.beginning)}")
    lines.append(
        "Give --baud if the device has another rate; docs/devices/your-own-driver.md shows how to add a protocol."
    )
    return lines


def _shown(data: bytes) -> str:
    """Return readable text as text, anything else as hexadecimal."""
    if is_text(data):
        return repr(data.decode("ascii"))
    return data.hex(" ")
