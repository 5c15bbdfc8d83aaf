"""Motions as they begin, and those that were not meant: taken back at once, or stopped.

A motion begins with the first report in `engaged` in which a joint is to move with 5 % of full speed or more, after
none was for 0.2 s, or in another way than before. It is taken back when, within 1.5 s of its beginning, the same joint
begins to move the other way, or the arm is stopped. A wearer who corrects at once looks the same, so the count has
those in it; unwanted motions that were let run are not in it. The numbers are ours.
"""

from collections import deque
from dataclasses import dataclass, field

from controller.contract.signal import NO_CLASS, SignalReport
from controller.rest_class import REST
from controller.safety.states import State

MOVES_FROM = 0.05
ENDS_AFTER_S = 0.2
TAKEN_BACK_WITHIN_S = 1.5
# A wish that lasts less than this is a flicker; the decoder decides many times as often.
REFUSED_FROM_S = 0.2
# Corrections of corrections: more than a person can do in the time.
MOST_RECENT = 16


@dataclass(slots=True)
class Motion:
    """`way`: joint → sign. `not_meant`: counted as such already."""

    name: str
    way: dict[str, int]
    began_s: float
    active_s: float
    not_meant: bool = False

    def goes_on(self, name: str, way: dict[str, int]) -> bool:
        """Whether this is still the same motion."""
        shared = self.way.keys() & way.keys()
        if any(self.way[joint] != way[joint] for joint in shared):
            return False
        return name == self.name or bool(shared)

    def is_undone_by(self, way: dict[str, int]) -> bool:
        """Whether `way` moves one of its joints back."""
        return any(way.get(joint) == -sign for joint, sign in self.way.items())


@dataclass(slots=True)
class Counted:
    """What one report brought: names of motions that began, of those taken back; refused wishes."""

    begun: list[str] = field(default_factory=list)
    taken_back: list[str] = field(default_factory=list)
    refused: int = 0


@dataclass(slots=True)
class MotionCounter:
    """Told reports in their order, with a monotonic clock in s. Reports that were lost are motions not seen."""

    _now: Motion | None = None
    _recent: deque[Motion] = field(default_factory=lambda: deque(maxlen=MOST_RECENT))
    _wished_s: float | None = None
    _let_through: bool = False

    def take(self, now_s: float, report: SignalReport) -> Counted:
        """Take a report; return what it brought."""
        counted = Counted()
        if report.state is not State.ENGAGED:
            self._now, self._wished_s = None, None
            return counted
        way = {joint: 1 if speed > 0 else -1 for joint, speed in report.shaped.items() if abs(speed) >= MOVES_FROM}
        self._wish(now_s, report, bool(way), counted)
        if not way:
            if self._now is not None and now_s - self._now.active_s >= ENDS_AFTER_S:
                self._now = None
            return counted
        name = _name(report, way)
        if self._now is not None and self._now.goes_on(name, way):
            self._now.active_s = now_s
            return counted
        undone = self._newest(now_s, way)
        if undone is not None:
            undone.not_meant = True
            counted.taken_back.append(undone.name)
        self._now = Motion(name, way, now_s, now_s)
        self._recent.append(self._now)
        counted.begun.append(name)
        return counted

    def stopped(self, now_s: float) -> str | None:
        """The arm was stopped; return the name of the motion that was taken back by it, if one was."""
        self._now = None
        undone = self._newest(now_s, None)
        if undone is None:
            return None
        undone.not_meant = True
        return undone.name

    def marked(self, now_s: float, within_s: float) -> tuple[str, bool]:
        """The wearer did not mean the last motion; return its name, and whether it counts anew.

        The name is empty where none began `within_s`.
        """
        for motion in reversed(self._recent):
            if now_s - motion.began_s > within_s:
                break
            anew = not motion.not_meant
            motion.not_meant = True
            return motion.name, anew
        return "", True

    def _newest(self, now_s: float, undone_by: dict[str, int] | None) -> Motion | None:
        for motion in reversed(self._recent):
            if now_s - motion.began_s > TAKEN_BACK_WITHIN_S:
                return None
            if undone_by is None or motion.is_undone_by(undone_by):
                return None if motion.not_meant else motion
        return None

    def _wish(self, now_s: float, report: SignalReport, moves: bool, counted: Counted) -> None:
        wishes = report.decided != REST and any(abs(speed) >= MOVES_FROM for speed in report.intent.values())
        if wishes:
            if self._wished_s is None:
                self._wished_s, self._let_through = now_s, False
            self._let_through = self._let_through or moves
        elif self._wished_s is not None:
            if not self._let_through and now_s - self._wished_s >= REFUSED_FROM_S:
                counted.refused += 1
            self._wished_s = None


def _name(report: SignalReport, way: dict[str, int]) -> str:
    if report.decided not in {NO_CLASS, REST}:
        return report.decided[:40]
    return " ".join(f"{joint}{'+' if sign > 0 else '-'}" for joint, sign in sorted(way.items()))[:40]
