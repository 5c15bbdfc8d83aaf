"""Which rows are a wearer's: found along the foreign keys, so that a new table cannot be forgotten."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Table, delete, or_, select
from sqlalchemy.orm import Session

from clinic.store.present import present_wearer, set_present_wearer
from clinic.store.tables.all import Base
from clinic.store.tables.people import Account, AuditEntry, Wearer

# What is left of an entry about somebody who was deleted: when, and which clinician.
BLANK = "about a wearer who was deleted"
SOMEBODY = "a wearer who was deleted"


def belongings(wearer_id: int) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Give each table with rows of a wearer, and the condition that picks them; who owns comes before what is owned.

    A row is a wearer's when it goes with the wearer or with another row of the wearer (ON DELETE CASCADE); the audit
    entries about the wearer are too.
    """
    wearers = Wearer.__table__
    found: dict[Table, ColumnElement[bool]] = {}
    for table in Base.metadata.sorted_tables:
        if table is wearers:
            found[table] = table.c.id == wearer_id
            continue
        conditions = []
        for key in table.foreign_keys:
            owner = key.column.table
            if owner is table or owner not in found:
                continue
            if key.ondelete == "CASCADE" or table is AuditEntry.__table__:
                conditions.append(key.parent.in_(select(key.column).where(found[owner])))
        if conditions:
            found[table] = or_(*conditions)
    yield from found.items()


def forget_wearer(session: Session, wearer_id: int) -> None:
    """Delete a wearer and every row of theirs; of the audit log, the words and the wearer's own names."""
    if present_wearer(session) == wearer_id:
        set_present_wearer(session, None)
    names = session.scalars(select(Account.name).where(Account.wearer_id == wearer_id)).all()
    for entry in session.scalars(select(AuditEntry).where(AuditEntry.wearer_id == wearer_id)):
        entry.what, entry.wearer_id = BLANK, None
    for entry in session.scalars(select(AuditEntry).where(AuditEntry.who.in_(names))):
        entry.who, entry.what = SOMEBODY, BLANK
    session.flush()
    session.execute(delete(Wearer).where(Wearer.id == wearer_id))
