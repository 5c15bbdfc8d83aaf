"""The training plan, and what was practised."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import select

from clinic.api.course_measuring import Request
from clinic.api.of_wearer import OfWearer
from clinic.course.overview import overview
from clinic.course.phases import Phase
from clinic.course.plan import EARLIEST
from clinic.course.records import course_in_force, measurements
from clinic.course.training import EXERCISES, exercises, minutes_in_week, week_of
from clinic.parts import TheClinic
from clinic.security.who import SignedIn
from clinic.store.tables.course import TrainingSession

router = APIRouter(prefix="/api/wearers/{wearer_id}/training", tags=["course"])
MOST_SHOWN = 200
ZeroToTen = Annotated[int, Field(ge=0, le=10)]
Note = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]


class ExerciseView(BaseModel):
    """What to practise: the key of its text, and of which site."""

    key: str
    motion: str
    nerve: str


class Practised(BaseModel):
    """A session. `soreness`, `fatigue`: 0-10 as the wearer says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    request: Request
    day: date
    exercise: str = "other"
    minutes: Annotated[int, Field(ge=1, le=600)]
    soreness: ZeroToTen | None = None
    fatigue: ZeroToTen | None = None
    note: Note = ""

    @field_validator("exercise")
    @classmethod
    def _known(cls, exercise: str) -> str:
        if exercise not in EXERCISES:
            raise ValueError(f"expected one of {', '.join(sorted(EXERCISES))}")
        return exercise


class PractisedView(BaseModel):
    """A session as it was kept."""

    day: date
    exercise: str
    minutes: int
    soreness: int | None
    fatigue: int | None
    note: str
    author: str


class TrainingView(BaseModel):
    """The plan. `week_min` of `goal_min` since Monday; `suggested_phase` is never set by itself."""

    phase: Phase | None
    suggested_phase: Phase | None
    suggested_because: str
    exercises: list[ExerciseView]
    goal_min: int
    week_min: int
    monday: date
    sessions: list[PractisedView]


@router.get("")
def training(clinic: TheClinic, wearer_id: OfWearer) -> TrainingView:
    """Return what to practise and what was practised, newest first."""
    today = datetime.now(UTC).astimezone().date()
    with clinic.store.session() as session:
        plan = course_in_force(session, wearer_id).plan
        seen = overview(plan, measurements(session, wearer_id), today)
        week_min = minutes_in_week(session, wearer_id, today)
        rows = session.scalars(
            select(TrainingSession)
            .where(TrainingSession.wearer_id == wearer_id)
            .order_by(TrainingSession.day.desc(), TrainingSession.id.desc())
            .limit(MOST_SHOWN)
        ).all()
    return TrainingView(
        phase=plan.phase,
        suggested_phase=seen.suggestion.phase if seen.suggestion else None,
        suggested_because=seen.suggestion.reason if seen.suggestion else "",
        exercises=[ExerciseView.model_validate(one, from_attributes=True) for one in exercises(plan.phase, seen.sites)],
        goal_min=plan.weekly_goal_min,
        week_min=week_min,
        monday=week_of(today)[0],
        sessions=[PractisedView.model_validate(row, from_attributes=True) for row in rows],
    )


@router.post("")
def practised(clinic: TheClinic, person: SignedIn, wearer_id: OfWearer, asked: Practised) -> TrainingView:
    """Keep a session; the same request twice is one."""
    # A wearer's day may begin hours before the clinic's.
    if not EARLIEST <= asked.day <= datetime.now(UTC).date() + timedelta(days=1):
        raise HTTPException(422, f"expected the day of a session that was, got {asked.day}; look at the date")
    with clinic.store.session() as session:
        before = session.scalar(
            select(TrainingSession).where(
                TrainingSession.wearer_id == wearer_id, TrainingSession.request == asked.request
            )
        )
        if before is None:
            phase = course_in_force(session, wearer_id).plan.phase
            session.add(TrainingSession(wearer_id=wearer_id, author=person.name, phase=phase, **asked.model_dump()))
        elif any(getattr(before, name) != value for name, value in asked.model_dump().items()):
            raise HTTPException(409, "this request was kept already with other values; make a new one")
    return training(clinic, wearer_id)
