"""The mark "tell your clinician" beside an entry. Off until a clinician offers it and the wearer agrees.

It is no diagnosis and no advice: who turns it on chooses the numbers. They begin with a worst pain of 7 or more, or 3
more than the mean of the 7 days before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clinic.diary.entry import PainSaid
from clinic.store.tables.course import PainFlagVersion

DAYS = 7
# A mean of one or two entries says little; the number is ours.
FEWEST_BEFORE = 3


@dataclass(frozen=True, slots=True)
class PainFlag:
    """What is agreed. `rise_from`: above the mean of the days before."""

    version: int = 0
    offered: bool = False
    agreed: bool = False
    worst_from: int = 7
    rise_from: float = 3.0
    author: str = ""

    @property
    def on(self) -> bool:
        """Whether entries are marked."""
        return self.offered and self.agreed


def flag_in_force(session: Session, wearer_id: int) -> PainFlag:
    """Return what holds for this wearer."""
    row = session.scalar(
        select(PainFlagVersion)
        .where(PainFlagVersion.wearer_id == wearer_id)
        .order_by(PainFlagVersion.version.desc())
        .limit(1)
    )
    if row is None:
        return PainFlag()
    return PainFlag(row.version, row.offered, row.agreed, row.worst_from, row.rise_from, row.author)


def keep_flag(session: Session, wearer_id: int, flag: PainFlag) -> bool:
    """Add `flag` as the version after the one it names; False when that is no longer the newest."""
    if flag_in_force(session, wearer_id).version != flag.version:
        return False
    try:
        with session.begin_nested():
            session.add(
                PainFlagVersion(
                    wearer_id=wearer_id,
                    version=flag.version + 1,
                    author=flag.author,
                    offered=flag.offered,
                    agreed=flag.agreed,
                    worst_from=flag.worst_from,
                    rise_from=flag.rise_from,
                )
            )
    except IntegrityError:
        return False
    return True


def marked(said: Sequence[PainSaid], flag: PainFlag) -> list[bool]:
    """Return which entries (oldest first) are marked; none while the flag is not on."""
    if not flag.on:
        return [False] * len(said)
    return [
        any(_is_marked(one, item, said[:index], flag) for item in ("residual", "phantom"))
        for index, one in enumerate(said)
    ]


def _is_marked(one: PainSaid, item: str, before: Sequence[PainSaid], flag: PainFlag) -> bool:
    worst = getattr(one, item).worst
    if worst is None:
        return False
    if worst >= flag.worst_from:
        return True
    earlier = [
        getattr(other, item).worst
        for other in before
        if timedelta(0) <= one.at - other.at <= timedelta(days=DAYS) and getattr(other, item).worst is not None
    ]
    return len(earlier) >= FEWEST_BEFORE and worst - sum(earlier) / len(earlier) >= flag.rise_from
