"""`efferent devices test`: measure a device for some seconds and say whether it is good enough for control."""

import argparse
import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from cli.devices.capture import Capture, capture
from cli.devices.channel_figures import ChannelFigures, channel_figures
from cli.devices.probe import UNIT_WORDS, probe
from cli.devices.timing import Spread, Timing, timing
from cli.devices.verdict import Finding, Severity, good_enough, judge
from cli.exit_codes import WELL, WENT_WRONG
from controller.config_file import load_device
from controller.emg.channel_fault import word
from drivers.errors import SourceNotFoundError
from drivers.registry import make_source
from drivers.source import EmgSource, Unit


def run_test(options: argparse.Namespace) -> int:
    """Measure and tell; 0 where it is good enough for control, else 1. Raises `DriverError`."""
    errors = Console(stderr=True)
    source = _source(options, errors)
    errors.print("Keep the muscles at rest while it measures.")
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:.0f} of {task.total:.0f} s"))
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task("measuring", total=options.seconds)
        taken = asyncio.run(capture(source, options.seconds, lambda done_s: progress.update(task, completed=done_s)))
    times = timing(taken)
    mains_hz, channels = channel_figures(taken.stretches(), taken.info)
    hint = str(getattr(source, "latency_hint", ""))  # only serial ports can hold bytes back
    findings = judge(taken.info, times, channels, mains_hz, taken.lost, hint)
    if options.json:
        print(json.dumps(_as_values(taken, times, channels, mains_hz, findings)))
    else:
        _show(Console(), taken, times, channels, mains_hz, findings)
    return WELL if good_enough(findings) else WENT_WRONG


def _source(options: argparse.Namespace, errors: Console) -> EmgSource:
    if options.config is not None:
        device = load_device(options.config)
        return make_source(device.kind, device.settings)
    if options.lsl is not None:
        settings = {"name": options.lsl, "stream_type": "", "resolve_scope": options.resolve_scope}
        return make_source("lsl", settings)
    protocol, baud = options.protocol, options.baud
    if protocol is None:
        found = probe(options.port, None, baud, errors).found
        if found is None:
            raise SourceNotFoundError(
                f"no protocol understands what {options.port} sends; `efferent devices probe {options.port}` says what "
                "it is, --protocol names it"
            )
        protocol, baud = found.protocol, found.baud
    return make_source("serial", {"port": options.port, "protocol": protocol, "baud": baud})


def _as_values(
    taken: Capture,
    times: Timing | None,
    channels: Sequence[ChannelFigures],
    mains_hz: float,
    findings: Sequence[Finding],
) -> dict[str, Any]:
    return {
        "name": taken.info.name,
        "channel_count": taken.info.channel_count,
        "unit": taken.info.unit,
        "seconds": round(taken.seconds, 3),
        "timing": times and asdict(times) | {"rate_off": times.rate_off, "lost_share": times.lost_share},
        "mains_hz": mains_hz,
        "channels": [
            asdict(channel) | {"faults": {word(int(fault)): share for fault, share in channel.faults.items()}}
            for channel in channels
        ],
        "findings": [asdict(finding) for finding in findings],
        "good_enough": good_enough(findings),
    }


def _show(
    console: Console,
    taken: Capture,
    times: Timing | None,
    channels: Sequence[ChannelFigures],
    mains_hz: float,
    findings: Sequence[Finding],
) -> None:
    unit = UNIT_WORDS[taken.info.unit]
    console.print(Text(f"{taken.info.name or 'device'}: {taken.info.channel_count} channels, {unit}"))
    if times is not None:
        console.print(_timing_table(times))
    if channels:
        console.print(_channel_table(channels, mains_hz, taken.info.unit))
    console.print()
    console.print(_finding_grid(findings))
    if good_enough(findings):
        console.print(Text("Good enough for control.", style="green"))
    else:
        count = sum(finding.severity is Severity.BAD for finding in findings)
        console.print(Text(f"Not good enough for control: {count} to mend.", style="red"))


def _finding_grid(findings: Sequence[Finding]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for finding in findings:
        mark = Text("BAD", style="red") if finding.severity is Severity.BAD else Text("note", style="yellow")
        grid.add_row(mark, Text(finding.about), Text(f"{_as_sentence(finding.words)} {finding.advice}"))
    return grid


def _as_sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _timing_table(times: Timing) -> Table:
    table = Table("", title=f"{times.samples} samples", title_justify="left")
    for name in ("middle", "99 %", "worst"):
        table.add_column(name, justify="right")
    rate = f"{times.rate_hz:.1f} Hz"
    table.add_row("rate", rate, f"nominal {times.nominal_hz:g}", f"{times.rate_off:+.2%}")
    table.add_row("lost", f"{times.lost_samples}", f"{times.gaps} gaps", f"{times.lost_share:.2%}")
    rows: tuple[tuple[str, Spread], ...] = (
        ("between chunks", times.chunk_ms),
        ("arrival behind the quickest", times.late_ms),
        ("age when delivered", times.delivered_ms),
        ("age of the newest sample, any time", times.age_ms),
    )
    for name, spread in rows:
        table.add_row(name, *(f"{value:.1f} ms" for value in (spread.p50, spread.p99, spread.worst)))
    return table


def _channel_table(channels: Sequence[ChannelFigures], mains_hz: float, unit: Unit) -> Table:
    table = Table("channel", title=f"at rest, RMS above 20 Hz in {UNIT_WORDS[unit]}", title_justify="left")
    for column in ("noise", "all", f"mains {mains_hz:g} Hz", "of the power"):
        table.add_column(column, justify="right")
    table.add_column("health")
    for number, channel in enumerate(channels, start=1):
        label = str(number) if channel.label == str(number) else f"{number} {channel.label}"
        states = ", ".join(f"{word(int(fault))} {share:.0%}" for fault, share in channel.faults.items()) or "good"
        numbers = (f"{value:.2f}" for value in (channel.noise_rms, channel.rms, channel.mains_rms))
        table.add_row(Text(label), *numbers, f"{channel.mains_share:.0%}", Text(states))
    return table
