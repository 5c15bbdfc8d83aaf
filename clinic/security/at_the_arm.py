"""Whose arm it is: somebody else's wearer neither sees nor moves nor tunes it."""

from typing import Annotated

from fastapi import Depends, HTTPException

from clinic.parts import Clinic, TheClinic
from clinic.security.person import Person
from clinic.security.who import SignedIn
from clinic.store.present import present_wearer


def is_at_the_arm(clinic: Clinic, person: Person) -> bool:
    """Return whether this is a clinician, or the one who wears the arm now. Reads the store: not for the event loop."""
    if person.is_clinician:
        return True
    with clinic.store.session() as session:
        return person.wearer_id is not None and person.wearer_id == present_wearer(session)


def _at_the_arm(clinic: TheClinic, person: SignedIn) -> Person:
    if not is_at_the_arm(clinic, person):
        raise HTTPException(403, "somebody else wears the arm now; a clinician says who does, on the page People")
    return person


# Instead of `SignedIn`, where the arm is seen, moved or tuned. Not for the stop: that is everybody's.
AtTheArm = Annotated[Person, Depends(_at_the_arm)]
