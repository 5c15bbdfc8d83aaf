"""Whose data a request is about: a wearer's account reaches its own wearer alone."""

from typing import Annotated

from fastapi import Depends

from clinic.api.fields import IdInPath
from clinic.api.wearers import wearer_of
from clinic.parts import TheClinic
from clinic.security.who import SignedIn, refuse_others_wearer


def _wearer(clinic: TheClinic, person: SignedIn, wearer_id: IdInPath) -> int:
    refuse_others_wearer(person, wearer_id)
    with clinic.store.session() as session:
        wearer_of(session, wearer_id)
    return wearer_id


OfWearer = Annotated[int, Depends(_wearer)]
