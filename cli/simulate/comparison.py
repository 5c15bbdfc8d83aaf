"""Runs pooled by point of the sweep, and what a whole simulation says."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, median

from cli.simulate.job import RunResult, TrialFigures
from clinic.assessments.intervals import median_interval, share_interval

# What is said of the first point before all else.
ON_TOP = (
    "completion_rate",
    "median_completion_s",
    "path_efficiency",
    "rest_motion_rad",
    "rest_commanded_rad",
    "wall_s",
    "computing_s",
)
# Of the tests that a scenario asks for, the first kind in this row that it has makes the common figures.
LEADING = ("tac", "fitts", "motion", "clothespin")


@dataclass(frozen=True, slots=True)
class PointFigures:
    """What all people did at one point of the sweep, practice left out; None where there is nothing to make one of.

    Completion rate, time, and path efficiency are of the trials of the `leading` kind of test; times and path
    efficiency of completed trials alone. Intervals are of 95 %. `rest_motion_rad`: mean way of the joints in the rest
    tests; `rest_commanded_rad`: what of it the arm was sent. `blocks_per_min`: of the box and blocks tests;
    `dropped_per_trial`: blocks and clothespins.
    """

    point: dict[str, str | float]
    runs: int
    refused: int
    decoders: list[str]
    leading: str
    trials: int
    completion_rate: float | None
    completion_rate_interval: tuple[float, float] | None
    median_completion_s: float | None
    median_completion_s_interval: tuple[float, float] | None
    path_efficiency: float | None
    overshoots_per_trial: float | None
    unintended_rad_per_trial: float | None
    rest_motion_rad: float | None
    rest_commanded_rad: float | None
    blocks_per_min: float | None
    dropped_per_trial: float | None
    wall_s: float
    computing_s: float


def pooled(runs: Sequence[RunResult]) -> list[PointFigures]:
    """Return the figures of each point, in the order in which they first come."""
    points: dict[tuple[tuple[str, str | float], ...], list[RunResult]] = {}
    for one in runs:
        points.setdefault(tuple(one.point.items()), []).append(one)
    return [_point(some) for some in points.values()]


def counted_trials(runs: Sequence[RunResult]) -> tuple[str, list[TrialFigures]]:
    """Return the leading kind of test, and its trials that are not practice."""
    tests = [test for one in runs for test in one.tests if not test.practice]
    leading = next((kind for kind in LEADING if any(test.kind == kind for test in tests)), "")
    return leading, [trial for test in tests if test.kind == leading for trial in test.trials]


def summary(runs: Sequence[RunResult], elapsed_s: float, unfinished: int) -> dict[str, object]:
    """Return the whole simulation as JSON-ready values: the first point's figures on top, then all points and runs."""
    points = pooled(runs)
    first = asdict(points[0]) if points else {}
    return {
        **{name: first.get(name) for name in ON_TOP},
        "elapsed_s": elapsed_s,
        "unfinished": unfinished,
        "comparisons": [asdict(point) for point in points],
        "runs": [one.model_dump(mode="json") for one in runs],
    }


def _point(runs: Sequence[RunResult]) -> PointFigures:
    leading, trials = counted_trials(runs)
    times = [trial.completion_s for trial in trials if trial.completion_s is not None]
    tests = [test for one in runs for test in one.tests if not test.practice]
    rests = [test for test in tests if test.kind == "rest"]
    return PointFigures(
        point=runs[0].point,
        runs=len(runs),
        refused=sum(bool(one.refused) for one in runs),
        decoders=sorted({one.decoder for one in runs if one.decoder}),
        leading=leading,
        trials=len(trials),
        completion_rate=len(times) / len(trials) if trials else None,
        completion_rate_interval=share_interval(len(times), len(trials)) if trials else None,
        median_completion_s=median(times) if times else None,
        median_completion_s_interval=median_interval(times),
        path_efficiency=_mean([trial.path_efficiency for trial in trials if trial.completion_s is not None]),
        overshoots_per_trial=_mean([trial.overshoots for trial in trials]),
        unintended_rad_per_trial=_mean([trial.unintended_rad for trial in trials]),
        rest_motion_rad=_mean([test.figures.get("rest_motion_rad") for test in rests]),
        rest_commanded_rad=_mean([test.commanded_rad for test in rests]),
        blocks_per_min=_mean([test.figures.get("blocks_per_min") for test in tests]),
        dropped_per_trial=_mean([trial.dropped for test in tests for trial in test.trials]),
        wall_s=sum(one.wall_s for one in runs),
        computing_s=sum(one.computing_s for one in runs),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
