"""What a clinician proposes for a wearer's profile, and what the wearer said to it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.store.tables.base import Base, Moment, now


class ProposalState(StrEnum):
    """`accepting`: the wearer accepted, and the controller has not answered yet."""

    OPEN = "open"
    ACCEPTING = "accepting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Proposal(Base):
    """`change`: `ProfileValues` as JSON. `answer`: why the wearer refused, or the controller did not take it."""

    __tablename__ = "proposals"

    id: Mapped[int] = mapped_column(primary_key=True)
    wearer_id: Mapped[int] = mapped_column(ForeignKey("wearers.id", ondelete="CASCADE"), index=True)
    made_by: Mapped[str] = mapped_column(String(100))
    made: Mapped[datetime] = mapped_column(Moment, default=now)
    until: Mapped[datetime] = mapped_column(Moment)
    change: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(String(20), default=ProposalState.OPEN)
    decided_by: Mapped[str] = mapped_column(String(100), default="")
    decided: Mapped[datetime | None] = mapped_column(Moment)
    answer: Mapped[str] = mapped_column(String(500), default="")
