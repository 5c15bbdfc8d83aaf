"""The demo's wearer: does what prompts and tests ask for, and otherwise tries the arm as long as it is switched on."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cli.demo.headless import MOTION_S, ORDER, REST_S
from clinic.assess.desk import Desk
from clinic.assess.hindrance import ArmKind
from clinic.assess.live_test import Stage
from clinic.assess.progress import Progress
from clinic.assess.watched import Watched
from clinic.link.controller_link import ControllerLink
from controller.contract.calibration import CalibrationPrompt
from controller.rest_class import REST
from controller.safety.states import State

EFFORT, GENTLE = 0.6, 0.2
# So far from where a joint is to go the wearer hurries.
FAR_RAD = 0.4
# Of what counts as there; a little further in than the edge.
INSIDE = 0.6
LOOKS_EVERY_S = 0.05
# From a prompt to doing it, as people need; where they see what they do they look ahead.
REACTS_AFTER_S = 0.25
HEARS = frozenset({"controller_status", "calibration_state"})


@dataclass(slots=True)
class DemoWearer:
    """`tell` takes a motion and how hard it is meant (0..1). `motions`: motion → joint → share of full speed."""

    link: ControllerLink
    desk: Desk
    motions: Mapping[str, Mapping[str, float]]
    tell: Callable[[str, float], None]
    _watched: Watched = field(default_factory=Watched)
    _on_since_s: float | None = None

    async def run(self) -> None:
        """Take part until cancelled."""
        for name in HEARS & set(self.link.latest):
            self._hear(name, self.link.latest[name])
        unlisten = self.link.listen(self._hear)
        meant = ("", 0.0)
        try:
            while True:
                means = self.means(time.monotonic())
                if means != meant:
                    meant = means
                    if self._prompt is not None:
                        await asyncio.sleep(REACTS_AFTER_S)
                    self.tell(*meant)
                await asyncio.sleep(LOOKS_EVERY_S)
        finally:
            unlisten()

    def means(self, now_s: float) -> tuple[str, float]:
        """Return the motion that the wearer means now, and how hard."""
        if (prompt := self._prompt) is not None:
            return self._effort(prompt.motion, EFFORT)
        test = self.desk.progress()
        if self.desk.busy:
            return self._takes(test)
        return self._tries(now_s)

    @property
    def _prompt(self) -> CalibrationPrompt | None:
        return None if self._watched.calibration is None else self._watched.calibration.prompt

    def _takes(self, test: Progress) -> tuple[str, float]:
        if test.stage != Stage.RUNNING and test.arm == ArmKind.VIRTUAL:
            return REST, 0.0  # an arm that is drawn goes back to its start by itself
        return towards(test, self.motions) if test.posture_rad else self._effort(test.motion, EFFORT)

    def _tries(self, now_s: float) -> tuple[str, float]:
        if self._watched.controls is not State.ENGAGED:
            self._on_since_s = None
            return REST, 0.0
        if self._on_since_s is None:
            self._on_since_s = now_s + REST_S
        order = [motion for motion in ORDER if motion in self.motions]
        turn, into_s = divmod(now_s - self._on_since_s, MOTION_S + REST_S)
        return self._effort(order[int(turn) % len(order)], EFFORT) if turn >= 0 and into_s < MOTION_S else (REST, 0.0)

    def _effort(self, motion: str, effort: float) -> tuple[str, float]:
        return (motion, effort) if motion in self.motions else (REST, 0.0)

    def _hear(self, name: str, payload: bytes) -> None:
        if name in HEARS:
            self._watched.take(name, payload, time.monotonic())


def towards(test: Progress, motions: Mapping[str, Mapping[str, float]]) -> tuple[str, float]:
    """Return what brings the joint that is furthest from a test's posture nearer; rest when all are there."""
    off = {name: at - test.position_rad[name] for name, at in test.posture_rad.items() if name in test.position_rad}
    joint = max(off, key=lambda name: abs(off[name]), default=None)
    if joint is None or abs(off[joint]) <= INSIDE * test.within_rad:
        return REST, 0.0
    for motion in _of(joint, motions):
        if motions[motion][joint] * off[joint] > 0.0:
            return motion, EFFORT if abs(off[joint]) > FAR_RAD else GENTLE
    return REST, 0.0


def _of(joint: str, motions: Mapping[str, Mapping[str, float]]) -> Sequence[str]:
    return [name for name, moves in motions.items() if moves.get(joint)]
