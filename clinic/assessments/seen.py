"""What tests with things are fed with: where each thing is, what the hand presses on it, and what it lies on."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Protocol

from clinic.assessments.errors import AssessmentError

Point = tuple[float, float, float]
# Below this nothing is held: a thing that only brushes the hand.
HELD_N = 0.1


class SeenThing(Protocol):
    """A thing as it is now: position in m (forward, to the left, up), contact force of the hand on it, and the rest."""

    @property
    def position_m(self) -> Point:
        """Its middle."""
        ...

    @property
    def pressed_n(self) -> float:
        """What the hand presses on it with, in N."""
        ...

    @property
    def on(self) -> frozenset[str]:
        """Names of what else it touches."""
        ...


class SceneTest(Protocol):
    """A test with things, for a person or a virtual wearer: as an `Assessment`, but it is fed with the scene, too."""

    def begin(self, time_s: float) -> None:
        """Start the next trial."""
        ...

    def feed(
        self, time_s: float, position_rad: Mapping[str, float], tips_m: Point, things: Sequence[SeenThing]
    ) -> bool:
        """Take the joints, the place between the fingertips and all things; return whether this ended the trial."""
        ...


def check_things(things: Sequence[SeenThing], count: int, tips_m: Point) -> None:
    """Raise `AssessmentError` for what no honest figure can be made of."""
    if len(things) != count:
        raise AssessmentError(f"a sample needs all {count} things of the test, got {len(things)}")
    points = [tips_m, *(thing.position_m for thing in things)]
    if not all(isfinite(value) for point in points for value in point):
        raise AssessmentError("a sample needs finite positions of the fingertips and of every thing")
    if not all(isfinite(thing.pressed_n) and thing.pressed_n >= 0.0 for thing in things):
        raise AssessmentError("a sample needs the hand's force on every thing, in N, 0 or more")
