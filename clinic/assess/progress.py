"""How a live test stands, as the page shows it: sent some 25 times in a second, so it holds no more than that."""

from math import radians

from pydantic import BaseModel, ConfigDict

from clinic.assess.hindrance import Hindrance
from clinic.assess.live_test import LiveTest, Stage
from clinic.assessments.asked import RestSection
from clinic.assessments.motion_test import MotionTest
from clinic.assessments.reach import Reach, ReachTrial
from clinic.assessments.rest_test import RestTest, RestTrial


class LastTrial(BaseModel):
    """What became of the trial before this one. `completion_s` None: not completed."""

    model_config = ConfigDict(frozen=True)

    trial: int
    name: str
    completion_s: float | None


class BrokenOff(BaseModel):
    """A trial that does not count and is taken again."""

    model_config = ConfigDict(frozen=True)

    trial: int
    why: Hindrance
    after_s: float


class Progress(BaseModel):
    """Angles in rad, times in s. `stage` is `none` while there is no test.

    `posture_rad` and `within_rad`: the target of a trial that runs, and the start before it; `moved`: joints that the
    target moves. `round`: the target is a ball of that radius in joint space, not a box. `held_s` of `hold_s`: dwell,
    or right decisions. `ended`: why the test is over; `record`: under which number it is kept; `fault`: why it is not.
    """

    model_config = ConfigDict(frozen=True)

    stage: str = "none"
    run: str = ""
    kind: str = ""
    arm: str = ""
    by: str = ""
    wearer_id: int | None = None
    automatic: bool = False
    practice: bool = False
    trial: int = 0
    trials: int = 0
    motion: str = ""
    posture_rad: dict[str, float] = {}
    within_rad: float = 0.0
    round: bool = False
    moved: tuple[str, ...] = ()
    position_rad: dict[str, float] = {}
    decided: str = ""
    inside: bool = False
    held_s: float = 0.0
    hold_s: float = 0.0
    elapsed_s: float = 0.0
    limit_s: float = 0.0
    countdown_s: float = 0.0
    hindrances: tuple[Hindrance, ...] = ()
    last: LastTrial | None = None
    completed: int = 0
    not_counted: tuple[BrokenOff, ...] = ()
    ended: str = ""
    record: int | None = None
    fault: str = ""


def progress_of(live: LiveTest, now_s: float) -> Progress:
    """Return how the test stands; who takes it, and where it is kept, is left to whoever runs it."""
    test, asked, running = live.test, live.asked, live.stage is Stage.RUNNING
    target = live.target if running else None
    posture = target.posture_rad if target is not None else live.start_rad if isinstance(test, Reach) else {}
    position = {name: round(at, 4) for name, at in live.position_rad.items() if name in live.start_rad}
    signal = live.watched.signal
    start_within = 0.0 if live.virtual is not None else radians(asked.start_within_deg)
    return Progress(
        stage=live.stage.value,
        kind=asked.test.kind,
        arm=asked.arm.value,
        automatic=asked.automatic,
        practice=asked.test.practice,
        trial=live.trial,
        trials=live.trials,
        motion=test.wanted.motion if running and not isinstance(test, Reach) else "",
        posture_rad={name: round(at, 4) for name, at in posture.items()},
        within_rad=test.wanted.within_rad if target is not None else start_within,
        round=asked.test.kind == "fitts" and target is not None,
        moved=tuple(target.offset_rad) if target is not None else (),
        position_rad=position,
        decided=signal.decided if signal is not None else "",
        inside=isinstance(test, Reach) and running and test.entered,
        held_s=_held_s(live, now_s),
        hold_s=_hold_s(live),
        elapsed_s=round(live.elapsed_s(now_s), 3),
        limit_s=asked.test.seconds if isinstance(asked.test, RestSection) else asked.test.time_limit_s,
        countdown_s=round(live.countdown_s(now_s), 2),
        hindrances=live.hindrances,
        last=_last(live),
        completed=sum(trial.completed for trial in test.trials if not isinstance(trial, RestTrial)),
        not_counted=tuple(BrokenOff(trial=one.trial, why=one.why, after_s=one.after_s) for one in live.not_counted),
        ended=live.ended,
    )


def _held_s(live: LiveTest, now_s: float) -> float:
    test = live.test
    if live.stage is not Stage.RUNNING:
        return 0.0
    return live.elapsed_s(now_s) if isinstance(test, RestTest) else test.held_s


def _hold_s(live: LiveTest) -> float:
    test = live.test
    if isinstance(test, MotionTest):
        return test.settings.right_s
    return test.dwell_s if isinstance(test, Reach) else test.seconds


def _last(live: LiveTest) -> LastTrial | None:
    if not live.test.trials:
        return None
    last = live.test.trials[-1]
    if isinstance(last, RestTrial):
        return LastTrial(trial=1, name="rest", completion_s=last.duration_s)
    name = last.target.name if isinstance(last, ReachTrial) else last.motion
    return LastTrial(trial=len(live.test.trials), name=name, completion_s=last.completion_s)
