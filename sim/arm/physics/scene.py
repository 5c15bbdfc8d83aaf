"""A place where something is to be done with an arm: what stands there, what can be taken, how the arm comes to it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sim.arm.physics.table import PhysicalTable, Turns

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class ThingState:
    """A thing as it is now. `on`: names of what else it touches; `jaws_m`: of a clothespin, between its jaws.

    `pressed_n`: sum of the normal contact forces of the fingers on it, or of thumb and palm, whichever is more.
    """

    position_m: Point
    pressed_n: float
    on: frozenset[str]
    jaws_m: Point | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """`fixed`: MJCF geoms that stay; `loose`: bodies that can be taken, named `thing_0`, `thing_1` ... in order.

    The socket is turned so that in `posture_rad` (joints not named: where the arm begins) the palm lies as `palm_quat`
    says, and begins where the tips are at `tips_m`. From then on a carrier moves it, and does not turn it. `look_m`:
    the middle of what pictures show.
    """

    fixed: str
    loose: tuple[str, ...]
    posture_rad: Mapping[str, float]
    palm_quat: tuple[float, float, float, float]
    tips_m: Point
    look_m: Point


def turned(table: PhysicalTable, turns_rad: Mapping[Turns, float]) -> dict[str, float]:
    """Return the posture of the joints of this arm that turn so; what it does not have, the body makes up for."""
    return {link.joint: turns_rad[link.turns] for link in table.links if link.turns in turns_rad}
