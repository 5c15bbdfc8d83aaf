"""Where the electrodes sit and what they hear; and the calibrations that were made with them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from clinic.store.tables.base import Base, Moment, now


class SiteTable(Base):
    """The sites of one wearer, a row for each channel (`clinic.sites.site.Site`). `version`: raised by each change."""

    __tablename__ = "site_tables"

    wearer_id: Mapped[int] = mapped_column(ForeignKey("wearers.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    pattern: Mapped[str] = mapped_column(String(100), default="")
    sites: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    author: Mapped[str] = mapped_column(String(100))
    changed: Mapped[datetime] = mapped_column(Moment, default=now, onupdate=now)


class Calibration(Base):
    """One fit: the trials with their scores, what it found, and whether it came into force.

    `session`: the controller's. `trials`: `TrialReport`s; `fit`: `FitReport`; `result`: `CalibrationResult`.
    """

    __tablename__ = "calibrations"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    wearer_id: Mapped[int | None] = mapped_column(ForeignKey("wearers.id", ondelete="CASCADE"), index=True)
    by: Mapped[str] = mapped_column(String(100))
    session: Mapped[str] = mapped_column(String(16))
    adds: Mapped[bool] = mapped_column(default=False)
    in_force: Mapped[bool] = mapped_column(default=False)
    trials: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    fit: Mapped[dict[str, Any]] = mapped_column(JSON)
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
