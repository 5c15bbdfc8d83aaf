"""Every profile that the controller had in force, whoever changed it."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.store.tables.base import Base, Moment, now


class ProfileEntry(Base):
    """As the controller announced it: `state` is a `ProfileState` as JSON. `kept`: not, or no longer, on trial.

    `wearer_id`: who wore the arm.
    """

    __tablename__ = "profiles"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    wearer_id: Mapped[int | None] = mapped_column(ForeignKey("wearers.id", ondelete="CASCADE"), index=True)
    arm: Mapped[str] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text)
    kept: Mapped[bool]
