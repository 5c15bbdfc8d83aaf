"""A simulation as one HTML page with plots; the plots as PNG files and the JSON beside it. Needs `evaluate`."""

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from cli.simulate import plots
from cli.simulate.comparison import PointFigures, counted_trials, pooled
from cli.simulate.job import RunResult
from cli.simulate.tables import cells, headings
from controller.evaluation.report.html import image, page, table
from drivers.atomic_file import write_atomically

PAGE, NUMBERS = "simulation.html", "simulation.json"
# As wide as the page.
OVER_TIME = "over time"
NOTE = (
    "Simulated people: a guess about people, to be checked with people. Completion times and path efficiency are of "
    "completed trials alone; read them beside the completion rate. Intervals are of 95 % and take trials of one person "
    "as independent."
)


def write_report(name: str, scenario: str, runs: Sequence[RunResult], said: Mapping[str, object], folder: Path) -> Path:
    """Write page, plots and JSON into `folder`, and return the page's path. Raises `OSError` when the disk refuses.

    `scenario`: the text of its file. `said`: what `--json` prints.
    """
    points = pooled(runs)
    pictures = _pictures(points, runs)
    write_atomically(folder / NUMBERS, json.dumps(said, allow_nan=False).encode())
    for title, png in pictures.items():
        write_atomically(folder / f"{title.replace(' ', '_')}.png", png)
    write_atomically(folder / PAGE, page(name, _sections(name, scenario, points, runs, pictures)).encode())
    return folder / PAGE


def _pictures(points: Sequence[PointFigures], runs: Sequence[RunResult]) -> dict[str, bytes]:
    if not any(point.trials for point in points):
        return {}
    times_s = [_times(point, runs) for point in points]
    drawn = {"completions": plots.completions(points, times_s)}
    if len(points) > 1:
        drawn["completion rate"] = plots.completion_rate(points)
        drawn["completion time"] = plots.completion_time(points)
        drawn["path efficiency"] = plots.path_efficiency(points)
    with_faults = [one for one in runs if one.faults and one.tests]
    if with_faults:
        # Of one point, so that all had the same faults.
        same = [one for one in with_faults if one.point == with_faults[0].point]
        drawn[OVER_TIME] = plots.over_time(same[: plots.MOST_PEOPLE])
    return drawn


def _times(point: PointFigures, runs: Sequence[RunResult]) -> list[float]:
    _, trials = counted_trials([one for one in runs if one.point == point.point])
    return [trial.completion_s for trial in trials if trial.completion_s is not None]


def _sections(
    name: str,
    scenario: str,
    points: Sequence[PointFigures],
    runs: Sequence[RunResult],
    pictures: Mapping[str, bytes],
) -> Iterator[str]:
    yield f"<h1>{escape(name)}</h1><p class='note'>{NOTE}</p>"
    rows = [[escape(cell) for cell in cells(point)] for point in points]
    yield table(headings(points), rows)
    yield "<div class='side'>"
    yield from (image(png, title) for title, png in pictures.items() if title != OVER_TIME)
    yield "</div>"
    if OVER_TIME in pictures:
        yield image(pictures[OVER_TIME], OVER_TIME)
    refused = [one for one in runs if one.refused]
    if refused:
        yield "<h2>Came to no tests</h2>"
        yield table(
            ["", "seed", "why"], [[escape(str(one.point)), str(one.seed), escape(one.refused)] for one in refused]
        )
    yield f"<h2>Person by person</h2>{_people(runs)}"
    yield f"<h2>Scenario</h2><pre>{escape(scenario)}</pre>"


def _people(runs: Sequence[RunResult]) -> str:
    rows = []
    for one in runs:
        (figures,) = pooled([one])
        rows.append([*cells(figures)[: len(one.point)], str(one.seed), one.decoder, *cells(figures)[len(one.point) :]])
    axes = list(runs[0].point)
    return table([*axes, "seed", "decided by", *headings(pooled(runs))[len(axes) :]], rows)
