import argparse
import asyncio
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from cli.errors import UsageError
from cli.exit_codes import WELL, WENT_WRONG
from cli.faults.runner import Outcome, try_faults
from cli.faults.stage import Setup, setup_of
from sim.broker import BrokerKind
from sim.faults import FAMILIES
from sim.faults.fault import Fault

BY_NAME = {fault.name: fault for faults in FAMILIES.values() for fault in faults}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="with this arm, these bounds and this shaping")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these faults, or families of them, and no others")
    parser.add_argument("--list", action="store_true", help="list the faults and end")
    parser.add_argument(
        "--broker", choices=("auto", "embedded", "mosquitto"), default="auto", help="auto: mosquitto if installed"
    )
    parser.add_argument("--json", action="store_true", help="the outcome as one JSON object on stdout")


def run(options: argparse.Namespace) -> int:
    """Try the faults; exit code 1 if one is not ok."""
    faults = _chosen(options.only)
    if options.list:
        _list(faults)
        return WELL
    if sys.platform != "linux":
        raise UsageError("faults are tried with what Linux has: signals, pseudo-terminals, limits of a process")
    outcomes = _try(faults, setup_of(options.config), options.broker)
    if options.json:
        ok = all(outcome.ok for outcome in outcomes)
        print(json.dumps({"ok": ok, "faults": [outcome.as_values() for outcome in outcomes]}, indent=2))
    else:
        Console().print(_table(outcomes))
        for outcome in outcomes:
            for problem in outcome.problems:
                print(f"{outcome.fault.name}: {problem}")
    return WELL if all(outcome.ok for outcome in outcomes) else WENT_WRONG


def _chosen(names: list[str] | None) -> list[Fault]:
    if names is None:
        return [fault for fault in BY_NAME.values() if not fault.only_when_named]
    chosen: dict[str, Fault] = {}
    for name in names:
        if name not in BY_NAME and name not in FAMILIES:
            raise UsageError(
                f"--only: there is no fault '{name}'; families are {', '.join(FAMILIES)}; "
                "efferent faults --list names the faults"
            )
        family = [fault for fault in FAMILIES.get(name, ()) if not fault.only_when_named]
        chosen |= {fault.name: fault for fault in family or [BY_NAME[name]]}
    return list(chosen.values())


def _try(faults: list[Fault], setup: Setup, broker: BrokerKind) -> list[Outcome]:
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("setting up", total=len(faults))

        def tell(what: Outcome | Fault) -> None:
            if isinstance(what, Fault):
                bar.update(task, description=what.name)
            else:
                bar.advance(task)

        return asyncio.run(try_faults(faults, setup, broker, tell))


def _list(faults: list[Fault]) -> None:
    for fault in faults:
        print(f"{fault.name:<20} {fault.what}")


def _table(outcomes: list[Outcome]) -> Table:
    table = Table("fault", "ok", "motion after, ms", "bound, ms", "recovers")
    for outcome in outcomes:
        moved = outcome.motion_after_ms
        verdict = "not tried" if outcome.skipped else "ok" if outcome.ok else "NO"
        table.add_row(
            outcome.fault.name,
            verdict,
            "none" if moved is None else f"{moved:.0f}",
            f"{outcome.bound_ms:.0f}",
            outcome.skipped or outcome.fault.recovery.value,
        )
    return table
