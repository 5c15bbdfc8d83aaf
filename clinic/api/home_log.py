"""Use at home, day by day, and motions that were not meant."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from clinic.api.course_measuring import Request
from clinic.api.fields import IdInPath
from clinic.api.of_wearer import OfWearer
from clinic.parts import Clinic, TheClinic
from clinic.security.at_the_arm import AtTheArm
from clinic.security.who import SignedIn
from clinic.store.present import present_wearer
from clinic.store.tables.course import HomeDay, HomeMark, HomeMotion
from clinic.store.tables.people import Wearer

router = APIRouter(prefix="/api/wearers/{wearer_id}/home-log", tags=["home log"])
# Below this a rate says more about chance than about the arm; the number is ours.
LEAST_ENGAGED_S = 360.0
MOST_MARKS = 200


class MotionView(BaseModel):
    """How often a motion began on a day; taken back, and marked by the wearer."""

    motion: str
    begun: int
    taken_back: int
    marked: int


class DayView(BaseModel):
    """A day, in hours and counts. `false_per_hour` engaged; null where it was engaged for less than 6 minutes."""

    day: date
    seen_h: float
    worn_h: float
    engaged_h: float
    stops: int
    faults: int
    refused: int
    false_activations: int
    false_per_hour: float | None
    motions: list[MotionView]


class MarkView(BaseModel):
    """A motion that was not meant, says the wearer."""

    id: int
    at: datetime
    motion: str
    has_emg: bool


class HomeLogView(BaseModel):
    """Days, oldest first. `keeps_raw_emg`: the wearer agreed to keep the seconds before a mark."""

    days: list[DayView]
    marks: list[MarkView]
    keeps_raw_emg: bool


class Mark(BaseModel):
    """The wearer did not mean the last motion. `request`: an id made up by whoever asks, sent twice it is one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    request: Request


class Marked(BaseModel):
    """Which motion was meant by it, empty where none was seen in the last seconds; whether EMG was kept."""

    motion: str
    has_emg: bool


@router.get("")
def home_log(clinic: TheClinic, wearer_id: OfWearer, days: Annotated[int, Query(ge=1, le=3660)] = 90) -> HomeLogView:
    """Return the last days."""
    since = datetime.now(UTC).astimezone().date() - timedelta(days=days)
    with clinic.store.session() as session:
        rows = session.scalars(
            select(HomeDay).where(HomeDay.wearer_id == wearer_id, HomeDay.day >= since).order_by(HomeDay.day)
        ).all()
        motions = session.scalars(
            select(HomeMotion)
            .where(HomeMotion.wearer_id == wearer_id, HomeMotion.day >= since)
            .order_by(HomeMotion.motion)
        ).all()
        marks = session.execute(
            select(HomeMark.id, HomeMark.at, HomeMark.motion, HomeMark.emg.is_not(None))
            .where(HomeMark.wearer_id == wearer_id)
            .order_by(HomeMark.id.desc())
            .limit(MOST_MARKS)
        ).all()
        wearer = session.get(Wearer, wearer_id)
    of_day: dict[date, list[HomeMotion]] = {}
    for motion in motions:
        of_day.setdefault(motion.day, []).append(motion)
    return HomeLogView(
        days=[_day(row, of_day.get(row.day, [])) for row in rows],
        marks=[MarkView(id=id_, at=at, motion=motion, has_emg=has_emg) for id_, at, motion, has_emg in marks],
        keeps_raw_emg=wearer is not None and wearer.keeps_raw_emg,
    )


@router.post("/marks")
async def mark(clinic: TheClinic, person: AtTheArm, wearer_id: OfWearer, asked: Mark) -> Marked:
    """Say that the last motion was not meant."""
    await run_in_threadpool(_refuse_unless_present, clinic, wearer_id)
    motion, has_emg = await clinic.home_log.mark(wearer_id, asked.request, person.name)
    return Marked(motion=motion, has_emg=has_emg)


class Arrays(Response):
    """A file of NumPy."""

    media_type = "application/octet-stream"


@router.get("/marks/{mark_id}/emg.npz", response_class=Arrays)
def raw_emg(clinic: TheClinic, _: SignedIn, wearer_id: OfWearer, mark_id: IdInPath) -> Arrays:
    """Return the seconds before a mark, as long as the wearer agrees to keep them."""
    with clinic.store.session() as session:
        row, wearer = session.get(HomeMark, mark_id), session.get(Wearer, wearer_id)
        kept = row.emg if row is not None and row.wearer_id == wearer_id else None
    if kept is None or wearer is None or not wearer.keeps_raw_emg:
        raise HTTPException(404, "no raw EMG was kept for this mark")
    return Arrays(kept)


def _refuse_unless_present(clinic: Clinic, wearer_id: int) -> None:
    with clinic.store.session() as session:
        if present_wearer(session) != wearer_id:
            raise HTTPException(409, "somebody else wears the arm now; say who does on the page People")


def _day(row: HomeDay, motions: list[HomeMotion]) -> DayView:
    wrong = sum(motion.taken_back + motion.marked for motion in motions)
    return DayView(
        day=row.day,
        seen_h=row.seen_s / 3600.0,
        worn_h=row.worn_s / 3600.0,
        engaged_h=row.engaged_s / 3600.0,
        stops=row.stops,
        faults=row.faults,
        refused=row.refused,
        false_activations=wrong,
        false_per_hour=wrong / (row.engaged_s / 3600.0) if row.engaged_s >= LEAST_ENGAGED_S else None,
        motions=[MotionView.model_validate(motion, from_attributes=True) for motion in motions],
    )
