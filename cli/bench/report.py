"""Measures what was asked for, and prints it."""

import argparse
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from cli.bench.driver import measure_driver
from cli.bench.driver_table import print_driver
from cli.bench.latency import LatencyResult, measure_latency
from cli.bench.load import LoadResult, measure_under_load
from cli.bench.load_table import count_table, delay_table
from cli.bench.rig import Setting
from cli.bench.step import StepRow, measure_steps
from cli.errors import UsageError
from cli.exit_codes import WELL, WENT_WRONG
from cli.finite import require_finite

if TYPE_CHECKING:
    from cli.bench.arm import ArmRow


def measure_and_print(options: argparse.Namespace) -> int:
    """Measure and print."""
    console = Console(stderr=True)
    if options.kind == "step":
        rows = measure_steps(console)
        if options.json:
            print(json.dumps({"rows": [asdict(row) for row in rows]}))
        else:
            Console().print(_step_table(rows))
        return WELL
    if options.kind == "arm":
        return _arms(options, console)
    if options.kind == "closed-loop":
        return _closed_loop(options, console)
    require_finite(duration=options.duration)
    if options.duration < 1:
        raise UsageError(f"--duration takes at least 1 s, got {options.duration:g}")
    if options.kind == "driver":
        return print_driver(measure_driver(console, options.duration), options.json)
    if not 1 <= options.samples_per_packet <= 255:
        raise UsageError(f"--samples-per-packet takes 1 to 255, got {options.samples_per_packet}")
    setting = Setting(options.duration, options.broker, options.device, options.samples_per_packet, options.lsl_outlet)
    if options.load:
        return print_loaded(measure_under_load(console, setting), options.json)
    result = measure_latency(console, setting)
    if options.json:
        print(json.dumps(asdict(result)))
    else:
        Console().print(_latency_table(result))
    return WELL


def print_loaded(result: LoadResult, as_json: bool) -> int:
    """Print both spans, and what must not be on stderr; return the exit code."""
    if as_json:
        print(json.dumps(result.as_values()))
    else:
        Console().print(delay_table(result))
        Console().print(count_table(result))
    for problem in result.problems:
        print(problem, file=sys.stderr)
    return WENT_WRONG if result.problems else WELL


def _arms(options: argparse.Namespace, console: Console) -> int:
    # Needs an extra that no other bench does.
    from cli.bench.arm import measure_arms

    rows = measure_arms(console)
    if options.json:
        print(json.dumps({"rows": [asdict(row) for row in rows]}))
    else:
        Console().print(_arm_table(rows))
    return WELL


def _closed_loop(options: argparse.Namespace, console: Console) -> int:
    # Needs the same extra.
    from cli.bench.closed_loop import LoopSetting, measure_closed_loop
    from cli.bench.closed_loop_table import print_closed_loop

    for name in ("targets", "moved_joints", "takes"):
        if getattr(options, name) < 1:
            raise UsageError(f"--{name.replace('_', '-')} takes 1 or more, got {getattr(options, name)}")
    if options.seed < 0:
        raise UsageError(f"--seed takes 0 or more, got {options.seed}")
    setting = LoopSetting(options.targets, options.moved_joints, options.seed, options.takes, options.broker)
    return print_closed_loop(measure_closed_loop(console, setting), options.json)


def _step_table(rows: list[StepRow]) -> Table:
    table = Table("decoder", "channels", "rate Hz", "hop ms", "p50 µs", "p99 µs", title="one decision")
    for row in rows:
        times = (f"{row.p50_us:.1f}", f"{row.p99_us:.1f}")
        table.add_row(row.decoder, str(row.channels), f"{row.rate_hz:g}", f"{row.hop_ms:g}", *times)
    return table


def _arm_table(rows: "list[ArmRow]") -> Table:
    table = Table(
        "arm", "p50 µs", "p99 µs", "times real time", "grip N", title="a control period of 5 ms, guard included"
    )
    for row in rows:
        table.add_row(
            row.arm, f"{row.p50_us:.1f}", f"{row.p99_us:.1f}", f"{row.times_real_time:.0f}", f"{row.grip_n:.0f}"
        )
    return table


def _latency_table(result: LatencyResult) -> Table:
    title = f"{result.broker}, {result.device}, {result.decisions} commands in {result.duration_s:g} s"
    table = Table("ms", "p50", "p99", "p99.9", "max", title=title)
    for name, values in (("sample written → command", result.ours_ms), ("bare publish → receive", result.bare_ms)):
        table.add_row(name, *(f"{values[key]:.3f}" for key in ("p50", "p99", "p999", "max")))
    table.add_row(
        "ratio", *(f"{result.ours_ms[key] / result.bare_ms[key]:.2f}" for key in ("p50", "p99", "p999", "max"))
    )
    table.caption = (
        f"controller: {result.cpu_percent:.1f} % of a core, {result.rss_mb:.0f} MB; "
        f"first decision {result.start_to_first_decision_s:.2f} s after its start"
    )
    return table
