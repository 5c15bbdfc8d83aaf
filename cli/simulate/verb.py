import argparse
import json
import os
import time
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from cli.errors import UsageError
from cli.exit_codes import INTERRUPTED, WELL
from cli.ranges import numbers
from cli.simulate.bar import SimulationBar
from cli.simulate.comparison import pooled, summary
from cli.simulate.errors import SimulationError
from cli.simulate.here import run_here
from cli.simulate.job import Job, RunResult
from cli.simulate.keeping import Keeper
from cli.simulate.scenario_file import load_jobs
from cli.simulate.tables import comparison_table

# Less is what a busy machine does now and then, and no wearer notices.
LATE_S = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument("scenario", type=Path, metavar="SCENARIO", help="a scenario's file (TOML)")
    parser.add_argument(
        "--fast", action="store_true", help="as fast as possible on a virtual clock, and not at the wall clock's pace"
    )
    parser.add_argument(
        "--seeds", type=numbers, metavar="LIST", help="people, such as 1-4 or 1,3 (default: those of the scenario)"
    )
    parser.add_argument("--jobs", type=int, default=None, metavar="N", help="runs at a time (default: one per core)")
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="with --fast: on the workers of a Dask cluster, such as tcp://host:8786"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--output", type=Path, metavar="DIR", help="write each run's result into DIR as it comes")
    parser.add_argument("--report", type=Path, metavar="DIR", help="write a page with plots, PNG and JSON into DIR")
    parser.add_argument("--resume", action="store_true", help="with --output: do not do again what is there")


def run(options: argparse.Namespace) -> int:
    """Simulate and print."""
    if options.jobs is not None and options.jobs < 1:
        raise UsageError(f"--jobs takes at least 1, got {options.jobs}")
    if options.resume and options.output is None:
        raise UsageError("--resume needs --output: the folder with what is there")
    if options.scheduler is not None and (not options.fast or options.jobs is not None):
        raise UsageError("--scheduler needs --fast, and no --jobs: a cluster's workers say how many runs at a time")
    began = time.monotonic()
    jobs = load_jobs(options.scenario, options.seeds)
    if options.report is not None:
        _require_place(options.report)
    keeper = None if options.output is None else Keeper(options.output, jobs, options.resume)
    found = [] if keeper is None else keeper.found
    console = Console(stderr=True)
    if options.resume:
        console.print(f"{len(found)} of {len(jobs)} runs are there", highlight=False)
    results = {one.key: one for one in found}
    code = WELL
    try:
        _simulate([job for job in jobs if job.key not in results], options, results, keeper, console)
    except KeyboardInterrupt:
        code = INTERRUPTED
    finished = [results[job.key] for job in jobs if job.key in results]
    _say_what_failed(options, jobs, finished, console)
    said = summary(finished, time.monotonic() - began, len(jobs) - len(finished))
    if options.report is not None and finished:
        _write_report(options, finished, said, console)
    if options.json:
        print(json.dumps(said, allow_nan=False))
    elif finished:
        Console().print(comparison_table(options.scenario.stem, pooled(finished)))
    return code


def _simulate(
    jobs: list[Job],
    options: argparse.Namespace,
    results: dict[str, RunResult],
    keeper: Keeper | None,
    console: Console,
) -> None:
    def done(result: RunResult) -> None:
        results[result.key] = result
        if keeper is not None:
            keeper.keep(result)
        bar.done(result.key)

    if not jobs:
        return
    with SimulationBar(options.scenario.stem, jobs, console) as bar:
        if options.scheduler is None:
            run_here(jobs, options.jobs or cores(), not options.fast, done, bar.progress)
            return
        # Needs an extra that nothing else does.
        from cli.simulate.cluster import run_on_cluster

        run_on_cluster(jobs, options.scheduler, done)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _say_what_failed(options: argparse.Namespace, jobs: list[Job], finished: list[RunResult], console: Console) -> None:
    """Say which runs found nothing, and by how much a paced one was late. Raises where there is nothing at all."""
    refused = [one for one in finished if one.refused]
    if refused and len(refused) == len(jobs):
        raise SimulationError(f"{options.scenario}: no run came to its tests: {refused[0].refused}")
    for one in refused:
        said = ", ".join(f"{axis} {value}" for axis, value in one.point.items())
        console.print(f"seed {one.seed} {said}: {one.refused}", highlight=False, soft_wrap=True)
    if len(finished) < len(jobs):
        console.print(f"{len(jobs) - len(finished)} of {len(jobs)} runs were not finished", highlight=False)
    late_s = max((one.behind_s for one in finished), default=0.0)
    if late_s > LATE_S:
        console.print(f"this machine is too slow for this pace: up to {late_s:.1f} s late; fewer --jobs, or --fast")


def _require_place(folder: Path) -> None:
    """Find out what would stop the report before minutes have gone into it."""
    if find_spec("matplotlib") is None:
        raise UsageError("--report draws with matplotlib, which is not installed: uv pip install 'efferent[evaluate]'")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write a report to {folder}: {error.strerror}") from error


def _write_report(
    options: argparse.Namespace, finished: list[RunResult], said: dict[str, object], console: Console
) -> None:
    # Needs an extra that nothing else does.
    from cli.simulate.report import write_report

    try:
        text = options.scenario.read_text(encoding="utf-8")
        page = write_report(options.scenario.stem, text, finished, said, options.report)
    except OSError as error:
        raise UsageError(f"cannot write a report to {options.report}: {error.strerror}") from error
    console.print(f"report: {page}", highlight=False, soft_wrap=True)
