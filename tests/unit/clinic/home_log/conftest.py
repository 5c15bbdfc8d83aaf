"""Two clinicians and two wearers."""

from tests.rigs.clinic_people import people

__all__ = ["people"]
