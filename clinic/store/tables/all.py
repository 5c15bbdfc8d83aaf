"""Every table, so that migrations see them all."""

from clinic.store.tables import assessments, course, people, profiles, proposals, settings, sites
from clinic.store.tables.base import Base

__all__ = ["Base", "assessments", "course", "people", "profiles", "proposals", "settings", "sites"]
