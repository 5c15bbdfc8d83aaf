"""A wearer's sites in the store, changed by who has seen the newest version. Never from the event loop."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.errors import ClinicError
from clinic.sites.site import SiteList
from clinic.store.tables.base import now
from clinic.store.tables.sites import Calibration, SiteTable
from controller.contract.calibration_result import CalibrationResult


@dataclass(frozen=True, slots=True)
class KeptSites:
    """`version` 0: nobody has written any yet."""

    version: int
    listed: SiteList
    author: str = ""
    changed: datetime | None = None


def read_sites(session: Session, wearer_id: int) -> KeptSites:
    """Return a wearer's sites."""
    table = session.get(SiteTable, wearer_id)
    if table is None:
        return KeptSites(0, SiteList(sites=()))
    listed = SiteList.model_validate({"pattern": table.pattern, "sites": table.sites})
    return KeptSites(table.version, listed, table.author, table.changed)


def write_sites(session: Session, wearer_id: int, version: int, listed: SiteList, author: str) -> int:
    """Keep the sites if nobody has changed them since `version`; return the new one. Raises `ClinicError` otherwise."""
    values = {
        "pattern": listed.pattern,
        "sites": [site.model_dump() for site in listed.sites],
        "author": author,
    }
    if version == 0:
        if session.get(SiteTable, wearer_id) is not None:
            raise ClinicError(_changed_by(session, wearer_id))
        session.add(SiteTable(wearer_id=wearer_id, version=1, **values))
        session.flush()
        return 1
    changed = session.execute(
        update(SiteTable)
        .where(SiteTable.wearer_id == wearer_id, SiteTable.version == version)
        .values(version=version + 1, changed=now(), **values)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]  # of an update it has one
        raise ClinicError(_changed_by(session, wearer_id))
    return version + 1


def last_result(session: Session, wearer_id: int) -> tuple[datetime, CalibrationResult] | None:
    """Return when the wearer was last calibrated, and what was found; of fits that came into force if any did."""
    row = session.scalar(
        select(Calibration)
        .where(Calibration.wearer_id == wearer_id)
        .order_by(Calibration.in_force.desc(), Calibration.id.desc())
        .limit(1)
    )
    if row is None or not row.result:
        return None
    return row.at, CalibrationResult.model_validate(row.result)


def _changed_by(session: Session, wearer_id: int) -> str:
    table = session.get(SiteTable, wearer_id, populate_existing=True)
    who = "somebody" if table is None else table.author
    return f"{who} changed these sites meanwhile; load them again, then change"
