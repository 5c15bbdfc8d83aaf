"""What is kept of a test: its result as JSON, and what it was taken with."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from clinic.assess.live_test import LiveTest, NotCounted, Stage
from clinic.assess.watched import Watched
from clinic.assessments.reach import ReachTrial
from clinic.assessments.result import Result
from clinic.assessments.trajectory import Trajectory

# A way of 30 s at 50 Hz has 1500 samples; a third of them is more than a screen shows.
MOST_SAMPLES = 500
# 1e-4 rad is a two-hundredth of a degree.
DIGITS = 4


@dataclass(frozen=True, slots=True)
class TakenWith:
    """What decided and what was tuned. `profile_version` None: the controller has not told its profile."""

    profile_version: int | None
    profile_author: str
    decoder: str
    trained_on: str


@dataclass(frozen=True, slots=True)
class Record:
    """One test as it is to be kept. `changed`: what was not the same from its beginning to its end, in words."""

    kind: str
    arm_kind: str
    practice: bool
    complete: bool
    taken_with: TakenWith
    changed: str
    result: Result
    not_counted: str


def taken_with(watched: Watched) -> TakenWith:
    """Return what is in force now."""
    profile, status, calibration = watched.profile, watched.status, watched.calibration
    return TakenWith(
        None if profile is None else profile.version,
        "" if profile is None else profile.author,
        "" if status is None else f"{status.decoder_name} ({status.decoder})",
        "" if calibration is None else calibration.trained_on,
    )


def record_of(live: LiveTest, who: str, began_with: TakenWith) -> Record:
    """Return what is to be kept of a test as it stands now."""
    return Record(
        live.asked.test.kind,
        live.asked.arm.value,
        live.asked.test.practice,
        live.stage is Stage.FINISHED,
        began_with,
        _changed(began_with, taken_with(live.watched)),
        live.result(who),
        json.dumps([_not_counted(one) for one in live.not_counted]),
    )


def thinned(result: Result) -> str:
    """Return the result as JSON with trajectories of at most `MOST_SAMPLES` each, the last sample always among them."""
    trials = tuple(
        replace(trial, trajectory=_thin(trial.trajectory)) if isinstance(trial, ReachTrial) else trial
        for trial in result.trials
    )
    return replace(result, trials=trials).to_json(with_trajectories=True)


def _thin(way: Trajectory) -> Trajectory:
    count, thin = len(way), Trajectory(way.joints)
    every = max(-(-count // MOST_SAMPLES), 1)
    times_s, rows = way.times_s.round(DIGITS), way.positions_rad.round(DIGITS)
    for index in range((count - 1) % every, count, every):
        if times_s[index] > thin.newest_s:
            thin.add(float(times_s[index]), dict(zip(way.joints, rows[index].tolist(), strict=True)))
    return thin


def _changed(before: TakenWith, after: TakenWith) -> str:
    parts: Sequence[tuple[str, object, object]] = (
        ("profile", before.profile_version, after.profile_version),
        ("decoder", before.decoder, after.decoder),
        ("training", before.trained_on, after.trained_on),
    )
    return ", ".join(name for name, then, now in parts if then != now)


def _not_counted(one: NotCounted) -> dict[str, Any]:
    return {"trial": one.trial, "after_s": one.after_s, **one.why.model_dump()}
