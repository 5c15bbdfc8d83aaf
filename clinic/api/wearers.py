"""The people who wear an arm, and who of them wears this one now."""

from datetime import datetime

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.api.fields import Id, IdInPath, Name, Text
from clinic.home_log.records import forget_emg_without_consent
from clinic.parts import TheClinic
from clinic.security.audit import audit
from clinic.security.who import Clinician, SignedIn
from clinic.store.present import present_wearer, set_present_wearer
from clinic.store.tables.people import Wearer

router = APIRouter(prefix="/api", tags=["people"])


class NewWearer(BaseModel):
    """`keeps_raw_emg`: the wearer agreed that raw EMG may be kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    note: Text = ""
    keeps_raw_emg: bool = False


class WearerChange(BaseModel):
    """What is to be another; the rest stays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name | None = None
    note: Text | None = None
    keeps_raw_emg: bool | None = None


class WearerTold(BaseModel):
    """One wearer. `note` is the clinicians' own: a wearer's account gets it too, as it is theirs to see."""

    id: int
    name: str
    note: str
    keeps_raw_emg: bool
    created: datetime


class WhoWears(BaseModel):
    """Who wears the arm; None: nobody that is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wearer_id: Id | None


class Present(BaseModel):
    """`wearer_id`: whose data a page shows: the one who wears the arm, for a wearer's account always its own wearer.

    `wears_now`: whether this wearer wears the arm, so that what the arm does is theirs.
    """

    wearer_id: int | None
    wears_now: bool


@router.get("/wearers")
def wearers(clinic: TheClinic, person: SignedIn) -> list[WearerTold]:
    """List the wearers by name; a wearer's account sees its own alone."""
    with clinic.store.session() as session:
        found = session.scalars(select(Wearer).order_by(Wearer.name)).all()
    return [_told(wearer) for wearer in found if person.may_see(wearer.id)]


@router.post("/wearers", status_code=201)
def add_wearer(clinic: TheClinic, person: Clinician, asked: NewWearer) -> WearerTold:
    """Add a wearer. The first one is taken to wear the arm."""
    with clinic.store.session() as session:
        _refuse_name(session, asked.name)
        wearer = Wearer(**asked.model_dump())
        session.add(wearer)
        session.flush()
        audit(session, person, "added the wearer", wearer.id)
    return _told(wearer)


@router.patch("/wearers/{wearer_id}")
def change_wearer(clinic: TheClinic, person: Clinician, wearer_id: IdInPath, asked: WearerChange) -> WearerTold:
    """Change what is known of a wearer."""
    values = asked.model_dump(exclude_none=True)
    with clinic.store.session() as session:
        wearer = wearer_of(session, wearer_id)
        if values.get("name", wearer.name) != wearer.name:
            _refuse_name(session, values["name"])
        for name, value in values.items():
            setattr(wearer, name, value)
        session.flush()
        forget_emg_without_consent(session)
        audit(session, person, f"changed {', '.join(values) or 'nothing'} of the wearer", wearer_id)
    return _told(wearer)


@router.get("/present")
def present(clinic: TheClinic, person: SignedIn) -> Present:
    """Tell whose data is meant now, and whether they wear the arm."""
    with clinic.store.session() as session:
        wears = present_wearer(session)
    wearer_id = wears if person.is_clinician else person.wearer_id
    return Present(wearer_id=wearer_id, wears_now=wearer_id is not None and wearer_id == wears)


@router.put("/present")
def set_present(clinic: TheClinic, person: Clinician, asked: WhoWears) -> Present:
    """Say who wears the arm: what is measured and tuned from now on is theirs."""
    somebody = asked.wearer_id is not None
    with clinic.store.session() as session:
        if asked.wearer_id is not None:
            wearer_of(session, asked.wearer_id)
        set_present_wearer(session, asked.wearer_id)
        what = "said that this wearer wears the arm" if somebody else "said that nobody known wears the arm"
        audit(session, person, what, asked.wearer_id)
    return Present(wearer_id=asked.wearer_id, wears_now=somebody)


def wearer_of(session: Session, wearer_id: int) -> Wearer:
    """Return a wearer, or raise 404."""
    wearer = session.get(Wearer, wearer_id)
    if wearer is None:
        raise HTTPException(404, f"there is no wearer {wearer_id}")
    return wearer


def _refuse_name(session: Session, name: str) -> None:
    if session.scalar(select(Wearer.id).where(Wearer.name == name)) is not None:
        raise HTTPException(409, f"there is a wearer '{name}' already; give this one another name")


def _told(wearer: Wearer) -> WearerTold:
    return WearerTold.model_validate(wearer, from_attributes=True)
