"""`efferent devices`: serial ports, LSL streams and drivers of this machine, and what they look like."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.exit_codes import WELL
from drivers import registry
from drivers.errors import DriverError, SettingsError
from drivers.known_devices import known_device
from drivers.lsl_listing import FoundStream, list_streams
from drivers.plug_ins import plug_ins
from drivers.protocols import catalogue
from drivers.serial_usb import UsbPort, usb_ports


@dataclass(frozen=True, slots=True)
class InstalledDriver:
    """`problem`: why its package cannot be loaded, empty if it can."""

    name: str
    package: str
    version: str
    problem: str


@dataclass(frozen=True, slots=True)
class InstalledProtocol:
    """What the driver `serial` can speak; `package` empty for what comes with this project."""

    name: str
    title: str
    baud: int
    package: str


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that is there. `no_lsl`: why streams were not looked for."""

    ports: tuple[UsbPort, ...]
    streams: tuple[FoundStream, ...]
    no_lsl: str
    drivers: tuple[InstalledDriver, ...]
    protocols: tuple[InstalledProtocol, ...]
    problems: tuple[str, ...]

    def as_values(self) -> dict[str, Any]:
        """Return all of it as JSON takes it."""
        return {
            "ports": [asdict(port) | {"looks_like": port_looks_like(port)} for port in self.ports],
            "lsl": [asdict(stream) | {"looks_like": stream_looks_like(stream)} for stream in self.streams],
            "no_lsl": self.no_lsl,
            "drivers": [asdict(driver) for driver in self.drivers],
            "protocols": [asdict(protocol) for protocol in self.protocols],
            "problems": list(self.problems),
        }


def run_list(options: argparse.Namespace) -> int:
    """Look and tell."""
    errors = Console(stderr=True)
    with errors.status("looking for ports and streams"):
        found = look(options.lsl, options.resolve_scope)
    if options.json:
        print(json.dumps(found.as_values()))
        return WELL
    console = Console()
    for table in (_ports_table(found.ports), _streams_table(found), _drivers_table(found), _protocols_table(found)):
        console.print(table)
        console.print()
    for problem in found.problems:
        errors.print(Text(problem, style="yellow"))
    return WELL


def look(lsl: bool, lsl_scope: str) -> Found:
    """Find everything; what is broken or not installed hides nothing else."""
    streams: list[FoundStream] = []
    no_lsl = "" if lsl else "not looked for (--no-lsl)"
    if lsl:
        try:
            streams = list_streams(lsl_scope)
        except SettingsError as error:
            no_lsl = str(error)
    drivers = [
        InstalledDriver(each.name, each.package, each.version, _problem(each)) for each in plug_ins(registry.GROUP)
    ]
    protocols, problems = [], []
    packages = {each.name: f"{each.package} {each.version}" for each in plug_ins(catalogue.GROUP)}
    for name in catalogue.protocol_names():
        try:
            kind = catalogue.protocol_kind(name)
        except DriverError as error:
            problems.append(str(error))
        else:
            package = "" if name in catalogue.PROTOCOLS else packages[name]
            protocols.append(InstalledProtocol(name, kind.title, kind.baud, package))
    ports = sorted(usb_ports(), key=lambda port: port.device)
    return Found(tuple(ports), tuple(streams), no_lsl, tuple(drivers), tuple(protocols), tuple(problems))


def port_looks_like(port: UsbPort) -> str:
    """Say what the device on a port may be, and what it would speak."""
    known = known_device(port.vid, port.pid)
    if known is None:
        return "a USB device that is not in our table" if port.vid is not None else "no USB device"
    names = catalogue.protocol_names()
    speaks = ", ".join(name for name in known.protocols if name in names)
    return f"{known.words} ({speaks})" if speaks else known.words


def stream_looks_like(stream: FoundStream) -> str:
    """Say whether the driver `lsl` can read a stream, and with which settings."""
    if not stream.carries_numbers:
        return "text: markers, no signal"
    wanted = [] if stream.stream_type == "EMG" else [f'stream_type = "{stream.stream_type}"']
    if stream.rate_hz <= 0:
        wanted.append("rate_hz = that of its device")
    words = "EMG" if stream.stream_type == "EMG" else f"{stream.stream_type or 'untyped'}, not EMG by its name"
    return f"{words}; needs {', '.join(wanted)}" if wanted else words


def _problem(plug_in: Any) -> str:
    try:
        plug_in.load()
    except SettingsError as error:
        return str(error)
    return ""


def _ports_table(ports: Sequence[UsbPort]) -> Table:
    table = Table(
        "port", "USB id", "serial number", "product", "looks like", title="serial ports", title_justify="left"
    )
    for port in ports:
        ids = f"{port.vid:04x}:{port.pid:04x}" if port.vid is not None and port.pid is not None else ""
        table.add_row(
            Text(port.device), ids, Text(port.serial_number or ""), Text(port.product), Text(port_looks_like(port))
        )
    if not ports:
        table.caption = "none; a pseudo-terminal or a network address is not listed, and can be probed all the same"
    return table


def _streams_table(found: Found) -> Table:
    table = Table(title="LSL streams", title_justify="left")
    for name, numeric in (
        ("name", False),
        ("type", False),
        ("channels", True),
        ("rate Hz", True),
        ("source id", False),
        ("host", False),
        ("looks like", False),
    ):
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for stream in found.streams:
        table.add_row(
            Text(stream.name),
            Text(stream.stream_type),
            str(stream.channel_count),
            f"{stream.rate_hz:g}" if stream.rate_hz > 0 else "irregular",
            Text(stream.source_id),
            Text(stream.host),
            Text(stream_looks_like(stream)),
        )
    if found.no_lsl:
        table.caption = Text(found.no_lsl)
    elif not found.streams:
        table.caption = "none on this machine; --resolve-scope link looks at others too"
    return table


def _drivers_table(found: Found) -> Table:
    table = Table("kind", "package", "remark", title="installed drivers", title_justify="left")
    for driver in found.drivers:
        remark = Text(driver.problem, style="red")
        table.add_row(Text(driver.name), Text(f"{driver.package} {driver.version}"), remark)
    return table


def _protocols_table(found: Found) -> Table:
    table = Table("protocol", "device", title="what the driver serial speaks", title_justify="left")
    table.add_column("usual baud", justify="right")
    table.add_column("package")
    for protocol in found.protocols:
        table.add_row(Text(protocol.name), Text(protocol.title), str(protocol.baud), Text(protocol.package))
    return table
