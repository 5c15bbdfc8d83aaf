"""From no signal to ready: what a site has reached, by criteria that a clinician may set.

The order find, isolate, hold, grade is that of the Delphi protocol (Sturma et al., JoVE 2021). No source gives numbers
for the steps; all those below are ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from clinic.course.measures import SiteMeasure

Share = Annotated[float, Field(ge=0, le=1)]


class Stage(IntEnum):
    """What a site has reached; each stage includes those before it."""

    NO_SIGNAL = 0
    FIRST_TWITCH = 1
    FOUND = 2
    ISOLATED = 3
    HELD = 4
    GRADED = 5
    READY = 6

    @property
    def word(self) -> str:
        """As the API says it."""
        return self.name.lower()


class Criteria(BaseModel):
    """When a stage is reached. All numbers are ours: no source gives any.

    `twitch_share`: of efforts that began; `twitch_own_share`: least independence, below which what is heard comes from
    the muscles beside. `found_*`: share of efforts that began, strength over rest, and largest
    spread of the onset. `isolated_share`: least independence. `held_share`: least `hold_share`. `graded_tau`: least
    grading, which counts for `graded_days`. `ready_days`: days on which all this must have been seen.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    twitch_share: Share = 0.4
    # The simulated wearer's neighbours alone give up to 0.01; her first twitches 0.04 and more.
    twitch_own_share: Share = 0.02
    found_share: Share = 0.8
    found_db: Annotated[float, Field(ge=0, le=40)] = 6.0
    found_spread_s: Annotated[float, Field(gt=0, le=5)] = 0.3
    isolated_share: Share = 0.5
    held_share: Share = 0.8
    graded_tau: Share = 0.6
    graded_days: Annotated[int, Field(ge=1, le=365)] = 42
    ready_days: Annotated[int, Field(ge=1, le=30)] = 2


@dataclass(frozen=True, slots=True)
class Dated:
    """A measure and the day it was taken on."""

    day: date
    measure: SiteMeasure


def stage_of(measure: SiteMeasure, grading: float | None, criteria: Criteria) -> Stage:
    """Return the stage that one measure shows, up to `GRADED`. `grading`: the newest that still counts."""
    began = measure.onsets / measure.repetitions
    if measure.onsets == 0 or began < criteria.twitch_share:
        return Stage.NO_SIGNAL
    if measure.independence is not None and measure.independence < criteria.twitch_own_share:
        return Stage.NO_SIGNAL
    spread = measure.onset_spread_s
    if (
        began < criteria.found_share
        or measure.strength_db < criteria.found_db
        or spread is None
        or spread > criteria.found_spread_s
    ):
        return Stage.FIRST_TWITCH
    if measure.independence is None or measure.independence < criteria.isolated_share:
        return Stage.FOUND
    if measure.hold_share is None or measure.hold_share < criteria.held_share:
        return Stage.ISOLATED
    if grading is None or grading < criteria.graded_tau:
        return Stage.HELD
    return Stage.GRADED


def stages_over_time(course: Sequence[Dated], criteria: Criteria) -> list[Stage]:
    """Return the stage at each measure of one site, in their order (by day). A stage may be lost again."""
    found: list[Stage] = []
    graded: set[date] = set()
    newest: tuple[date, float] | None = None
    for one in course:
        if one.measure.grading is not None:
            newest = (one.day, one.measure.grading)
        counts = newest is not None and 0 <= (one.day - newest[0]).days <= criteria.graded_days
        stage = stage_of(one.measure, newest[1] if newest is not None and counts else None, criteria)
        if stage is Stage.GRADED:
            graded.add(one.day)
            if len(graded) >= criteria.ready_days:
                stage = Stage.READY
        else:
            graded.clear()
        found.append(stage)
    return found


def joint_stage(sites: Sequence[Stage]) -> Stage:
    """Return what a joint has reached: as far as the site that is last."""
    return min(sites, default=Stage.NO_SIGNAL)
