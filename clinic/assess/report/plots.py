"""Plots over the tests of a wearer, as SVG: the same on the page and on paper. The style around it colours it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from clinic.assess.kept import Taken
from clinic.assess.live_test import JOINTS
from clinic.assess.report.words import Words

WIDE, HIGH = 360.0, 220.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 10.0, 22.0, 40.0
MOST_TESTS = 24
# Below this share of the width a label would run into the next one.
LABEL_WIDTH = 62.0
# Settings that tell two groups of tests apart.
TELLING = ("moved joints", "tolerance", "dwell", "distance", "time limit", "right decisions", "rest")

Interval = tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Plot:
    """`group`: what may be compared; `title`: which figure."""

    group: str
    title: str
    svg: str


@dataclass(frozen=True, slots=True)
class Series:
    """One figure of tests: how it is read from a test, and its scale. `top` None: as high as the data."""

    name: str
    value: Callable[[Taken], float | None]
    interval: Callable[[Taken], Interval]
    top: float | None
    digits: int


def _percent_interval(taken: Taken) -> Interval:
    return None if taken.rate_interval is None else (100 * taken.rate_interval[0], 100 * taken.rate_interval[1])


SERIES = (
    Series("rate", lambda one: None if one.rate is None else 100 * one.rate, _percent_interval, 100.0, 0),
    Series("median", lambda one: one.median_s, lambda one: one.median_interval_s, None, 1),
    Series("throughput", lambda one: one.figures.get("throughput_bit_s"), lambda _: None, None, 2),
    Series("rest", lambda one: one.figures.get("rest_motion_rad"), lambda _: None, None, 3),
)


def comparable(taken: Iterable[Taken]) -> dict[str, list[Taken]]:
    """Return complete tests that were no practice, by what may be compared; the newest group first."""
    groups: dict[str, list[Taken]] = {}
    for one in taken:
        if one.complete and not one.practice:
            groups.setdefault(f"{one.kind} {one.layout}", []).append(one)
    return dict(sorted(groups.items(), key=lambda item: item[1][-1].at, reverse=True))


def plots_of(taken: Sequence[Taken], words: Words) -> list[Plot]:
    """Return a plot of each figure for each group of tests that may be compared."""
    made: list[Plot] = []
    for tests in comparable(taken).values():
        newest = tests[-MOST_TESTS:]
        group = group_name(newest[-1], words)
        made += [
            Plot(group, words.t(f"plot.{series.name}"), _drawn(newest, series, group, words))
            for series in SERIES
            if any(series.value(one) is not None for one in newest)
        ]
    return made


def group_name(one: Taken, words: Words) -> str:
    """Return what kind of test with which settings this is."""
    shown = [
        f"{words.parameter(parameter.name)} {words.value(parameter.value, parameter.unit, 2)}"
        for parameter in one.parameters
        if parameter.name in TELLING
    ]
    shown += [parameter.source.replace("_", " ") for parameter in one.parameters if parameter.name == JOINTS]
    return " · ".join([words.t(f"kind.{one.kind}"), words.t(f"arm.{one.arm_kind}"), *shown])


def _drawn(tests: Sequence[Taken], series: Series, group: str, words: Words) -> str:
    values = [series.value(one) for one in tests]
    intervals = [series.interval(one) for one in tests]
    highest = max(
        [value for value in values if value is not None] + [between[1] for between in intervals if between is not None]
    )
    top = series.top or _round_up(highest)
    step = (WIDE - LEFT - RIGHT) / len(tests)

    def x(index: int) -> float:
        return LEFT + step * (index + 0.5)

    def y(value: float) -> float:
        return HIGH - BOTTOM - (HIGH - TOP - BOTTOM) * min(value, top) / top

    title = words.t(f"plot.{series.name}")
    said = "; ".join(
        f"{words.date(_moment(one))}: {words.number(value, series.digits)}"
        for one, value in zip(tests, values, strict=True)
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox="0 0 {WIDE:g} {HIGH:g}" role="img" '
        f'aria-label="{escape(f"{group}. {title}. {said}")}">'
    ]
    for share in (0.0, 0.5, 1.0):
        level, at = top * share, y(top * share)
        parts.append(f'<path class="grid" d="M {LEFT:g} {at:.1f} H {WIDE - RIGHT:g}"/>')
        parts.append(
            f'<text class="tick" x="{LEFT - 6:g}" y="{at + 4:.1f}">{words.number(level, series.digits)}</text>'
        )
    line = [(x(index), y(value)) for index, value in enumerate(values) if value is not None]
    parts.append(f'<path class="line" d="{_way(line)}"/>')
    label_every = max(-(-len(tests) // max(int((WIDE - LEFT - RIGHT) / LABEL_WIDTH), 1)), 1)
    for index, (one, value, between) in enumerate(zip(tests, values, intervals, strict=True)):
        if between is not None:
            low, high = y(between[0]), y(between[1])
            parts.append(f'<path class="interval" d="M {x(index):.1f} {low:.1f} V {high:.1f}"/>')
        if value is not None:
            parts.append(f'<circle class="point" cx="{x(index):.1f}" cy="{y(value):.1f}" r="4"/>')
        changed = index == 0 or one.profile_version != tests[index - 1].profile_version
        if one.profile_version is not None and changed:
            parts.append(f'<text class="version" x="{x(index):.1f}" y="{TOP - 10:g}">v{one.profile_version}</text>')
        if index % label_every == 0:
            day = escape(words.date(_moment(one)))
            parts.append(f'<text class="day" x="{x(index):.1f}" y="{HIGH - BOTTOM + 18:g}">{day}</text>')
    parts.append(
        f'<text class="below" x="{WIDE - RIGHT:g}" y="{HIGH - 4:g}">{escape(words.t("plot.below"))}</text></svg>'
    )
    return "".join(parts)


def _way(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{'L' if index else 'M'} {x:.1f} {y:.1f}" for index, (x, y) in enumerate(points))


def _round_up(value: float) -> float:
    """Return a round number above `value`."""
    if value <= 0.0:
        return 1.0
    size: float = 10.0 ** len(str(int(value))) if value >= 1.0 else 1.0
    return next(
        (size * share for share in (0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0) if size * share >= value), size
    )


def _moment(one: Taken) -> datetime:
    return datetime.fromisoformat(one.at)
