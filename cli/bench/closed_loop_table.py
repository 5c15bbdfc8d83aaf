"""How a closed loop's two ways are shown."""

import json
import sys

from rich.console import Console
from rich.table import Table

from cli.bench.closed_loop import Completed, LoopResult
from cli.exit_codes import WELL, WENT_WRONG


def print_closed_loop(result: LoopResult, as_json: bool) -> int:
    """Print both ways side by side, and what must not be on stderr; return the exit code."""
    if as_json:
        print(json.dumps(result.as_values()))
    else:
        Console().print(closed_loop_table(result))
    if not result.agrees:
        low, high = result.live.rate_95
        print(
            f"the completion rate on the virtual clock, {result.virtual.rate:.0%}, lies outside the live interval "
            f"{low:.0%} to {high:.0%}; of equal rates one run in twenty does",
            file=sys.stderr,
        )
    return WELL if result.agrees else WENT_WRONG


def closed_loop_table(result: LoopResult) -> Table:
    """Return the table for people."""
    joints = "1 joint" if result.moved_joints == 1 else f"{result.moved_joints} joints"
    title = f"TAC, {joints} per target, wearer {result.seed}, {result.broker}"
    table = Table("", "completed", "rate", "95 % (Wilson)", "median s", "path efficiency", title=title)
    table.add_row("live", *_cells(result.live))
    table.add_row("virtual clock", *_cells(result.virtual))
    ratio = "-" if result.time_ratio is None else f"{result.time_ratio:.2f}"
    table.caption = (
        f"median time live / virtual {ratio}; the live wearer's longest step {result.longest_step_ms:g} ms of 10 ms; "
        f"{result.decisions} decisions, {result.deadline_misses} late, stale {result.stale_events}; "
        f"{result.commands_refused} commands refused"
    )
    return table


def _cells(found: Completed) -> tuple[str, ...]:
    low, high = found.rate_95
    return (
        f"{found.completed} of {found.targets}",
        f"{found.rate:.0%}",
        f"{low:.0%} to {high:.0%}",
        "-" if found.median_s is None else f"{found.median_s:.2f}",
        "-" if found.path_efficiency is None else f"{found.path_efficiency:.2f}",
    )
