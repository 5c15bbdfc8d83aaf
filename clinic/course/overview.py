"""A wearer's course as one thing to look at: each nerve's points over weeks, and how far each joint is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from clinic.course.measures import SiteMeasure
from clinic.course.phases import Suggestion, suggest
from clinic.course.plan import CoursePlan, Transfer, weeks_since
from clinic.course.records import measure_of
from clinic.course.stages import Dated, Stage, joint_stage, stages_over_time
from clinic.store.tables.course import SiteMeasurement


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement. `weeks` since surgery; None without its date. `stage`: what the site had reached then."""

    row: SiteMeasurement
    measure: SiteMeasure
    weeks: float | None
    stage: Stage


@dataclass(frozen=True, slots=True)
class SiteCourse:
    """A nerve's site. `current`: it is among the transfers that are set; one that was taken out stays to be seen."""

    transfer: Transfer
    current: bool
    points: tuple[Point, ...]

    @property
    def stage(self) -> Stage:
        """The stage now: that of the newest point."""
        return self.points[-1].stage if self.points else Stage.NO_SIGNAL


@dataclass(frozen=True, slots=True)
class CourseOverview:
    """`joints`: joint → stage, of the transfers that are set. `weeks` since surgery, today."""

    weeks: float | None
    sites: tuple[SiteCourse, ...]
    joints: dict[str, Stage]
    suggestion: Suggestion | None


def overview(plan: CoursePlan, rows: Sequence[SiteMeasurement], today: date) -> CourseOverview:
    """Put it together. `rows`: oldest first. Weeks follow the date of surgery as it is set now."""
    of_site: dict[tuple[str, str], list[SiteMeasurement]] = {}
    for row in rows:
        of_site.setdefault((row.nerve, row.motion), []).append(row)
    set_now = {(transfer.nerve, transfer.motion): transfer for transfer in plan.transfers}
    sites = [_site(transfer, True, of_site.get(key, []), plan) for key, transfer in set_now.items()] + [
        _site(_former(found[-1]), False, found, plan) for key, found in of_site.items() if key not in set_now
    ]
    joints: dict[str, list[Stage]] = {}
    for site in sites:
        if site.current:
            joints.setdefault(site.transfer.joint, []).append(site.stage)
    weeks = None if plan.surgery is None else weeks_since(plan.surgery, today)
    stages = [site.stage for site in sites if site.current]
    return CourseOverview(
        weeks, tuple(sites), {joint: joint_stage(found) for joint, found in joints.items()}, suggest(weeks, stages)
    )


def _site(transfer: Transfer, current: bool, rows: Sequence[SiteMeasurement], plan: CoursePlan) -> SiteCourse:
    measures = [measure_of(row) for row in rows]
    days = [row.at.astimezone().date() for row in rows]
    stages = stages_over_time([Dated(day, measure) for day, measure in zip(days, measures, strict=True)], plan.criteria)
    points = (
        Point(row, measure, None if plan.surgery is None else weeks_since(plan.surgery, day), stage)
        for row, measure, day, stage in zip(rows, measures, days, stages, strict=True)
    )
    return SiteCourse(transfer, current, tuple(points))


def _former(row: SiteMeasurement) -> Transfer:
    return Transfer(nerve=row.nerve, muscle=row.muscle, motion=row.motion, joint="none", channel=row.channel)
