"""Rest test: the wearer relaxes, and nothing may move. What moves all the same is unintended.

Ours: the published tests ask for motions only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite

from clinic.assessments.assessment import LONGEST_GAP_S, Phase, Wanted
from clinic.assessments.errors import AssessmentError
from clinic.assessments.parameter import Parameter
from clinic.assessments.trajectory import Trajectory
from controller.rest_class import REST

NAME = "rest"


@dataclass(frozen=True, slots=True)
class RestTrial:
    """`travel_rad`: way of each joint while nothing was meant. `gaps`: times that the arm was not watched."""

    duration_s: float
    travel_rad: dict[str, float]
    gaps: int

    @property
    def motion_rad(self) -> float:
        """Way of all joints together, in rad."""
        return sum(self.travel_rad.values())


@dataclass(slots=True)
class RestTest:
    """One trial of `seconds` at rest."""

    joints: tuple[str, ...]
    seconds: float = 30.0
    trials: list[RestTrial] = field(default_factory=list)
    _began_s: float | None = None
    _way: Trajectory = field(init=False)
    _gaps: int = 0

    def __post_init__(self) -> None:
        if not self.seconds > 0.0:
            raise AssessmentError(f"a rest test needs more than 0 s, got {self.seconds:g} s")
        self._way = Trajectory(self.joints)

    @property
    def parameters(self) -> list[Parameter]:
        """What the test was done with."""
        return [Parameter("rest", self.seconds, "s", "ours")]

    @property
    def phase(self) -> Phase:
        """Where the test stands."""
        if self._began_s is not None:
            return Phase.RUNNING
        return Phase.FINISHED if self.trials else Phase.READY

    @property
    def wanted(self) -> Wanted:
        """Rest. Raises `AssessmentError` once the test is over."""
        if self.trials:
            raise AssessmentError("the test is finished")
        return Wanted({}, 0.0, REST)

    def begin(self, time_s: float) -> None:
        """Start. Raises `AssessmentError` when the test has started before."""
        if self._began_s is not None or self.trials:
            raise AssessmentError("a rest test has one trial, and it has begun")
        if not isfinite(time_s):
            raise AssessmentError(f"a trial begins at a time in s, got {time_s}")
        self._began_s = time_s

    def feed(self, time_s: float, position_rad: Mapping[str, float], decided: str | None = None) -> bool:  # noqa: ARG002
        """Take a sample; return whether the time is over."""
        if self._began_s is None:
            raise AssessmentError("no trial is running: begin one first")
        before_s = max(self._way.newest_s, self._began_s)
        self._way.add(time_s, position_rad)
        self._gaps += time_s - before_s > LONGEST_GAP_S
        if time_s - self._began_s < self.seconds:
            return False
        self.trials.append(RestTrial(time_s - self._began_s, self._way.travel_rad(), self._gaps))
        self._began_s = None
        return True
