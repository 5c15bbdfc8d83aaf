"""Where each electrode sits, which nerve speaks there and what it means; and how well it does."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from clinic.api.fields import IdInPath
from clinic.api.wearers import wearer_of
from clinic.errors import ClinicError
from clinic.parts import TheClinic
from clinic.security.audit import audit
from clinic.security.who import Clinician
from clinic.sites.patterns import PATTERNS
from clinic.sites.quality import quality_of
from clinic.sites.site import Site, SiteList
from clinic.sites.table import last_result, read_sites, write_sites
from controller.contract.calibration_result import CalibrationResult
from controller.rest_class import REST

router = APIRouter(prefix="/api/sites", tags=["sites"])


class PatternTold(BaseModel):
    """A usual pattern of nerve transfers, and where it is from."""

    key: str
    source: str
    sites: tuple[Site, ...]


class Quality(BaseModel):
    """Of one site in the last calibration (`clinic.sites.quality.SiteQuality`)."""

    channel: int
    rest: float | None
    effort: float | None
    over_rest_db: float | None
    own_share: float | None
    alike: int | None
    alike_share: float | None


class Sites(BaseModel):
    """`version` 0: nothing is kept yet. `calibrated`: when what `quality` and `correlation` come from was made."""

    version: int
    pattern: str
    sites: tuple[Site, ...]
    author: str
    changed: datetime | None
    calibrated: datetime | None
    quality: list[Quality]
    correlation: tuple[tuple[float, ...], ...]


class SitesChange(SiteList):
    """The whole table anew. `version`: the one that was seen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Annotated[int, Field(ge=0, lt=2**31 - 1)]


class Patterns(BaseModel):
    """What a table can be started from, and the motions of the configuration that a site may mean."""

    patterns: list[PatternTold]
    motions: tuple[str, ...]


@router.get("/patterns")
def patterns(clinic: TheClinic, _: Clinician) -> Patterns:
    """Return the usual patterns."""
    return Patterns(
        patterns=[PatternTold(key=one.key, source=one.source, sites=one.sites) for one in PATTERNS],
        motions=tuple(name for name in clinic.run.motions if name != REST),
    )


@router.get("/of/{wearer_id}")
def sites(clinic: TheClinic, _: Clinician, wearer_id: IdInPath) -> Sites:
    """Return a wearer's sites, with what the last calibration tells of each."""
    with clinic.store.session() as session:
        wearer_of(session, wearer_id)
        kept = read_sites(session, wearer_id)
        found = last_result(session, wearer_id)
    at, result = found or (None, CalibrationResult(session="0" * 16))
    return Sites(
        version=kept.version,
        pattern=kept.listed.pattern,
        sites=kept.listed.sites,
        author=kept.author,
        changed=kept.changed,
        calibrated=at,
        quality=[Quality(**asdict(one)) for one in quality_of(kept.listed.sites, result)],
        correlation=result.correlation,
    )


@router.put("/of/{wearer_id}")
def change_sites(clinic: TheClinic, person: Clinician, wearer_id: IdInPath, asked: SitesChange) -> Sites:
    """Keep a wearer's sites, unless somebody else has changed them since they were read."""
    with clinic.store.session() as session:
        wearer_of(session, wearer_id)
        listed = SiteList(pattern=asked.pattern, sites=asked.sites)
        try:
            write_sites(session, wearer_id, asked.version, listed, person.name)
        except ClinicError as error:
            raise HTTPException(409, str(error)) from error
        audit(session, person, "changed the sites of the wearer", wearer_id)
    return sites(clinic, person, wearer_id)
