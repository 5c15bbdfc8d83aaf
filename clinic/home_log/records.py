"""Use at home in the store. Days are only added to; raw EMG is there while the wearer agrees, and never for long."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.home_log.tally import DayTally
from clinic.store.tables.course import HomeDay, HomeMark, HomeMotion
from clinic.store.tables.people import Wearer

# The newest of a wearer; older ones lose their samples, not the mark.
MOST_EMG = 50


def add_days(session: Session, wearer_id: int, days: Mapping[date, DayTally]) -> bool:
    """Add to a wearer's days; False when there is no such wearer any more, and nothing was added."""
    if session.get(Wearer, wearer_id) is None:
        return False
    for day, tally in days.items():
        counts = {name: value for name, value in asdict(tally).items() if name != "motions"}
        _add(session, HomeDay, {"wearer_id": wearer_id, "day": day}, counts)
        for motion, counted in tally.motions.items():
            key = {"wearer_id": wearer_id, "day": day, "motion": motion}
            _add(session, HomeMotion, key, asdict(counted))
    return True


def _add(
    session: Session, table: type[HomeDay] | type[HomeMotion], key: dict[str, Any], counts: dict[str, Any]
) -> None:
    where = [getattr(table, name) == value for name, value in key.items()]
    more = {name: getattr(table, name) + value for name, value in counts.items()}
    if session.execute(update(table).where(*where).values(more)).rowcount == 0:  # type: ignore[attr-defined]
        session.add(table(**key, **counts))
        session.flush()


def keep_mark(
    session: Session, wearer_id: int, request: str, author: str, motion: str, emg: bytes | None
) -> tuple[HomeMark, bool]:
    """Keep that a motion was not meant; return it, and whether it is new. `emg` is kept if the wearer agrees."""
    before = session.scalar(select(HomeMark).where(HomeMark.wearer_id == wearer_id, HomeMark.request == request))
    if before is not None:
        return before, False
    wearer = session.get(Wearer, wearer_id)
    agrees = wearer is not None and wearer.keeps_raw_emg
    mark = HomeMark(wearer_id=wearer_id, request=request, author=author, motion=motion, emg=emg if agrees else None)
    session.add(mark)
    session.flush()
    old = session.scalars(
        select(HomeMark.id)
        .where(HomeMark.wearer_id == wearer_id, HomeMark.emg.is_not(None))
        .order_by(HomeMark.id.desc())
        .offset(MOST_EMG)
    ).all()
    if old:
        session.execute(update(HomeMark).where(HomeMark.id.in_(old)).values(emg=None))
    return mark, True


def forget_emg_without_consent(session: Session) -> None:
    """Delete the raw EMG of every wearer who does not agree, or no longer."""
    refusing = select(Wearer.id).where(Wearer.keeps_raw_emg.is_(False))
    kept = HomeMark.emg.is_not(None) & HomeMark.wearer_id.in_(refusing)
    # Looked for first: an update that changes nothing would still make others wait for the store.
    if session.scalar(select(HomeMark.id).where(kept).limit(1)) is not None:
        session.execute(update(HomeMark).where(kept).values(emg=None))
