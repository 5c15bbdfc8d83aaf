"""Who asks: every route but signing in takes one of these."""

from typing import Annotated

from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection

from clinic.parts import Clinic
from clinic.security.person import Person
from clinic.security.signed_in import find_sign_in


def find_person(clinic: Clinic, cookie: str | None, *, counts_as_use: bool = True) -> Person | None:
    """Return who holds this cookie; None for nobody. Reads the store: not for the event loop."""
    found = find_sign_in(clinic, cookie, counts_as_use=counts_as_use)
    if found is None:
        return None
    entry, account = found
    return Person(account.id, account.name, account.role, account.wearer_id, entry.id)


def person_of(connection: HTTPConnection) -> Person | None:
    """Return whom the gate found for this connection."""
    person: Person | None = connection.scope.get("state", {}).get("person")
    return person


def _person(connection: HTTPConnection) -> Person:
    person = person_of(connection)
    if person is None:
        raise HTTPException(401, "sign in first")
    return person


SignedIn = Annotated[Person, Depends(_person)]


def _clinician(person: SignedIn) -> Person:
    if not person.is_clinician:
        raise HTTPException(403, "only a clinician may do this")
    return person


Clinician = Annotated[Person, Depends(_clinician)]


def refuse_others_wearer(person: Person, wearer_id: int) -> None:
    """Raise 404 for a wearer whose data are not this person's to see: whether there is one is not told either."""
    if not person.may_see(wearer_id):
        raise HTTPException(404, f"there is no wearer {wearer_id}")
