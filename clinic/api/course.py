"""The course after surgery: what is set, what was measured, how far each joint is."""

from datetime import UTC, date, datetime

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select, update

from clinic.api.fields import IdInPath
from clinic.api.of_wearer import OfWearer
from clinic.course.overview import CourseOverview, Point, SiteCourse, overview
from clinic.course.phases import BANDS, WEEKS_PER_MONTH, Phase
from clinic.course.plan import CoursePlan, Transfer, surgery_fault
from clinic.course.records import CourseInForce, course_in_force, keep_course, measurements
from clinic.parts import Clinic, TheClinic
from clinic.security.audit import audit
from clinic.security.who import Clinician
from clinic.store.tables.course import CourseVersion, SiteMeasurement

router = APIRouter(prefix="/api", tags=["course"])
CHANGED = (
    "somebody has changed this course meanwhile (it is at version {now}, yours was made against {then}); look again"
)


class PointView(BaseModel):
    """One measurement of one site; see `clinic.course.measures.SiteMeasure`."""

    id: int
    at: datetime
    weeks: float | None
    source: str
    author: str
    unit: str
    stage: str
    rest: float
    effort: float
    strength: float
    strength_db: float
    repetitions: int
    onsets: int
    onset_s: float | None
    onset_spread_s: float | None
    independence: float | None
    hold_share: float | None
    grading: float | None


class SiteView(BaseModel):
    """A nerve's site with its points, oldest first."""

    transfer: Transfer
    current: bool
    stage: str
    points: list[PointView]


class BandView(BaseModel):
    """A published phase, in weeks since surgery."""

    key: str
    from_week: float
    to_week: float
    source: str


class CourseView(BaseModel):
    """All of a wearer's course. `suggested_because`: the key of the reason.

    `motions`: what the run's configuration knows: motion → the joint that it moves most.
    """

    version: int
    author: str
    at: datetime | None
    plan: CoursePlan
    weeks: float | None
    sites: list[SiteView]
    joints: dict[str, str]
    suggested_phase: Phase | None
    suggested_because: str
    bands: list[BandView]
    motions: dict[str, str]


class CourseChange(BaseModel):
    """A new plan, made against a version."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(ge=0, lt=2**31)
    plan: CoursePlan


class VersionView(BaseModel):
    """One version of the plan."""

    version: int
    author: str
    at: datetime
    plan: CoursePlan


@router.get("/wearers/{wearer_id}/course")
def course(clinic: TheClinic, wearer_id: OfWearer) -> CourseView:
    """Return the wearer's course."""
    with clinic.store.session() as session:
        in_force = course_in_force(session, wearer_id)
        seen = overview(in_force.plan, measurements(session, wearer_id), _today())
    return _view(clinic, in_force, seen)


@router.put("/wearers/{wearer_id}/course")
def change_course(clinic: TheClinic, person: Clinician, wearer_id: OfWearer, change: CourseChange) -> CourseView:
    """Set surgery, transfers, phase, criteria and goal."""
    if fault := surgery_fault(change.plan.surgery, _today()):
        raise HTTPException(422, fault)
    with clinic.store.session() as session:
        kept = keep_course(session, wearer_id, change.version, change.plan, person.name)
        in_force = course_in_force(session, wearer_id)
        if kept is None:
            raise HTTPException(409, CHANGED.format(now=in_force.version, then=change.version))
        audit(session, person, f"set version {kept} of the course", wearer_id)
        seen = overview(in_force.plan, measurements(session, wearer_id), _today())
    return _view(clinic, in_force, seen)


@router.get("/wearers/{wearer_id}/course/history")
def history(clinic: TheClinic, wearer_id: OfWearer) -> list[VersionView]:
    """Return every version of the plan, newest first."""
    with clinic.store.session() as session:
        rows = session.scalars(
            select(CourseVersion)
            .where(CourseVersion.wearer_id == wearer_id)
            .order_by(CourseVersion.version.desc())
            .limit(200)
        ).all()
    return [
        VersionView(version=row.version, author=row.author, at=row.at, plan=CoursePlan.model_validate(row.plan))
        for row in rows
    ]


@router.post("/wearers/{wearer_id}/course/measurements/{measurement_id}/withdraw")
def withdraw(
    clinic: TheClinic,
    person: Clinician,
    wearer_id: OfWearer,
    measurement_id: IdInPath,
) -> CourseView:
    """Leave a measurement out of the course; it stays in the store with the name of who did it."""
    with clinic.store.session() as session:
        row = session.get(SiteMeasurement, measurement_id)
        if row is None or row.wearer_id != wearer_id:
            raise HTTPException(404, f"this wearer has no measurement {measurement_id}")
        session.execute(
            update(SiteMeasurement)
            .where(SiteMeasurement.id == measurement_id, SiteMeasurement.withdrawn_by == "")
            .values(withdrawn_by=person.name)
        )
        audit(session, person, f"left measurement {measurement_id} out of the course", wearer_id)
        in_force = course_in_force(session, wearer_id)
        seen = overview(in_force.plan, measurements(session, wearer_id), _today())
    return _view(clinic, in_force, seen)


def _today() -> date:
    return datetime.now(UTC).astimezone().date()


def _view(clinic: Clinic, in_force: CourseInForce, seen: CourseOverview) -> CourseView:
    suggestion = seen.suggestion
    return CourseView(
        version=in_force.version,
        author=in_force.author,
        at=in_force.at,
        plan=in_force.plan,
        weeks=seen.weeks,
        sites=[_site(site) for site in seen.sites],
        joints={joint: stage.word for joint, stage in seen.joints.items()},
        suggested_phase=suggestion.phase if suggestion else None,
        suggested_because=suggestion.reason if suggestion else "",
        bands=[
            BandView(
                key=band.key,
                from_week=round(band.from_month * WEEKS_PER_MONTH, 1),
                to_week=round(band.to_month * WEEKS_PER_MONTH, 1),
                source=band.source,
            )
            for band in BANDS
        ],
        motions={
            motion: max(moves, key=lambda joint: abs(moves[joint]))
            for motion, moves in clinic.run.motions.items()
            if moves
        },
    )


def _site(site: SiteCourse) -> SiteView:
    return SiteView(
        transfer=site.transfer,
        current=site.current,
        stage=site.stage.word,
        points=[_point(point) for point in site.points],
    )


def _point(point: Point) -> PointView:
    row = point.row
    return PointView(
        id=row.id,
        at=row.at,
        weeks=point.weeks,
        source=row.source,
        author=row.author,
        unit=row.unit,
        stage=point.stage.word,
        **{name: getattr(point.measure, name) for name in point.measure.__slots__},
    )
