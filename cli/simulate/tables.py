"""What a simulation found, for people at a terminal."""

from collections.abc import Sequence

from rich.table import Table

from cli.simulate.comparison import PointFigures


def comparison_table(name: str, points: Sequence[PointFigures]) -> Table:
    """Return one row for each point of the sweep."""
    axes = list(points[0].point) if points else []
    table = Table(title=name)
    for axis in axes or ["runs"]:
        table.add_column(axis, justify="left", overflow="fold", min_width=8)
    for heading in ("trials", "done %", "95 %", "median s", "95 %", "path", "rest rad"):
        table.add_column(heading, justify="right", no_wrap=True)
    for point in points:
        rate, times = point.completion_rate_interval, point.median_completion_s_interval
        table.add_row(
            *([said(point.point[axis]) for axis in axes] or [str(point.runs)]),
            str(point.trials),
            _number(point.completion_rate, 1, 100.0),
            "-" if rate is None else f"{100.0 * rate[0]:.0f}-{100.0 * rate[1]:.0f}",
            _number(point.median_completion_s, 2),
            "-" if times is None else f"{times[0]:.1f}-{times[1]:.1f}",
            _number(point.path_efficiency, 2),
            _number(point.rest_motion_rad, 4),
        )
    leading = ", ".join(dict.fromkeys(point.leading for point in points if point.leading))
    table.caption = f"{leading}; median completion time and path efficiency of completed trials alone; 95 %: intervals"
    return table


def said(value: str | float) -> str:
    """Return a value of an axis as people write it."""
    return value if isinstance(value, str) else f"{value:g}"


def _number(value: float | None, digits: int, times: float = 1.0) -> str:
    return "-" if value is None else f"{times * value:.{digits}f}"
