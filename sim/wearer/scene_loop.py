"""A test with things in closed loop: the wearer's plan goes on by one hop, the loop steps, the test is fed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sim.arm.physics.scene import Point, ThingState
from sim.wearer.closed_loop import ClosedLoop


class SceneTest(Protocol):
    """A test; every `clinic.assessments.seen.SceneTest` is one."""

    def begin(self, time_s: float) -> None:
        """Start the next trial."""
        ...

    def feed(
        self, time_s: float, position_rad: Mapping[str, float], tips_m: Point, things: Sequence[ThingState]
    ) -> bool:
        """Take a sample; return whether the trial has ended."""
        ...


class Stage(Protocol):
    """Where it is done; `sim.arm.physics.stage.Stage` is one."""

    @property
    def tips_m(self) -> Point:
        """Between the fingertips."""
        ...

    def things(self) -> Sequence[ThingState]:
        """All things as they are now."""
        ...


@dataclass(slots=True)
class SceneLoop:
    """`seen`: the things after the newest hop."""

    loop: ClosedLoop
    stage: Stage
    seen: Sequence[ThingState] = field(init=False)

    def __post_init__(self) -> None:
        self.seen = self.stage.things()

    def things(self) -> Sequence[ThingState]:
        """Return the things after the newest hop."""
        return self.seen

    def take(self, test: SceneTest, ready: Iterator[None], plan: Iterator[None]) -> None:
        """Engage, let the wearer get `ready`, begin, and go on with the plan until the test has ended."""
        self.loop.engage()
        for _ in ready:
            self._step()
        test.begin(self.loop.now_s)
        for _ in plan:
            self._step()
            if test.feed(self.loop.now_s, self.loop.position_rad, self.stage.tips_m, self.seen):
                return

    def _step(self) -> None:
        self.loop.step()
        self.seen = self.stage.things()
