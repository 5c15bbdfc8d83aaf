"""Who uses the clinic, and whose arm it is."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from clinic.store.tables.base import SECRET, Base, Moment, now

CLINICIAN, WEARER = "clinician", "wearer"


class Wearer(Base):
    """A person who wears an arm. `keeps_raw_emg`: agreed that raw EMG may be kept."""

    __tablename__ = "wearers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    note: Mapped[str] = mapped_column(String(2000), default="")
    keeps_raw_emg: Mapped[bool] = mapped_column(default=False)
    created: Mapped[datetime] = mapped_column(Moment, default=now)


class Account(Base):
    """Somebody who may sign in. `wearer_id`: whose data a wearer's account sees; None for clinicians."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(200), info=SECRET)
    wearer_id: Mapped[int | None] = mapped_column(ForeignKey("wearers.id", ondelete="CASCADE"), index=True)
    disabled: Mapped[bool] = mapped_column(default=False)
    created: Mapped[datetime] = mapped_column(Moment, default=now)


class SignInEntry(Base):
    """A browser or a phone that is signed in. `device`: what a paired phone is called, else empty."""

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    # SHA-256 of what the cookie holds: whoever reads the store cannot sign in with it.
    key_hash: Mapped[str] = mapped_column(String(64), unique=True, info=SECRET)
    device: Mapped[str] = mapped_column(String(100), default="")
    created: Mapped[datetime] = mapped_column(Moment, default=now)
    used: Mapped[datetime] = mapped_column(Moment, default=now)
    until: Mapped[datetime] = mapped_column(Moment)


class AuditEntry(Base):
    """Who did what, when. Never changed, but that of a wearer who is deleted nothing can be read in it any more."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    who: Mapped[str] = mapped_column(String(100))
    what: Mapped[str] = mapped_column(String(500))
    wearer_id: Mapped[int | None] = mapped_column(ForeignKey("wearers.id", ondelete="SET NULL"), index=True)
