"""The course in the store. Versions and measurements are only ever added."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clinic.course.measures import SiteMeasure
from clinic.course.plan import CoursePlan, Transfer
from clinic.store.tables.base import now
from clinic.store.tables.course import CourseVersion, SiteMeasurement

NOTHING = CoursePlan()


@dataclass(frozen=True, slots=True)
class CourseInForce:
    """The newest version; 0 where nobody has set anything."""

    version: int = 0
    author: str = ""
    at: datetime | None = None
    plan: CoursePlan = NOTHING


def course_in_force(session: Session, wearer_id: int) -> CourseInForce:
    """Return what is set for this wearer."""
    row = session.scalar(
        select(CourseVersion)
        .where(CourseVersion.wearer_id == wearer_id)
        .order_by(CourseVersion.version.desc())
        .limit(1)
    )
    if row is None:
        return CourseInForce()
    return CourseInForce(row.version, row.author, row.at, CoursePlan.model_validate(row.plan))


def keep_course(session: Session, wearer_id: int, against: int, plan: CoursePlan, author: str) -> int | None:
    """Add the version after `against` and return its number; None when somebody else has changed it meanwhile."""
    if course_in_force(session, wearer_id).version != against:
        return None
    try:
        with session.begin_nested():
            session.add(
                CourseVersion(
                    wearer_id=wearer_id, version=against + 1, author=author, plan=plan.model_dump(mode="json")
                )
            )
    except IntegrityError:
        return None
    return against + 1


def keep_measures(
    session: Session,
    wearer_id: int,
    request: str,
    source: str,
    author: str,
    unit: str,
    measured: Sequence[tuple[Transfer, SiteMeasure]],
    at: datetime | None = None,
) -> int:
    """Add measures of one occasion and return how many were new: the same `request` twice is one."""
    kept = set(
        session.scalars(
            select(SiteMeasurement.motion).where(
                SiteMeasurement.wearer_id == wearer_id, SiteMeasurement.request == request
            )
        )
    )
    moment, count = at or now(), 0
    for transfer, measure in measured:
        if transfer.motion in kept or transfer.channel is None:
            continue
        session.add(
            SiteMeasurement(
                wearer_id=wearer_id,
                request=request,
                at=moment,
                source=source,
                author=author,
                nerve=transfer.nerve,
                muscle=transfer.muscle,
                motion=transfer.motion,
                channel=transfer.channel,
                unit=unit,
                **asdict(measure),
            )
        )
        count += 1
    return count


def measurements(session: Session, wearer_id: int) -> list[SiteMeasurement]:
    """Return all that count, oldest first."""
    return list(
        session.scalars(
            select(SiteMeasurement)
            .where(SiteMeasurement.wearer_id == wearer_id, SiteMeasurement.withdrawn_by == "")
            .order_by(SiteMeasurement.at, SiteMeasurement.id)
        )
    )


def measure_of(row: SiteMeasurement) -> SiteMeasure:
    """Return the measure in a row."""
    return SiteMeasure(
        rest=row.rest,
        effort=row.effort,
        strength=row.strength,
        strength_db=row.strength_db,
        repetitions=row.repetitions,
        onsets=row.onsets,
        onset_s=row.onset_s,
        onset_spread_s=row.onset_spread_s,
        independence=row.independence,
        hold_share=row.hold_share,
        grading=row.grading,
    )
