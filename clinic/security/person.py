"""Somebody who has signed in."""

from dataclasses import dataclass

from clinic.store.tables.people import CLINICIAN


@dataclass(frozen=True, slots=True)
class Person:
    """`wearer_id`: the only wearer whose data a wearer's account may reach."""

    account_id: int
    name: str
    role: str
    wearer_id: int | None
    sign_in_id: int = 0

    @property
    def is_clinician(self) -> bool:
        """Whether limits may be set and other people's data seen."""
        return self.role == CLINICIAN

    def may_see(self, wearer_id: int) -> bool:
        """Whether the data of this wearer are theirs to see."""
        return self.is_clinician or self.wearer_id == wearer_id
