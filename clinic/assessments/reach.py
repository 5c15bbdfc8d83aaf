"""Reaching a target and staying there: what the TAC test and the Fitts test have in common."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite, nan

from clinic.assessments.assessment import LONGEST_GAP_S, Phase, Wanted
from clinic.assessments.errors import AssessmentError
from clinic.assessments.targets import Target
from clinic.assessments.trajectory import Trajectory

# A dwell of exactly so many hops must be one, whatever the rounding of the times.
ROUNDING_S = 1e-9


@dataclass(frozen=True, slots=True)
class ReachTrial:
    """What became of one target.

    `completion_s`: from the beginning to the entry into the target after which the arm stayed, without the dwell; None
    for a failure. `duration_s`: until the trial ended, dwell included. `overshoots`: times that the arm left the target
    before the dwell was over. `unintended_rad`: way of the joints that the target leaves where they were.
    """

    target: Target
    completion_s: float | None
    duration_s: float
    path_efficiency: float | None
    overshoots: int
    travel_rad: dict[str, float]
    unintended_rad: float
    trajectory: Trajectory
    difficulty_bits: float | None = None

    @property
    def completed(self) -> bool:
        """Whether the arm reached the target and stayed."""
        return self.completion_s is not None


@dataclass(slots=True)
class Reach:
    """One trial after another: into the target, stay for `dwell_s`, all within `time_limit_s`.

    `inside` says whether a posture, in the order of `joints`, is in the target. Three sources of optimism are shut out:
    a trial does not begin inside its target, a dwell does not last over a gap longer than `LONGEST_GAP_S`, and what is
    complete only after the time limit is a failure.
    """

    joints: tuple[str, ...]
    targets: Sequence[Target]
    dwell_s: float
    time_limit_s: float
    inside: Callable[[tuple[float, ...], Target], bool]
    within_rad: Callable[[Target], float]
    difficulty_bits: Callable[[Target], float | None] = lambda _: None
    trials: list[ReachTrial] = field(default_factory=list)
    _began_s: float | None = None
    _way: Trajectory = field(init=False)
    _entered_s: float | None = None
    _overshoots: int = 0

    def __post_init__(self) -> None:
        if not (self.dwell_s > 0.0 and self.time_limit_s > self.dwell_s):
            raise AssessmentError(
                f"a test needs a dwell above 0 s and a longer time limit, got {self.dwell_s:g} s and "
                f"{self.time_limit_s:g} s"
            )
        self._way = Trajectory(self.joints)

    @property
    def phase(self) -> Phase:
        """Where the test stands."""
        if self._began_s is not None:
            return Phase.RUNNING
        return Phase.READY if len(self.trials) < len(self.targets) else Phase.FINISHED

    @property
    def target(self) -> Target:
        """Target of the trial that runs or comes next. Raises `AssessmentError` after the last."""
        if len(self.trials) == len(self.targets):
            raise AssessmentError("the test is finished: there is no next target")
        return self.targets[len(self.trials)]

    @property
    def wanted(self) -> Wanted:
        """The same, as every test tells it."""
        return Wanted(self.target.posture_rad, self.within_rad(self.target))

    @property
    def entered(self) -> bool:
        """Whether the arm is in the target, as last seen."""
        return self._entered_s is not None

    @property
    def held_s(self) -> float:
        """For how long the arm has now been in the target: what a page shows, not what is judged by."""
        return 0.0 if self._entered_s is None else self._way.newest_s - self._entered_s

    def begin(self, time_s: float) -> None:
        """Start the next trial. Raises `AssessmentError` while one runs, and after the last."""
        if self._began_s is not None:
            raise AssessmentError("a trial is running: it ends by itself")
        if not isfinite(time_s):
            raise AssessmentError(f"a trial begins at a time in s, got {time_s}")
        _ = self.target  # refuses after the last
        self._began_s = time_s
        self._way = Trajectory(self.joints)
        self._entered_s, self._overshoots = None, 0

    def feed(self, time_s: float, position_rad: Mapping[str, float], decided: str | None = None) -> bool:  # noqa: ARG002
        """Take a sample; return whether it ended the trial. `decided` is of no interest here.

        Raises `AssessmentError` for what is no sample, also for a first one that lies in the target already.
        """
        began_s = self._began_s
        if began_s is None:
            raise AssessmentError("no trial is running: begin one first")
        if time_s < began_s:
            raise AssessmentError(f"a sample must not come before the trial's beginning at {began_s:g} s")
        before_s = self._way.newest_s
        if len(self._way) == 0:
            self._refuse_start(position_rad)
        row = self._way.add(time_s, position_rad)
        if self._entered_s is not None and time_s - before_s > LONGEST_GAP_S:
            self._entered_s = None
        if not self.inside(row, self.target):
            self._overshoots += self._entered_s is not None
            self._entered_s = None
        elif self._entered_s is None:
            self._entered_s = time_s
        elapsed_s, entered_s = time_s - began_s, self._entered_s
        in_time = elapsed_s <= self.time_limit_s + ROUNDING_S
        if in_time and entered_s is not None and time_s - entered_s >= self.dwell_s - ROUNDING_S:
            self._end(entered_s - began_s, elapsed_s)
            return True
        if elapsed_s >= self.time_limit_s - ROUNDING_S:
            self._end(None, elapsed_s)
            return True
        return False

    def _refuse_start(self, position_rad: Mapping[str, float]) -> None:
        row = tuple(position_rad.get(name, nan) for name in self.joints)
        if self.inside(row, self.target):
            raise AssessmentError("the arm stands in the target already: bring it back to the start first")

    def _end(self, completion_s: float | None, duration_s: float) -> None:
        travel, target = self._way.travel_rad(), self.target
        efficiency = self._way.path_efficiency() if completion_s is not None else None
        unintended = sum(way for name, way in travel.items() if name not in target.offset_rad)
        self.trials.append(
            ReachTrial(
                target,
                completion_s,
                duration_s,
                efficiency,
                self._overshoots,
                travel,
                unintended,
                self._way,
                self.difficulty_bits(target),
            )
        )
        self._began_s = None
