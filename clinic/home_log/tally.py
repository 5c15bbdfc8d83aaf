"""Seconds and counts of the days since they were last written. Bounded, whatever the clock on the wall does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from clinic.home_log.contact import is_worn
from clinic.home_log.motions import MotionCounter
from controller.contract.signal import SignalReport
from controller.contract.status import ControllerStatus
from controller.safety.states import State

# Signals come at 20 Hz. Over a longer gap nothing was seen, and nothing is counted.
LONGEST_GAP_S = 1.0
# Between two writings there are two days at midnight; more mean that a clock is being turned.
MOST_DAYS = 8
MOST_MOTIONS = 64
OTHER, UNKNOWN = "other", "unknown"
# How the controller's causes begin when a person, a line or the arm's own stop was behind a fault.
STOPS = ("stopped", "the arm was")


@dataclass(slots=True)
class MotionTally:
    """How often a motion began, was taken back, was marked."""

    begun: int = 0
    taken_back: int = 0
    marked: int = 0


@dataclass(slots=True)
class DayTally:
    """What is to be added to one day."""

    seen_s: float = 0.0
    worn_s: float = 0.0
    engaged_s: float = 0.0
    stops: int = 0
    faults: int = 0
    refused: int = 0
    motions: dict[str, MotionTally] = field(default_factory=dict)

    def motion(self, name: str) -> MotionTally:
        """Return the tally of one motion; beyond many there is one for all others."""
        if name not in self.motions and len(self.motions) >= MOST_MOTIONS:
            name = OTHER
        return self.motions.setdefault(name or UNKNOWN, MotionTally())

    def add(self, other: "DayTally") -> None:
        """Add what another one holds."""
        for name in ("seen_s", "worn_s", "engaged_s", "stops", "faults", "refused"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name, theirs in other.motions.items():
            mine = self.motion(name)
            mine.begun += theirs.begun
            mine.taken_back += theirs.taken_back
            mine.marked += theirs.marked


@dataclass(slots=True)
class Tally:
    """Told reports and states with a monotonic clock in s; `today`: the day on the wall where the arm is.

    Durations follow the monotonic clock, so a day of 23 or 25 hours, or a clock that is set, adds what it lasted.
    """

    today: Callable[[], date]
    days: dict[date, DayTally] = field(default_factory=dict)
    unit: str = ""
    motions: MotionCounter = field(default_factory=MotionCounter)
    _heard_s: float | None = None
    _session: str = ""
    _state: State | None = None

    def hear_signal(self, now_s: float, report: SignalReport) -> None:
        """Take a report."""
        day = self._day()
        gap_s = now_s - self._heard_s if self._heard_s is not None else 0.0
        self._heard_s = now_s
        if 0.0 < gap_s <= LONGEST_GAP_S:
            day.seen_s += gap_s
            day.worn_s += gap_s if is_worn(report, self.unit) else 0.0
            day.engaged_s += gap_s if report.state is State.ENGAGED else 0.0
        counted = self.motions.take(now_s, report)
        day.refused += counted.refused
        for name in counted.begun:
            day.motion(name).begun += 1
        for name in counted.taken_back:
            day.motion(name).taken_back += 1

    def hear_status(self, now_s: float, status: ControllerStatus) -> None:
        """Take a status: what changes into `fault` in the session that is known is a stop or a fault, once."""
        if status.device is not None:
            self.unit = status.device.unit
        known = status.session == self._session
        before, self._session, self._state = self._state, status.session, status.state
        if not known or status.state is not State.FAULT or before in {None, State.FAULT}:
            return
        if not status.cause.startswith(STOPS):
            self._day().faults += 1
            return
        self._day().stops += 1
        undone = self.motions.stopped(now_s)
        if undone is not None:
            self._day().motion(undone).taken_back += 1

    def mark(self, name: str) -> None:
        """Count a motion that the wearer did not mean."""
        self._day().motion(name).marked += 1

    def take(self) -> dict[date, DayTally]:
        """Return what was counted since the last time, and begin anew."""
        taken, self.days = self.days, {}
        return taken

    def put_back(self, taken: dict[date, DayTally]) -> None:
        """Keep what could not be written, for the next time."""
        for day, tally in taken.items():
            if day in self.days or len(self.days) < MOST_DAYS:
                self.days.setdefault(day, DayTally()).add(tally)

    def _day(self) -> DayTally:
        today = self.today()
        if today not in self.days and len(self.days) >= MOST_DAYS:
            today = next(reversed(self.days))
        return self.days.setdefault(today, DayTally())
