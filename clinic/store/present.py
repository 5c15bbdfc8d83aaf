"""Who wears the arm now: one arm, one wearer at a time."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.store.tables.people import Wearer
from clinic.store.tables.settings import Kept

NAME = "present wearer"
NOBODY = ""


def present_wearer(session: Session) -> int | None:
    """Return whose arm it is now. As long as nobody said so: the only wearer there is."""
    kept = session.get(Kept, NAME)
    if kept is not None and kept.value == NOBODY:
        return None
    if kept is not None:
        return session.scalar(select(Wearer.id).where(Wearer.id == int(kept.value)))
    known = session.scalars(select(Wearer.id).limit(2)).all()
    return known[0] if len(known) == 1 else None


def set_present_wearer(session: Session, wearer_id: int | None) -> None:
    """Keep who wears the arm; None: nobody."""
    session.merge(Kept(name=NAME, value=NOBODY if wearer_id is None else str(wearer_id)))
