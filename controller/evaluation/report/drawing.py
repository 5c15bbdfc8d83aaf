"""How the plots of reports look. The only module of the controller that needs matplotlib, beside its plots."""

import io
from collections.abc import Callable

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe & Ito's colours, told apart by colour-blind readers and in print.
BLUE, SKY, GREEN, ORANGE, GREY = "#0072B2", "#56B4E9", "#009E73", "#D55E00", "#999999"
DOTS_PER_INCH = 110


def grid(figure: Figure, count: int, columns: int) -> list[Axes]:
    """Return `count` axes in so many columns, row by row."""
    return [figure.add_subplot((count + columns - 1) // columns, columns, index + 1) for index in range(count)]


def png(draw: Callable[[Figure], None], width_inch: float, height_inch: float) -> bytes:
    """Return what `draw` draws as a PNG.

    Without pyplot, which would keep the figure for ever; no date in the file, so that equal plots are equal.
    """
    buffer = io.BytesIO()
    with mpl.rc_context(
        {
            "font.size": 9.0,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": 10.0,
            "axes.titleweight": "bold",
            "legend.frameon": False,
            "figure.constrained_layout.use": True,
        }
    ):
        figure = Figure(figsize=(width_inch, height_inch))
        draw(figure)
        figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    return buffer.getvalue()
