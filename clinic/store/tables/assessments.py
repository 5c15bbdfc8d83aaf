"""Outcome tests that were taken."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.store.tables.base import Base, Moment, now


class TakenTest(Base):
    """One test, with all that it was taken with.

    `by`: who ran it. `arm`: its name; `arm_kind`: the real one, or one that was only drawn. `profile_version`: in
    force when it began, `changed`: what of profile or decoder changed meanwhile. `result`: as `Result.to_json` makes
    it, `ways`: the same with trajectories, thinned. `not_counted`: JSON list of trials that were broken off and taken
    again.
    """

    __tablename__ = "taken_tests"

    id: Mapped[int] = mapped_column(primary_key=True)
    wearer_id: Mapped[int] = mapped_column(ForeignKey("wearers.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    by: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(40))
    arm: Mapped[str] = mapped_column(String(40))
    arm_kind: Mapped[str] = mapped_column(String(20))
    practice: Mapped[bool] = mapped_column(default=False)
    complete: Mapped[bool] = mapped_column(default=False)
    profile_version: Mapped[int | None]
    profile_author: Mapped[str] = mapped_column(String(300), default="")
    decoder: Mapped[str] = mapped_column(String(300), default="")
    trained_on: Mapped[str] = mapped_column(String(2000), default="")
    changed: Mapped[str] = mapped_column(String(300), default="")
    result: Mapped[str] = mapped_column(Text)
    ways: Mapped[str] = mapped_column(Text)
    not_counted: Mapped[str] = mapped_column(Text, default="[]")
