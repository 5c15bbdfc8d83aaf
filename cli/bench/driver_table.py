"""What was measured of a driver, as tables and as JSON."""

import json
import sys
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from cli.bench.driver import DriverRow
from cli.bench.machine import machine
from cli.exit_codes import WELL, WENT_WRONG

# The project's own, for a quiet machine of two cores.
BOUNDS = {("throughput", "cpu"): "25 %", ("latency", "p50"): "0.3 ms", ("latency", "p99"): "2 ms"}


def print_driver(rows: list[DriverRow], as_json: bool) -> int:
    """Print the rows, and what must not be on stderr; return the exit code."""
    problems = [problem for row in rows for problem in row.problems]
    if as_json:
        print(json.dumps({"rows": [asdict(row) for row in rows], "machine": machine(), "problems": problems}))
    else:
        Console().print(driver_table(rows))
    for problem in problems:
        print(problem, file=sys.stderr)
    return WENT_WRONG if problems else WELL


def driver_table(rows: list[DriverRow]) -> Table:
    """Return one column for each load; bounds of the project stand beside what they are for."""
    table = Table(
        "", *(row.name for row in rows), title="bytes written by the device → chunk, efferent framing on a pty"
    )
    lines: list[tuple[str, list[str]]] = [
        ("channels, rate", [f"{row.channels}, {row.rate_hz:g} Hz" for row in rows]),
        ("samples per packet", [str(row.samples_per_packet) for row in rows]),
        ("samples, chunks", [f"{row.samples}, {row.chunks} in {row.duration_s:g} s" for row in rows]),
        ("lost, bad frames, wrong", [f"{row.lost_samples}, {row.bad_frames}, {row.wrong_samples}" for row in rows]),
        ("share of a core", [f"{row.cpu_percent:.1f} %{_bound(row, 'cpu')}" for row in rows]),
    ]
    for key, title in (("p50", "p50"), ("p99", "p99"), ("p999", "p99.9"), ("max", "max")):
        lines.append((f"delay, {title}", [f"{row.delay_ms[key]:.3f} ms{_bound(row, key)}" for row in rows]))
    for what, values in lines:
        table.add_row(what, *values)
    here = machine()
    table.caption = (
        f"{here['processor']}, {here['cores']} cores; {here['system']}; Python {here['python']}; "
        f"load {here['load']} in the minute before"
    )
    return table


def _bound(row: DriverRow, key: str) -> str:
    bound = BOUNDS.get((row.name, key))
    return "" if bound is None else f" (to hold: {bound})"
