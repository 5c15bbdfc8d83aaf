"""What a fit found in the trials that it was made of: for people to look at, once."""

from typing import Annotated

from pydantic import Field

from controller.contract.message import Message, Session

MOST_CLASSES = 33
# Above that a message would be too large; maps of so many channels are for other tools.
MOST_CHANNELS = 64
MOST_POINTS = 300

Row = Annotated[tuple[float, ...], Field(max_length=MOST_CHANNELS)]
Point = tuple[float, float]


class ClassCloud(Message):
    """Where the windows of one class lie on the map, in spreads of a class.

    `axes`: half the length of the two axes of the ellipse of two spreads, the first one turned by `turned_rad` from x.
    """

    name: str
    centre: Point
    axes: Point
    turned_rad: float
    points: Annotated[tuple[Point, ...], Field(max_length=MOST_POINTS)] = ()


class Closest(Message):
    """The two classes whose means lie nearest to each other, in spreads and in all dimensions of the features."""

    one: str
    other: str
    spreads: float


class CalibrationResult(Message):
    """Topic `calibration/result`, retained: the last fit, until there is another.

    `session`: the controller's. `clouds`: the plane in which the classes lie farthest apart. `confusion`: % of each
    class's windows [asked] that were decided as each [decided], on parts that were held out; none: not measurable.
    `levels`: per class of `classes`, each channel's mean level, conditioned, in the device's unit. `correlation`:
    between the levels of channels during motions. Both are left out above 64 channels.
    """

    session: Session
    classes: Annotated[tuple[str, ...], Field(max_length=MOST_CLASSES)] = ()
    closest: Closest | None = None
    clouds: Annotated[tuple[ClassCloud, ...], Field(max_length=MOST_CLASSES)] = ()
    confusion: Annotated[tuple[Row, ...], Field(max_length=MOST_CLASSES)] = ()
    levels: Annotated[tuple[Row, ...], Field(max_length=MOST_CLASSES)] = ()
    correlation: Annotated[tuple[Row, ...], Field(max_length=MOST_CHANNELS)] = ()
