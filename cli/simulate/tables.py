"""What a simulation found, for people at a terminal; the same cells as on its page."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from cli.simulate.comparison import PointFigures

BLOCKS = ("blocks/min",)
FIGURES = ("trials", "done %", "95 %", "median s", "95 %", "path", "rest rad")


def comparison_table(name: str, points: Sequence[PointFigures]) -> Table:
    """Return one row for each point of the sweep."""
    table = Table(title=name, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    axes = len(points[0].point)
    for number, heading in enumerate(headings(points)):
        own = number < axes
        table.add_column(heading, justify="left" if own else "right", overflow="fold", no_wrap=not own)
    for point in points:
        table.add_row(*cells(point))
    leading = ", ".join(dict.fromkeys(point.leading for point in points if point.leading)) or "no test with targets"
    table.caption = f"{leading}; times and paths of completed trials alone; 95 %: intervals"
    return table


def headings(points: Sequence[PointFigures]) -> list[str]:
    """Return what stands above `cells`."""
    blocks = BLOCKS if any(point.blocks_per_min is not None for point in points) else ()
    return [*points[0].point, *FIGURES, *blocks]


def cells(point: PointFigures) -> list[str]:
    """Return a point's values on the axes, and its figures; blocks only where there are any."""
    rate, times = point.completion_rate_interval, point.median_completion_s_interval
    return [
        *(said(value) for value in point.point.values()),
        str(point.trials),
        _number(point.completion_rate, 1, 100.0),
        "-" if rate is None else f"{100.0 * rate[0]:.0f}-{100.0 * rate[1]:.0f}",
        _number(point.median_completion_s, 2),
        "-" if times is None else f"{times[0]:.1f}-{times[1]:.1f}",
        _number(point.path_efficiency, 2),
        _number(point.rest_motion_rad, 4),
        *([] if point.blocks_per_min is None else [_number(point.blocks_per_min, 1)]),
    ]


def said(value: str | float) -> str:
    """Return a value of an axis as people write it."""
    return value if isinstance(value, str) else f"{value:g}"


def _number(value: float | None, digits: int, times: float = 1.0) -> str:
    return "-" if value is None else f"{times * value:.{digits}f}"
