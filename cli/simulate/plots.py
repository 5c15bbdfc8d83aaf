"""The plots of a simulation, each as the bytes of a PNG. Needs the extra `evaluate`."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cli.simulate.comparison import PointFigures
from cli.simulate.job import RunResult
from cli.simulate.tables import said
from controller.evaluation.report.drawing import BLUE, GREEN, GREY, ORANGE, SKY, png

COLOURS = (BLUE, ORANGE, GREEN, SKY, GREY)
MARKS = "os^Dv"
# Points of several series at the same place would hide each other's intervals.
APART = 0.012
# Faults that are over when they have happened.
AT_ONCE = ("bump", "fatigue")
# More people in one plot are a cloud.
MOST_PEOPLE = 5

Interval = tuple[float, float]
Seen = Callable[[PointFigures], tuple[float | None, Interval | None]]


def completion_rate(points: Sequence[PointFigures]) -> bytes:
    """Completion rate over the axis, with intervals."""

    def seen(point: PointFigures) -> tuple[float | None, Interval | None]:
        rate, interval = point.completion_rate, point.completion_rate_interval
        if rate is None or interval is None:
            return None, None
        return 100.0 * rate, (100.0 * interval[0], 100.0 * interval[1])

    return _over_axis(points, seen, "trials completed, %", 103.0)


def completion_time(points: Sequence[PointFigures]) -> bytes:
    """Median completion time over the axis, with intervals."""
    return _over_axis(
        points, lambda point: (point.median_completion_s, point.median_completion_s_interval), "completion time, s"
    )


def path_efficiency(points: Sequence[PointFigures]) -> bytes:
    """Path efficiency over the axis."""
    return _over_axis(points, lambda point: (point.path_efficiency, None), "path efficiency", 1.03)


def completions(points: Sequence[PointFigures], times_s: Sequence[Sequence[float]]) -> bytes:
    """Share of all trials that were complete within each time: failures keep a line below 100 %."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for index, (point, times) in enumerate(zip(points, times_s, strict=True)):
            if not point.trials:
                continue
            share = 100.0 * np.arange(len(times) + 1) / point.trials
            label, colour = _name(point.point) or "all", COLOURS[index % len(COLOURS)]
            style = ("-", "--", ":", "-.")[index // len(COLOURS) % 4]
            axes.step([0.0, *sorted(times)], share, where="post", color=colour, ls=style, label=label)
        axes.set_ylim(0.0, 103.0)
        axes.set_xlim(left=0.0)
        axes.set_xlabel("completion time, s")
        axes.set_ylabel("trials completed, %")
        _finish(axes, len(points))

    return png(draw, 6.5, 3.6)


def over_time(runs: Sequence[RunResult]) -> bytes:
    """When each trial began and how long it took, with what went wrong meanwhile; failures stand at the top."""
    faults = runs[0].faults
    trials = [
        [trial for test in one.tests if not test.practice and test.kind != "rest" for trial in test.trials]
        for one in runs
    ]
    longest_s = max((trial.completion_s or 0.0 for some in trials for trial in some), default=1.0)
    end_s = max((trial.began_s + (trial.completion_s or 0.0) for some in trials for trial in some), default=1.0)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for index, fault in enumerate(faults):
            last_s = end_s if fault.for_s is None and fault.kind not in AT_ONCE else fault.at_s + (fault.for_s or 0.0)
            axes.axvspan(fault.at_s, max(last_s, fault.at_s + end_s / 400), color=GREY, alpha=0.25, lw=0)
            words = fault.kind.replace("_", " ")
            place = 1.02 + 0.05 * (index % 3)
            axes.text(fault.at_s, place, words, transform=axes.get_xaxis_transform(), fontsize=7)
        for index, (one, some) in enumerate(zip(runs, trials, strict=True)):
            colour = COLOURS[index % len(COLOURS)]
            label = f"seed {one.seed}, {_name(one.point)}".rstrip(", ")
            for made, mark in ((True, "o"), (False, "x")):
                shown = [trial for trial in some if (trial.completion_s is not None) == made]
                times = [1.1 * longest_s if trial.completion_s is None else trial.completion_s for trial in shown]
                began = [trial.began_s for trial in shown]
                axes.plot(began, times, mark, ms=4, color=colour, label=label if made else None)
        axes.set_ylim(bottom=0.0)
        axes.set_xlabel("trial began, s since the arm was engaged; crosses: not completed")
        axes.set_ylabel("completion time, s")
        _finish(axes, len(runs))

    return png(draw, 10.0, 3.4)


def _over_axis(points: Sequence[PointFigures], seen: Seen, label: str, top: float | None = None) -> bytes:
    """Draw a figure over the axis that `_axis` chooses; a line for each combination of the others."""
    axis = _axis(points)
    values = list(dict.fromkeys(point.point.get(axis, "") for point in points))
    numbers = [value for value in values if isinstance(value, float)]
    numeric = len(numbers) == len(values) and len(numbers) > 1
    places = dict(zip(values, numbers if numeric else map(float, range(len(values))), strict=True))
    width = max(places.values()) - min(places.values()) or 1.0
    series: dict[str, list[PointFigures]] = {}
    for point in points:
        series.setdefault(_name({name: value for name, value in point.point.items() if name != axis}), []).append(point)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for index, (name, some) in enumerate(series.items()):
            aside = (index - (len(series) - 1) / 2) * APART * width
            colour, mark = COLOURS[index % len(COLOURS)], MARKS[index % len(MARKS)]
            at: list[float] = []
            middle: list[float] = []
            for point in some:
                value, interval = seen(point)
                if value is not None:
                    at.append(places[point.point.get(axis, "")] + aside)
                    middle.append(value)
                    if interval is not None:
                        axes.plot([at[-1], at[-1]], interval, lw=1.5, color=colour, alpha=0.6)
            axes.plot(at, middle, mark, ls="-" if numeric else "", ms=5, lw=1, color=colour, label=name or None)
        axes.set_ylim(bottom=0.0)
        if top is not None:
            axes.set_ylim(top=top)
        if not numeric:
            axes.set_xticks(list(places.values()), [said(value) for value in values])
            axes.margins(x=0.3)
        axes.set_xlabel(axis)
        axes.set_ylabel(label)
        _finish(axes, len(series))

    return png(draw, 4.6, 3.4)


def _axis(points: Sequence[PointFigures]) -> str:
    """Return the axis to draw over: the first with several numbers, or the first with several values, or any."""
    names = list(points[0].point)
    values = {name: {point.point[name] for point in points} for name in names}
    several = [name for name in names if len(values[name]) > 1]
    numeric = [name for name in several if all(isinstance(value, float) for value in values[name])]
    return next(iter((*numeric, *several, *names)), "")


def _name(point: Mapping[str, str | float]) -> str:
    return ", ".join(f"{name} {said(value)}" for name, value in point.items())


def _finish(axes: Axes, lines: int) -> None:
    axes.grid(alpha=0.3)
    if any(label for label in axes.get_legend_handles_labels()[1]):
        axes.legend(loc="best", fontsize=7 if lines > 3 else 8)
