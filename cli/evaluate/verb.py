import argparse
import json
import os
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cli.errors import UsageError
from cli.evaluate.tables import confidence_table, onset_table, rest_table, tables
from cli.exit_codes import WELL
from controller.evaluation.candidates import candidate_names
from controller.evaluation.confidence import confidence_scores
from controller.evaluation.data_sets import DATA_SETS, MyoReadings, find_people
from controller.evaluation.jobs import Job, Plan, Result, jobs_of
from controller.evaluation.onset import onsets
from controller.evaluation.processes import do_jobs
from controller.evaluation.rest_hour import rest_hour
from controller.evaluation.suite import SUITES
from controller.evaluation.summary import Summary, summarise


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    folders = " and ".join(f"{data_set.folder}/{data_set.pattern}" for data_set in DATA_SETS.values())
    names = candidate_names()
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help=f"folder that holds {folders}, or one")
    parser.add_argument("--suite", choices=tuple(SUITES), default="standard", help="which tests (default standard)")
    parser.add_argument("--decoder", choices=names, default=names[0], help=f"default {names[0]}")
    parser.add_argument(
        "--confidence", action="store_true", help="instead: whether the confidence of every decoder means what it says"
    )
    parser.add_argument(
        "--rest",
        action="store_true",
        help="instead: how often the arm would move in rest, with and without bursts of noise",
    )
    parser.add_argument(
        "--onset", action="store_true", help="instead: how long a prompted motion takes to begin with the usual shaping"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--report", type=Path, metavar="DIR", help="write a page with plots, and the JSON, into DIR")
    parser.add_argument(
        "--jobs", type=int, default=_cores(), metavar="N", help="processes at a time (default: one per core)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="draws bursts and dropped channels (default 0)"
    )
    parser.add_argument(
        "--no-adaptation", action="store_true", help="let no decoder learn from what nobody labelled while it is used"
    )


def run(options: argparse.Namespace) -> int:
    """Evaluate and print."""
    if options.jobs < 1 or options.seed < 0:
        raise UsageError("--jobs takes at least 1, and --seed a number from 0 on")
    if options.confidence:
        return _confidence(options)
    if options.rest:
        return _rest(options)
    if options.onset:
        return _onset(options)
    if options.report:
        _require_place(options.report)
    plan = Plan(
        find_people(options.data), options.decoder, options.suite, learn=not options.no_adaptation, seed=options.seed
    )
    console = Console(stderr=True)
    jobs = jobs_of(plan)
    summary = summarise(plan, jobs, _with_bar(plan, jobs, options.jobs, console))
    for note in summary["notes"]:
        print(note) if not options.json else console.print(note, highlight=False)
    if options.json:
        print(json.dumps(summary))
    else:
        out = Console()
        for table in tables(summary):
            out.print(table)
    if options.report:
        _write_report(summary, options.report, console)
    return WELL


def _confidence(options: argparse.Namespace) -> int:
    console = Console(stderr=True)
    with console.status("confidence") as status:
        scores = confidence_scores(find_people(options.data), status.update)
    if options.json:
        print(json.dumps({name: {key: asdict(one) for key, one in row.items()} for name, row in scores.items()}))
    else:
        Console().print(confidence_table(scores))
    return WELL


def _rest(options: argparse.Namespace) -> int:
    paths = find_people(options.data).get(MyoReadings.folder, [])
    if not paths:
        raise UsageError(f"--rest needs {MyoReadings.folder} in {options.data}: recordings in which people rest")
    console = Console(stderr=True)
    with console.status("rest") as status:
        found = rest_hour(paths, options.seed, status.update)
    if options.json:
        print(json.dumps({burst.value: one.per_hour() for burst, one in found.items()}))
    else:
        Console().print(rest_table(found))
    return WELL


def _onset(options: argparse.Namespace) -> int:
    paths = find_people(options.data).get(MyoReadings.folder, [])
    if not paths:
        raise UsageError(f"--onset needs {MyoReadings.folder} in {options.data}: recordings with prompted motions")
    console = Console(stderr=True)
    with console.status("onset") as status:
        found = onsets(paths, status.update)
    if options.json:
        print(json.dumps({where: one.figures() for where, one in found.items()}))
    else:
        Console().print(onset_table(found))
    return WELL


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _with_bar(plan: Plan, jobs: list[Job], processes: int, console: Console) -> list[Result]:
    people = sum(len(paths) for paths in plan.people.values())
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(TextColumn("{task.description}"), *columns, console=console, transient=True) as bar:
        task = bar.add_task(f"{plan.decoder}, {people} people", total=len(jobs))
        return do_jobs(plan, jobs, processes, lambda _: bar.advance(task))


def _require_place(folder: Path) -> None:
    """Find out what would stop the report before minutes have gone into it."""
    if find_spec("matplotlib") is None:
        raise UsageError("--report draws with matplotlib, which is not installed: uv pip install 'efferent[evaluate]'")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write a report to {folder}: {error.strerror}") from error


def _write_report(summary: Summary, folder: Path, console: Console) -> None:
    from controller.evaluation.report.page import write_report

    try:
        page = write_report(summary, folder)
    except OSError as error:
        raise UsageError(f"cannot write a report to {folder}: {error.strerror}") from error
    console.print(f"report: {page}", highlight=False, soft_wrap=True)
