"""Measure one site without a calibration: five efforts of three seconds with rests, from the live levels.

What it needs: a controller that runs, for the levels are its own; what it decides does not matter.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from clinic.course.measures import SiteMeasure, measure_site, rest_of
from clinic.course.prompted_levels import Gathering, Usable
from clinic.errors import ClinicError
from controller.contract.signal import SignalReport
from controller.safety.states import State

HOLD_S, REST_S, FIRST_REST_S = 3.0, 2.0, 3.0
# Of five steps of effort; mixed, so that tiring does not look like grading.
STEADY: tuple[int | None, ...] = (None, None, None, None, None)
GRADED: tuple[int | None, ...] = (3, 1, 5, 2, 4)
MOVING = frozenset({State.ENGAGED, State.HOLDING})


class Kind(StrEnum):
    """Five efforts alike, or of five strengths."""

    STEADY = "steady"
    GRADED = "graded"


@dataclass(frozen=True, slots=True)
class Step:
    """From `start_s` to `end_s` rest, or make an effort; `asked`: of five steps, None: as the wearer likes."""

    rests: bool
    start_s: float
    end_s: float
    asked: int | None = None


def steps(kind: Kind) -> tuple[Step, ...]:
    """Return rest, effort, rest, ..., effort."""
    found: list[Step] = []
    now_s = 0.0
    for number, asked in enumerate(GRADED if kind is Kind.GRADED else STEADY):
        rest_s = REST_S if number else FIRST_REST_S
        found.append(Step(True, now_s, now_s + rest_s))
        found.append(Step(False, now_s + rest_s, now_s + rest_s + HOLD_S, asked))
        now_s += rest_s + HOLD_S
    return tuple(found)


@dataclass(slots=True)
class SiteRoutine:
    """Takes reports while it lasts. `began_s`: monotonic clock of whoever feeds it. `why`: why it was given up."""

    channel: int
    kind: Kind
    began_s: float
    why: str = ""
    _steps: tuple[Step, ...] = field(init=False)
    _parts: list[Gathering] = field(init=False)
    _usable: Usable = field(default_factory=Usable)

    def __post_init__(self) -> None:
        self._steps = steps(self.kind)
        self._parts = [Gathering(self.began_s + step.start_s) for step in self._steps]

    @property
    def lasts_s(self) -> float:
        """How long it takes in all."""
        return self._steps[-1].end_s

    def take(self, now_s: float, report: SignalReport) -> None:
        """Take a report. It is given up when the arm may move: nobody practises with an arm that follows."""
        if report.state in MOVING:
            self.why = self.why or "the arm was switched on meanwhile; switch it off and measure again"
        since_s = now_s - self.began_s
        for step, part in zip(self._steps, self._parts, strict=True):
            if step.start_s <= since_s < step.end_s:
                part.take(now_s, report)
                self._usable.take(report)

    def measure(self) -> SiteMeasure:
        """Return what was measured. Raises `ClinicError` when it was given up, or nothing came."""
        if self.why:
            raise ClinicError(self.why)
        heard = [(step, part) for step, part in zip(self._steps, self._parts, strict=True) if part.values]
        rests = [part.levels() for step, part in heard if step.rests]
        efforts = [part.levels(step.asked) for step, part in heard if not step.rests]
        if len(efforts) < len(self._steps) // 2:
            raise ClinicError("the controller's levels stopped coming meanwhile; see that it runs, and measure again")
        if len({len(part.values[0]) for _, part in heard}) > 1:
            raise ClinicError("the device changed meanwhile; measure again")
        return measure_site(self.channel - 1, efforts, rest_of(rests), self._usable.counted)
