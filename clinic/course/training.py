"""What to practise: exercises by phase and by what each site has reached. Texts are the pages'; the choice is ours.

Phases and the order find, isolate, hold, grade, combine: Sturma et al., JoVE 2021.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.course.overview import SiteCourse
from clinic.course.phases import Phase
from clinic.course.stages import Stage
from clinic.store.tables.course import TrainingSession

OF_PHASE: dict[Phase, tuple[str, ...]] = {
    Phase.BEFORE_SURGERY: ("move_joints", "strengthen", "imagine"),
    Phase.BEFORE_SIGNALS: ("imagine", "mirror", "move_joints"),
    Phase.SIGNALS: (),
    Phase.TABLE_TOP: ("screen_one", "screen_speed", "screen_choose"),
    Phase.FITTING: ("drill", "objects", "daily_life"),
    Phase.FOLLOW_UP: ("keep_up", "look_back"),
}
OF_STAGE: dict[Stage, str] = {
    Stage.NO_SIGNAL: "find",
    Stage.FIRST_TWITCH: "find",
    Stage.FOUND: "isolate",
    Stage.ISOLATED: "hold",
    Stage.HELD: "grade",
    Stage.GRADED: "combine",
    Stage.READY: "combine",
}
# Signals are also trained while the first prosthesis is tried.
TRAIN_SITES = frozenset({Phase.SIGNALS, Phase.TABLE_TOP})
EXERCISES = frozenset({*(key for keys in OF_PHASE.values() for key in keys), *OF_STAGE.values(), "other"})


@dataclass(frozen=True, slots=True)
class Exercise:
    """`key` names its text; `motion` and `nerve` are empty where it is about no site."""

    key: str
    motion: str = ""
    nerve: str = ""


def exercises(phase: Phase | None, sites: Sequence[SiteCourse]) -> list[Exercise]:
    """Return what to practise in a phase; nothing while a clinician has set none."""
    if phase is None:
        return []
    of_sites = [
        Exercise(OF_STAGE[site.stage], site.transfer.motion, site.transfer.nerve)
        for site in sites
        if site.current and phase in TRAIN_SITES
    ]
    return of_sites + [Exercise(key) for key in OF_PHASE[phase]]


def week_of(day: date) -> tuple[date, date]:
    """Return Monday and Sunday of the week of `day`."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def minutes_in_week(session: Session, wearer_id: int, day: date) -> int:
    """Return the minutes practised in the week of `day`."""
    monday, sunday = week_of(day)
    total = session.scalar(
        select(func.sum(TrainingSession.minutes)).where(
            TrainingSession.wearer_id == wearer_id,
            TrainingSession.day >= monday,
            TrainingSession.day <= sunday,
        )
    )
    return int(total or 0)
