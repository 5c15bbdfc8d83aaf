"""What a virtual wearer does with things: the body carries the arm to them, the prosthesis turns and grips.

Assumed: the body goes where it is wished, a hundredth of the way and a millimetre wrong; when the fingers press hard
enough is seen (and heard from the motor) a reaction time late. The wearer's muscles make all motions of the prosthesis.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import dist
from typing import Protocol

import numpy as np

from sim.arm.physics.arm import PhysicalArm
from sim.arm.physics.stage import NO_SCENE
from sim.errors import SimError
from sim.wearer.closed_loop import ClosedLoop

Point = tuple[float, float, float]
# How far off the body aims: a share of the way, since noise grows with the movement, and a millimetre.
AIM_SHARE, AIM_M = 0.01, 0.001
# Arrived farther off than this, the body corrects, so often at most.
NEAR_M, CORRECTIONS = 0.004, 3
# The longest way takes little more than a second.
CARRY_PATIENCE_S = 2.0
# Farther off than this, there is nothing to grip.
MISSED_M = 0.02
# How near is near enough for turning and opening.
WITHIN_RAD = 0.12
# A posture, and a grip, that do not come about for so long are given up; getting ready may take longer.
PATIENCE_S, GRIP_PATIENCE_S, READY_S = 6.0, 3.0, 30.0
SURE_N = 12.0
HELD_N = 0.5


class Thing(Protocol):
    """A thing as the wearer sees it."""

    @property
    def position_m(self) -> Point:
        """Where it is."""
        ...

    @property
    def pressed_n(self) -> float:
        """What the hand presses on it with."""
        ...

    @property
    def on(self) -> frozenset[str]:
        """Names of what else it touches."""
        ...

    @property
    def jaws_m(self) -> Point | None:
        """Of a clothespin, between its jaws."""
        ...


class Place(Protocol):
    """Where it is done; `sim.arm.physics.stage.Stage` is one."""

    @property
    def tips_m(self) -> Point:
        """Between the fingertips."""
        ...

    @property
    def arrived(self) -> bool:
        """Whether the body stands where it was to go."""
        ...

    def carry(self, tips_m: Point) -> None:
        """Let the body carry the arm to where the tips are there."""
        ...


@dataclass(slots=True)
class Handwork:
    """The parts of which a task is made; each yields once per hop of the loop.

    `posture_rad`: what elbow and wrist are held at. `hand`: the joint that grips, which closes at positive speed.
    Raises `SimError` where no motion of the wearer closes it, and for a wearer who takes the joints in turn.
    """

    loop: ClosedLoop
    place: Place
    posture_rad: Mapping[str, float]
    hand: str
    opened_rad: float
    seed: int = 0
    _close: str = field(init=False)
    _generator: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        if self.loop.wearer.in_turn is not None:
            raise SimError("a wearer who takes the joints in turn cannot be given work with things yet")
        speeds = self.loop.wearer.speeds
        closing = {motion: parts.get(self.hand, 0.0) for motion, parts in speeds.items()}
        self._close = max(closing, key=lambda motion: closing[motion], default="")
        if not self._close or closing[self._close] <= 0.0:
            raise SimError(f"the wearer has no motion that closes '{self.hand}'")
        self._generator = np.random.default_rng([self.seed, 7])

    def carry(self, to_m: Point) -> Iterator[None]:
        """Carry the arm until the tips are there, or something is in the way.

        Where a joint moved meanwhile, look again and correct.
        """
        x, y, z = to_m
        error_m = AIM_M + AIM_SHARE * dist(to_m, self.place.tips_m)
        off_x, off_y = self._generator.normal(0.0, error_m, 2).tolist()
        aimed_m = (x + off_x, y + off_y, z)
        for _ in range(CORRECTIONS):
            self.place.carry(aimed_m)
            until_s = self.loop.now_s + CARRY_PATIENCE_S
            while not self.place.arrived:
                if self.loop.now_s >= until_s:
                    self.place.carry(self.place.tips_m)  # something is in the way
                    return
                yield
            if dist(aimed_m, self.place.tips_m) < NEAR_M:
                return
            yield from self.waited(self.loop.wearer.traits.reaction_s)

    def missed(self, at_m: Point) -> bool:
        """Return whether the tips are too far from there to grip what is there."""
        return dist(at_m, self.place.tips_m) > MISSED_M

    def posture(self, posture_rad: Mapping[str, float], patience_s: float = PATIENCE_S) -> Iterator[None]:
        """Bring these joints there."""
        self.loop.wearer.want(posture_rad, WITHIN_RAD)
        yield from self._until_there(posture_rad, patience_s)
        self.loop.wearer.relax()

    def ready(self) -> Iterator[None]:
        """Take the posture of the task, hand open, and stop."""
        yield from self.posture(dict(self.posture_rad) | {self.hand: self.opened_rad}, READY_S)
        yield from self.waited(1.0)

    def opened_on_the_way(self, to_m: Point) -> Iterator[None]:
        """Open the hand and take the posture again while the body carries the arm."""
        wanted = dict(self.posture_rad) | {self.hand: self.opened_rad}
        self.loop.wearer.want(wanted, WITHIN_RAD)
        yield from self.carry(to_m)
        yield from self._until_there(wanted)
        self.loop.wearer.relax()

    def opened(self) -> Iterator[None]:
        """Open the hand."""
        yield from self.posture({self.hand: self.opened_rad})

    def closed_on(self, thing: int, things: "Things", sure_n: float = SURE_N) -> Iterator[None]:
        """Close the hand until it presses with `sure_n` on that thing, seen a reaction time late."""
        wearer, until_s = self.loop.wearer, self.loop.now_s + GRIP_PATIENCE_S
        wearer.want_motion(self._close)
        while things()[thing].pressed_n < sure_n and self.loop.now_s < until_s:
            yield
        yield from self.waited(wearer.traits.reaction_s)
        wearer.relax()
        # Before it is lifted, the fingers are seen to stand.
        yield from self.waited(wearer.traits.reaction_s)

    def waited(self, seconds: float) -> Iterator[None]:
        """Let time pass."""
        until_s = self.loop.now_s + seconds
        while self.loop.now_s < until_s:
            yield

    def _until_there(self, posture_rad: Mapping[str, float], patience_s: float = PATIENCE_S) -> Iterator[None]:
        """Wait until the joints are there and have stayed for a reaction time: what only passes by is not there."""
        since_s = self.loop.now_s
        until_s = since_s + patience_s
        while self.loop.now_s < until_s:
            at = self.loop.position_rad
            if any(abs(at[name] - wanted) > WITHIN_RAD for name, wanted in posture_rad.items()):
                since_s = self.loop.now_s
            elif self.loop.now_s - since_s >= self.loop.wearer.traits.reaction_s:
                return
            yield


class Things(Protocol):
    """Gives the things as they are now."""

    def __call__(self) -> Sequence[Thing]:
        """Return them."""
        ...


def handwork(loop: ClosedLoop, arm: PhysicalArm, place: Place, seed: int) -> Handwork:
    """Return what the wearer does at this place, in the posture of the arm's scene."""
    if arm.scene is None:
        raise SimError(NO_SCENE)
    posture, hand = dict(arm.scene.posture_rad), arm.table.hand.joint
    opened_rad = posture.pop(hand)
    return Handwork(loop, place, posture, hand, opened_rad, seed)
