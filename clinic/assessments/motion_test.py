"""Motion test: how soon and how surely a prompted motion is decided, whatever the arm does.

Kuiken et al. 2009, JAMA 301(6):619-628 (PMC3036162): selection time, completion time, completion rate. The times begin
when the decisions leave rest; selection ends with the first right decision, completion when the motion is complete
(wording of JNER 2016 13:76, figure 4, doi 10.1186/s12984-016-0183-0).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

import numpy as np

from clinic.assessments.assessment import LONGEST_GAP_S, Phase, Wanted
from clinic.assessments.errors import AssessmentError
from clinic.assessments.parameter import Parameter, told
from clinic.assessments.reach import ROUNDING_S
from controller.rest_class import REST

NAME = "motion"


@dataclass(frozen=True, slots=True)
class MotionSettings:
    """`right_s`: how much of right decisions completes a motion, as time, so that it does not depend on the hop.

    `added_s`: window and processing, added to selection and completion time where a decision's onset does not hold
    them. Kuiken counts completions within 5 s; BioPatRec takes 20 right decisions, 10 s, and adds its window.
    """

    right_s: float = 1.0
    time_limit_s: float = 5.0
    added_s: float = 0.0
    repetitions: int = 3
    seed: int = 0

    @property
    def parameters(self) -> list[Parameter]:
        """What the test was done with."""
        usual = MotionSettings()
        return [
            told("right decisions", self.right_s, usual.right_s, "s", "ours; BioPatRec takes 20 decisions"),
            told("time limit", self.time_limit_s, usual.time_limit_s, "s", "Kuiken 2009; BioPatRec takes 10 s"),
            told("added to both times", self.added_s, usual.added_s, "s", "ours; BioPatRec adds its window"),
            told("repetitions", self.repetitions, usual.repetitions, "", "BioPatRec, PatRec/MotionTest.m (0eb2246)"),
            Parameter("seed", self.seed, "", "order of the motions"),
        ]


@dataclass(frozen=True, slots=True)
class MotionTrial:
    """What became of one prompt.

    `selection_s`, `completion_s`: from the onset, None where it did not come in time. `right_share`: of the time from
    the onset to the end of the trial, with right decisions; None without an onset.
    """

    motion: str
    selection_s: float | None
    completion_s: float | None
    right_share: float | None

    @property
    def completed(self) -> bool:
        """Whether the motion was complete in time."""
        return self.completion_s is not None


@dataclass(slots=True)
class MotionTest:
    """Prompts one motion after another. A decision holds until the next one comes, and for `LONGEST_GAP_S` at most.

    A trial ends with completion, or `time_limit_s` after the onset, or that long after the prompt if nothing but rest
    was decided.
    """

    motions: Sequence[str]
    settings: MotionSettings
    trials: list[MotionTrial] = field(default_factory=list)
    _prompts: list[str] = field(init=False)
    _began_s: float | None = None
    _newest: tuple[float, str] | None = None
    _onset_s: float | None = None
    _selection_s: float | None = None
    _right_s: float = 0.0

    def __post_init__(self) -> None:
        prompted = [motion for motion in self.motions if motion != REST]
        settings = self.settings
        if not prompted or settings.repetitions < 1:
            raise AssessmentError("a motion test needs at least one motion other than rest, and one repetition")
        if not 0.0 < settings.right_s < settings.time_limit_s:
            raise AssessmentError(
                f"the time limit must be longer than the right decisions it takes, got {settings.time_limit_s:g} s "
                f"and {settings.right_s:g} s"
            )
        generator = np.random.default_rng(settings.seed)
        rounds = [generator.permutation(len(prompted)) for _ in range(settings.repetitions)]
        self._prompts = [prompted[index] for order in rounds for index in order]

    @property
    def phase(self) -> Phase:
        """Where the test stands."""
        if self._began_s is not None:
            return Phase.RUNNING
        return Phase.READY if len(self.trials) < len(self._prompts) else Phase.FINISHED

    @property
    def wanted(self) -> Wanted:
        """The motion asked for. Raises `AssessmentError` after the last."""
        if len(self.trials) == len(self._prompts):
            raise AssessmentError("the test is finished: there is no next motion")
        return Wanted({}, 0.0, self._prompts[len(self.trials)])

    @property
    def held_s(self) -> float:
        """How much of right decisions the trial has so far."""
        return self._right_s

    def begin(self, time_s: float) -> None:
        """Prompt the next motion. Raises `AssessmentError` while a trial runs, and after the last."""
        if self._began_s is not None:
            raise AssessmentError("a trial is running: it ends by itself")
        if not isfinite(time_s):
            raise AssessmentError(f"a trial begins at a time in s, got {time_s}")
        _ = self.wanted  # refuses after the last
        self._began_s = time_s
        self._newest, self._onset_s, self._selection_s, self._right_s = None, None, None, 0.0

    def feed(self, time_s: float, position_rad: Mapping[str, float], decided: str | None = None) -> bool:
        """Take the newest decision; return whether the trial has ended. Positions are of no interest here.

        None is a decision for nothing (rejected, or none at all), which counts as rest.
        """
        del position_rad
        began_s = self._began_s
        if began_s is None:
            raise AssessmentError("no trial is running: begin one first")
        before_s = began_s if self._newest is None else self._newest[0]
        if not isfinite(time_s) or time_s < before_s or (self._newest is not None and time_s == before_s):
            raise AssessmentError(f"a sample must come after the last one, at {before_s:g} s; got {time_s:g} s")
        prompted = self.wanted.motion
        completed_s = self._hold(time_s, prompted)
        motion = REST if decided is None else decided
        self._newest = (time_s, motion)
        if self._onset_s is None and motion != REST:
            self._onset_s = time_s
        if self._onset_s is not None and self._selection_s is None and motion == prompted:
            self._selection_s = time_s - self._onset_s
        limit_s = self.settings.time_limit_s
        onset_s = self._onset_s
        if completed_s is not None and onset_s is not None and completed_s - onset_s <= limit_s + ROUNDING_S:
            self._end(completed_s, completed_s - onset_s)
            return True
        if time_s - (began_s if onset_s is None else onset_s) >= limit_s - ROUNDING_S:
            self._end(time_s, None)
            return True
        return False

    def _hold(self, time_s: float, prompted: str) -> float | None:
        """Let the last decision hold until `time_s`; return when it completed the motion, if it did."""
        if self._newest is None or self._newest[1] != prompted:
            return None
        since_s = self._newest[0]
        held_s = min(time_s - since_s, LONGEST_GAP_S)
        missing_s = self.settings.right_s - self._right_s
        self._right_s += held_s
        return since_s + missing_s if held_s >= missing_s - ROUNDING_S else None

    def _end(self, ended_s: float, completion_s: float | None) -> None:
        added_s, onset_s = self.settings.added_s, self._onset_s
        share = None
        if onset_s is not None and ended_s > onset_s:
            right_s = self.settings.right_s if completion_s is not None else self._right_s
            share = min(right_s / (ended_s - onset_s), 1.0)
        self.trials.append(
            MotionTrial(
                self.wanted.motion,
                None if self._selection_s is None else self._selection_s + added_s,
                None if completion_s is None else completion_s + added_s,
                share,
            )
        )
        self._began_s = None
