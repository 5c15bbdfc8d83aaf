"""Two clinicians and two wearers on the application of tests/unit/clinic/conftest.py."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from clinic.parts import Clinic
from clinic.store.tables.people import CLINICIAN, WEARER, Account, Wearer


@dataclass
class ClinicPeople:
    """`grete` and `otto` are clinicians, `ines` and `paul` wearers with ids `of_ines` and `of_paul`.

    Ines wears the arm.
    """

    clinic: Clinic
    sign_in_as: Callable[[str], TestClient]
    of_ines: int = 0
    of_paul: int = 0
    _accounts: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.clinic.store.session() as session:
            first = {account.role: account for account in session.scalars(select(Account))}
            kept = first[CLINICIAN].password_hash
            paul = Wearer(name="Paul")
            session.add(paul)
            session.flush()
            self.of_ines, self.of_paul = first[WEARER].wearer_id or 0, paul.id
            session.add(Account(name="otto", role=CLINICIAN, password_hash=kept))
            session.add(Account(name="paul", role=WEARER, password_hash=kept, wearer_id=paul.id))
            self._accounts = {"grete": first[CLINICIAN].name, "ines": first[WEARER].name}

    def signed_in(self, name: str) -> TestClient:
        """Return a client that is signed in, as a browser would be."""
        return self.sign_in_as(self._accounts.get(name, name))


@pytest.fixture
def people(clinic: Clinic, sign_in_as: Callable[[str], TestClient]) -> ClinicPeople:
    """Two of each."""
    return ClinicPeople(clinic, sign_in_as)
