"""What was done is written down in the transaction that did it: both are kept, or neither."""

import re
from contextvars import ContextVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from clinic.parts import Clinic
from clinic.security.person import Person
from clinic.store.tables.people import AuditEntry, Wearer

LONGEST = 500
# What was written down during one request; set by the gate.
NOTED: ContextVar[list[str] | None] = ContextVar("noted", default=None)
# Requests that ask for a computation, and change nothing.
CHANGES_NOTHING = frozenset({"/api/assess/plan", "/api/what-if"})
OF_WEARER = re.compile(r"/api/(?:wearers|sites/of)/([0-9]{1,10})(?:/|$)")


def audit(session: Session, person: Person, what: str, wearer_id: int | None = None) -> None:
    """Add an entry: `what` as a short sentence without its subject, such as "made an account for wearer 3"."""
    session.add(AuditEntry(who=person.name, what=what[:LONGEST], wearer_id=wearer_id))
    noted = NOTED.get()
    if noted is not None:
        noted.append(what)


def note_request(clinic: Clinic, person: Person, method: str, path: str) -> None:
    """Write down a change that its route has not written down itself: that it was done, and by whom.

    It is done already: a store that cannot take the entry must not undo a stop. Not for the event loop.
    """
    if path in CHANGES_NOTHING:
        return
    found = OF_WEARER.match(path)
    try:
        with clinic.store.session() as session:
            wearer = session.get(Wearer, int(found[1])) if found else None
            audit(session, person, f"{method} {path}", None if wearer is None else wearer.id)
    except SQLAlchemyError:
        return
