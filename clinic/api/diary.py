"""The pain diary: descriptive, without advice."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from clinic.api.course_measuring import Request
from clinic.api.of_wearer import OfWearer
from clinic.course.phases import WEEKS_PER_MONTH
from clinic.course.plan import weeks_since
from clinic.course.records import course_in_force
from clinic.diary.entry import PainSaid, moment_fault
from clinic.diary.flag import PainFlag, flag_in_force, keep_flag, marked
from clinic.diary.published import PHANTOM_PAIN, POPULATION, SOURCE
from clinic.diary.records import entries, keep, revisions, said_of
from clinic.parts import TheClinic
from clinic.security.audit import audit
from clinic.security.who import Clinician, SignedIn
from clinic.store.tables.base import now
from clinic.store.tables.course import PainEntry

router = APIRouter(prefix="/api/wearers/{wearer_id}/diary", tags=["diary"])
EntryId = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{8,64}$")]
Version = Annotated[int, Field(ge=0, lt=2**31)]
CHANGED = "this entry was changed meanwhile; load it again"


class Write(BaseModel):
    """An entry. `revision`: the one it was made against, 0 for a new entry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entry: Request
    revision: Version = 0
    said: PainSaid


class EntryView(BaseModel):
    """An entry as it stands. `marked`: what the flag says, if it is on. `weeks` since surgery."""

    entry: str
    revision: int
    made: datetime
    author: str
    said: PainSaid
    marked: bool
    weeks: float | None


class FlagView(BaseModel):
    """Whether entries are marked: offered by a clinician, agreed to by the wearer."""

    version: int
    offered: bool
    agreed: bool
    worst_from: int
    rise_from: float


class PublishedShare(BaseModel):
    """A published share of people, weeks after their surgery."""

    week: float
    percent: float


class DiaryView(BaseModel):
    """Entries by their moment, oldest first. `published`: context from other people, legs not arms."""

    entries: list[EntryView]
    flag: FlagView
    published: list[PublishedShare]
    population: str
    source: str


class FlagChange(BaseModel):
    """What a clinician offers."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    version: Version
    offered: bool
    worst_from: Annotated[int, Field(ge=1, le=10)] = 7
    rise_from: Annotated[float, Field(ge=0.5, le=10)] = 3.0


class Agreement(BaseModel):
    """Whether the wearer agrees to what is offered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Version
    agreed: bool


@router.get("")
def diary(clinic: TheClinic, wearer_id: OfWearer) -> DiaryView:
    """Return the wearer's diary."""
    with clinic.store.session() as session:
        return _view(session, wearer_id)


@router.post("")
def write(clinic: TheClinic, person: SignedIn, wearer_id: OfWearer, asked: Write) -> DiaryView:
    """Add an entry, or a revision of one; the earlier revision stays."""
    if fault := moment_fault(asked.said.at, now()):
        raise HTTPException(422, fault)
    with clinic.store.session() as session:
        if keep(session, wearer_id, asked.entry, asked.revision, asked.said, person.name) is None:
            raise HTTPException(409, CHANGED)
        return _view(session, wearer_id)


@router.delete("/entries/{entry}")
def withdraw(
    clinic: TheClinic,
    person: SignedIn,
    wearer_id: OfWearer,
    entry: EntryId,
    revision: Annotated[int, Query(ge=1, lt=2**31)],
) -> DiaryView:
    """Take an entry out of the diary; what it said stays in the store."""
    with clinic.store.session() as session:
        before = revisions(session, wearer_id, entry)
        if not before:
            raise HTTPException(404, "there is no such entry")
        if before[-1].withdrawn and before[-1].revision == revision + 1:
            return _view(session, wearer_id)
        if keep(session, wearer_id, entry, revision, said_of(before[-1]), person.name, withdrawn=True) is None:
            raise HTTPException(409, CHANGED)
        return _view(session, wearer_id)


@router.get("/entries/{entry}")
def history(clinic: TheClinic, wearer_id: OfWearer, entry: EntryId) -> list[EntryView]:
    """Return every revision of an entry, the first one first."""
    with clinic.store.session() as session:
        rows = revisions(session, wearer_id, entry)
    if not rows:
        raise HTTPException(404, "there is no such entry")
    return [_entry(row, False, None) for row in rows]


@router.put("/flag")
def offer_flag(clinic: TheClinic, person: Clinician, wearer_id: OfWearer, change: FlagChange) -> DiaryView:
    """Offer the mark, change its numbers, or take it away. The wearer agrees anew to every change."""
    flag = PainFlag(change.version, change.offered, False, change.worst_from, change.rise_from, person.name)
    with clinic.store.session() as session:
        if not keep_flag(session, wearer_id, flag):
            raise HTTPException(409, "somebody has changed this meanwhile; load it again")
        audit(session, person, f"{'offered' if change.offered else 'took away'} the mark in the diary", wearer_id)
        return _view(session, wearer_id)


@router.post("/flag/agreement")
def agree(clinic: TheClinic, person: SignedIn, wearer_id: OfWearer, asked: Agreement) -> DiaryView:
    """Agree to the mark, or no longer: the wearer's own account alone can."""
    if person.wearer_id != wearer_id:
        raise HTTPException(403, "only the wearer can agree to this")
    with clinic.store.session() as session:
        before = flag_in_force(session, wearer_id)
        flag = PainFlag(asked.version, before.offered, asked.agreed, before.worst_from, before.rise_from, person.name)
        if asked.agreed and not before.offered:
            raise HTTPException(409, "no mark is offered now")
        if not keep_flag(session, wearer_id, flag):
            raise HTTPException(409, "somebody has changed this meanwhile; load it again")
        audit(session, person, f"{'agreed' if asked.agreed else 'no longer agrees'} to the mark", wearer_id)
        return _view(session, wearer_id)


def _view(session: Session, wearer_id: int) -> DiaryView:
    rows, flag = entries(session, wearer_id), flag_in_force(session, wearer_id)
    surgery = course_in_force(session, wearer_id).plan.surgery
    marks = marked([said_of(row) for row in rows], flag)
    return DiaryView(
        entries=[
            _entry(row, mark, None if surgery is None else weeks_since(surgery, row.at.astimezone().date()))
            for row, mark in zip(rows, marks, strict=True)
        ],
        flag=FlagView.model_validate(flag, from_attributes=True),
        published=[
            PublishedShare(week=round(share.month * WEEKS_PER_MONTH, 1), percent=share.percent)
            for share in PHANTOM_PAIN
        ],
        population=POPULATION,
        source=SOURCE,
    )


def _entry(row: PainEntry, mark: bool, weeks: float | None) -> EntryView:
    return EntryView(
        entry=row.entry,
        revision=row.revision,
        made=row.made,
        author=row.author,
        said=said_of(row),
        marked=mark,
        weeks=weeks,
    )
