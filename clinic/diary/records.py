"""The pain diary in the store: every revision of every entry stays."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clinic.diary.entry import PainItem, PainSaid
from clinic.store.tables.course import PainEntry

MOST_SHOWN = 2000


def said_of(row: PainEntry) -> PainSaid:
    """Return what a revision says."""
    return PainSaid(
        at=row.at,
        window_h=168 if row.window_h == 168 else 24,
        residual=PainItem(now=row.residual_now, average=row.residual_average, worst=row.residual_worst),
        phantom=PainItem(now=row.phantom_now, average=row.phantom_average, worst=row.phantom_worst),
        note=row.note,
    )


def revisions(session: Session, wearer_id: int, entry: str) -> Sequence[PainEntry]:
    """Return every revision of an entry, the first one first."""
    return session.scalars(
        select(PainEntry).where(PainEntry.wearer_id == wearer_id, PainEntry.entry == entry).order_by(PainEntry.revision)
    ).all()


def entries(session: Session, wearer_id: int) -> list[PainEntry]:
    """Return the entries as they stand, oldest moment first, without those withdrawn; the newest few thousand."""
    newest = (
        select(PainEntry.entry, func.max(PainEntry.revision).label("revision"))
        .where(PainEntry.wearer_id == wearer_id)
        .group_by(PainEntry.entry)
        .subquery()
    )
    rows = session.scalars(
        select(PainEntry)
        .join(newest, (PainEntry.entry == newest.c.entry) & (PainEntry.revision == newest.c.revision))
        .where(PainEntry.wearer_id == wearer_id, PainEntry.withdrawn.is_(False))
        .order_by(PainEntry.at.desc(), PainEntry.id.desc())
        .limit(MOST_SHOWN)
    ).all()
    return list(reversed(rows))


def keep(
    session: Session, wearer_id: int, entry: str, against: int, said: PainSaid, author: str, withdrawn: bool = False
) -> PainEntry | None:
    """Add the revision after `against` (0: a new entry); None when there is another one already.

    The same thing sent twice is one.
    """
    before = revisions(session, wearer_id, entry)
    if len(before) == against + 1 and before[-1].withdrawn == withdrawn and said_of(before[-1]) == said:
        return before[-1]
    if len(before) != against:
        return None
    row = PainEntry(
        wearer_id=wearer_id,
        entry=entry,
        revision=against + 1,
        author=author,
        at=said.at,
        window_h=said.window_h,
        note=said.note,
        withdrawn=withdrawn,
        **{f"residual_{name}": value for name, value in said.residual.model_dump().items()},
        **{f"phantom_{name}": value for name, value in said.phantom.model_dump().items()},
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return None
    return row
