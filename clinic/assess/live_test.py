"""One test, taken live: fed with what arm and controller say, so that only what was watched counts.

Published tests put the arm back between trials. A real arm cannot be put back: the wearer brings it near the start,
and the targets are drawn from where it stands then, so that every distance is as the test says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import radians

from clinic.assess.hindrance import SILENT_S, ArmKind, Hindrance, broken, not_at_start, not_calm
from clinic.assess.live_asked import MOST_TRIALS, LiveAsked
from clinic.assess.virtual_arm import VirtualArm
from clinic.assess.watched import Watched
from clinic.assessments.asked import PlainTest, plain_result, plain_test, trials_of
from clinic.assessments.assessment import LONGEST_GAP_S, Phase
from clinic.assessments.errors import AssessmentError
from clinic.assessments.motion_test import MotionTest
from clinic.assessments.parameter import Parameter, told
from clinic.assessments.reach import Reach
from clinic.assessments.result import Result
from clinic.assessments.targets import Target, start_posture
from controller.arm_config import JointConfig

COUNTDOWN_S = 3.0
# To see what became of a trial before the next one counts down by itself.
PAUSE_S = 2.0
# A test that nobody goes on with is not to keep others from theirs.
LEFT_ALONE_S = 600.0
MOST_NOT_COUNTED = 50
# Parameters whose source says which ones were tested.
JOINTS, MOTIONS = "joints tested", "motions tested"


class Stage(StrEnum):
    """Where a live test stands."""

    WAITING = "waiting"  # for the arm, the wearer, or somebody who begins the trial
    COUNTDOWN = "countdown"
    RUNNING = "running"
    FINISHED = "finished"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class NotCounted:
    """A trial that was broken off and is taken again. `after_s`: since it began."""

    trial: int
    why: Hindrance
    after_s: float


@dataclass(slots=True)
class LiveTest:
    """Every time is given, in s of one monotonic clock; nothing here reads one. Trials count from 1.

    `joints`: those that a test may ask to move; `motions`: classes for a motion test. Raises `AssessmentError` when
    the settings make no test.
    """

    asked: LiveAsked
    joints: tuple[JointConfig, ...]
    motions: Sequence[str]
    watched: Watched
    seed: int
    began_s: float
    stage: Stage = Stage.WAITING
    not_counted: list[NotCounted] = field(default_factory=list)
    hindrances: tuple[Hindrance, ...] = ()
    test: PlainTest = field(init=False)
    start_rad: dict[str, float] = field(init=False)
    virtual: VirtualArm | None = field(init=False)
    ended: str = ""
    _planned: Sequence[Target] = ()
    _until_s: float = 0.0
    _trial_began_s: float = 0.0
    _fed_s: float = 0.0
    _moved_s: float = 0.0
    _wished: bool = False
    _session: str = ""
    _connected: bool = True

    def __post_init__(self) -> None:
        self.test = self._fresh()
        if not 1 <= self.trials <= MOST_TRIALS:
            raise AssessmentError(
                f"this would be {self.trials} trials, and {MOST_TRIALS} is the most for one go: take fewer repetitions "
                "or fewer joints at once"
            )
        if isinstance(self.test, Reach):
            self._planned = self.test.targets
        self.start_rad = start_posture(self.joints)
        self.virtual = VirtualArm(self.joints, self.start_rad) if self.asked.arm is ArmKind.VIRTUAL else None
        self._moved_s = self._until_s = self._fed_s = self.began_s

    @property
    def trials(self) -> int:
        """How many trials the test has."""
        return trials_of(self.test)

    @property
    def trial(self) -> int:
        """The trial that runs or comes next, from 1; the last one when there is none."""
        return min(len(self.test.trials) + 1, self.trials)

    @property
    def over(self) -> bool:
        """Whether nothing more happens in this test."""
        return self.stage in {Stage.FINISHED, Stage.ABORTED}

    @property
    def position_rad(self) -> Mapping[str, float]:
        """Where the arm is that is moved."""
        return self.watched.position_rad if self.virtual is None else self.virtual.position_rad

    @property
    def target(self) -> Target | None:
        """What the trial that runs or comes next asks to reach, if it asks for that."""
        return self.test.target if isinstance(self.test, Reach) and not self.over else None

    def result(self, who: str) -> Result:
        """Sum up the trials so far; what is of a live test alone stands among the parameters too."""
        found = plain_result(self.asked.test, self.test, who, self.seed)
        tested = self.motions if isinstance(self.test, MotionTest) else [joint.name for joint in self.joints]
        more = [Parameter(MOTIONS if isinstance(self.test, MotionTest) else JOINTS, len(tested), "", ", ".join(tested))]
        if isinstance(self.test, Reach) and self.virtual is None:
            usual = LiveAsked.model_fields["start_within_deg"].default
            more.append(told("start within", self.asked.start_within_deg, usual, "deg", "ours"))
        return replace(found, parameters=(*found.parameters, *more))

    def countdown_s(self, now_s: float) -> float:
        """Return what is left of the countdown."""
        return max(self._until_s - now_s, 0.0) if self.stage is Stage.COUNTDOWN else 0.0

    def elapsed_s(self, now_s: float) -> float:
        """Return for how long the trial has run."""
        return now_s - self._trial_began_s if self.stage is Stage.RUNNING else 0.0

    def take(self, name: str, payload: bytes, now_s: float) -> None:
        """Take a message, by its property of `Topics`."""
        if self.over or not self.watched.take(name, payload, now_s) or self.stage is not Stage.RUNNING:
            return
        if self._broken_off(now_s):
            return
        # Decisions are what a motion test judges; all else judges postures, those of a drawn arm at each tick.
        if name == "signal" if isinstance(self.test, MotionTest) else name == "state" and self.virtual is None:
            self._feed(now_s)

    def tick(self, now_s: float, *, connected: bool) -> None:
        """Let time pass, at least 25 times in a second."""
        if self.over:
            return
        self._connected = connected
        self._move_virtual(now_s)
        if self.stage is Stage.RUNNING:
            if not self._broken_off(now_s) and self.virtual is not None and not isinstance(self.test, MotionTest):
                self._feed(now_s)
        else:
            self._make_ready(now_s)

    def begin(self, now_s: float) -> None:
        """Count down to the next trial, as soon as nothing stands against it. Raises `AssessmentError` if one runs."""
        if self.over:
            raise AssessmentError("this test is over: start another one")
        if self.stage is not Stage.WAITING:
            raise AssessmentError("a trial is running or counting down: it ends by itself")
        self._wished = True
        self._until_s = now_s

    def abort(self, why: str) -> None:
        """End the test; what was taken so far stays."""
        if not self.over:
            self.stage, self.ended = Stage.ABORTED, why

    def _fresh(self) -> PlainTest:
        return plain_test(self.asked.test, self.joints, self.motions, self.seed)

    def _make_ready(self, now_s: float) -> None:
        """Follow what stands against the next trial, and begin it when nothing has for the whole countdown."""
        self.hindrances = tuple(self._against(now_s))
        if self.hindrances and self.stage is Stage.COUNTDOWN:
            self.stage, self._until_s = Stage.WAITING, now_s
        elif self.stage is Stage.COUNTDOWN:
            if now_s >= self._until_s:
                self._begin_trial(now_s)
        elif now_s - self._until_s > LEFT_ALONE_S:
            self.abort("left_alone")
        elif not self.hindrances and now_s >= self._until_s and (self._wished or self.asked.automatic):
            self.stage, self._until_s = Stage.COUNTDOWN, now_s + COUNTDOWN_S
            if self.virtual is not None:
                self.virtual.put_back()

    def _against(self, now_s: float) -> list[Hindrance]:
        found = list(broken(self.asked.arm, self.watched, connected=self._connected, now_s=now_s))
        if found:
            return found
        names = [joint.name for joint in self.joints]
        if isinstance(self.test, Reach) and self.virtual is None:
            found = list(not_at_start(self.position_rad, self.start_rad, radians(self.asked.start_within_deg)))
            found = found or self._without_room()
        return found or list(not_calm(self.asked.arm, self.watched, names))

    def _without_room(self) -> list[Hindrance]:
        """Return the joints whose target would lie beyond the end of their range, from where they stand now."""
        target = self._from_here()
        return [
            Hindrance(code="no_room", values={"joint": joint.name})
            for joint in self.joints
            if not joint.min_rad <= target.posture_rad[joint.name] <= joint.max_rad
        ]

    def _from_here(self) -> Target:
        """Return the next target, as far away as planned from where the arm stands now."""
        target = self._planned[len(self.test.trials)]
        posture = {
            name: self.position_rad.get(name, start) + target.offset_rad.get(name, 0.0)
            for name, start in self.start_rad.items()
        }
        return replace(target, posture_rad=posture)

    def _begin_trial(self, now_s: float) -> None:
        test = self.test
        if isinstance(test, Reach) and self.virtual is None:
            taken = len(test.trials)
            test.targets = (*test.targets[:taken], self._from_here(), *test.targets[taken + 1 :])
        test.begin(now_s - self.began_s)
        self._session = self.watched.status.session if self.watched.status is not None else ""
        self.stage, self._wished, self.hindrances = Stage.RUNNING, False, ()
        self._trial_began_s = self._fed_s = now_s

    def _feed(self, now_s: float) -> None:
        decided = self.watched.decided(now_s, LONGEST_GAP_S)
        try:
            ended = self.test.feed(now_s - self.began_s, self.position_rad, decided)
        except AssessmentError:
            return  # as if it had not come; where none of use comes, the trial is broken off
        self._fed_s = now_s
        if ended:
            self.stage, self._until_s = Stage.WAITING, now_s + PAUSE_S
            if self.test.phase is Phase.FINISHED:
                self.stage, self.ended = Stage.FINISHED, "finished"

    def _broken_off(self, now_s: float) -> bool:
        """Break the trial off where it can no longer be judged; return whether it was."""
        why = next(broken(self.asked.arm, self.watched, connected=self._connected, now_s=now_s), None)
        status = self.watched.status
        if why is None and status is not None and status.session != self._session:
            why = Hindrance(code="restarted")
        if why is None and now_s - self._fed_s > SILENT_S:
            why = Hindrance(code="no_samples")
        if why is None:
            return False
        self.not_counted.append(NotCounted(self.trial, why, round(now_s - self._trial_began_s, 3)))
        fresh, taken = self._fresh(), self.test.trials
        if isinstance(fresh, Reach) and isinstance(self.test, Reach):
            fresh.targets = (*self.test.targets[: len(taken)], *fresh.targets[len(taken) :])
        fresh.trials.extend(taken)  # type: ignore[arg-type]
        self.test = fresh
        self.stage, self._until_s = Stage.WAITING, now_s + PAUSE_S
        if len(self.not_counted) >= MOST_NOT_COUNTED:
            self.abort("not_counted")
        return True

    def _move_virtual(self, now_s: float) -> None:
        step_s, self._moved_s = now_s - self._moved_s, now_s
        if self.virtual is None or self.stage is not Stage.RUNNING:
            return
        signal = self.watched.signal
        fresh = signal is not None and now_s - self.watched.signal_at_s <= LONGEST_GAP_S
        profile = self.watched.profile
        at_most = profile.values.speed_limit if profile is not None else {}
        self.virtual.move(signal.shaped if fresh and signal is not None else {}, step_s, at_most)
