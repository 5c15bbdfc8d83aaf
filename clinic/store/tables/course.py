"""Course, training, pain diary and use at home. What was written stays; a change is a new row.

`request`: an id that whoever asks makes up, so that the same thing sent twice is one row.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.store.tables.base import Base, Moment, now


def _wearer() -> Mapped[int]:
    return mapped_column(ForeignKey("wearers.id", ondelete="CASCADE"), index=True)


class CourseVersion(Base):
    """What a clinician set for a wearer's course; the highest `version` is in force.

    `plan`: JSON of `clinic.course.plan.CoursePlan`.
    """

    __tablename__ = "course_versions"
    __table_args__ = (UniqueConstraint("wearer_id", "version", name="uq_course_versions_wearer_id_version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wearer_id: Mapped[int] = _wearer()
    version: Mapped[int]
    author: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)


class SiteMeasurement(Base):
    """A `SiteMeasure` of one site. `source`: calibration or guided. `withdrawn_by`: who left it out, empty: nobody."""

    __tablename__ = "site_measurements"
    __table_args__ = (
        UniqueConstraint("wearer_id", "request", "motion", name="uq_site_measurements_wearer_id_request_motion"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wearer_id: Mapped[int] = _wearer()
    request: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    source: Mapped[str] = mapped_column(String(20))
    author: Mapped[str] = mapped_column(String(100))
    nerve: Mapped[str] = mapped_column(String(64))
    muscle: Mapped[str] = mapped_column(String(64))
    motion: Mapped[str] = mapped_column(String(32))
    channel: Mapped[int]
    unit: Mapped[str] = mapped_column(String(20))
    rest: Mapped[float]
    effort: Mapped[float]
    strength: Mapped[float]
    strength_db: Mapped[float]
    repetitions: Mapped[int]
    onsets: Mapped[int]
    onset_s: Mapped[float | None]
    onset_spread_s: Mapped[float | None]
    independence: Mapped[float | None]
    hold_share: Mapped[float | None]
    grading: Mapped[float | None]
    withdrawn_by: Mapped[str] = mapped_column(String(100), default="")


class TrainingSession(Base):
    """What was practised. `soreness`, `fatigue`: 0-10 as the wearer says, or nothing said."""

    __tablename__ = "training_sessions"
    __table_args__ = (UniqueConstraint("wearer_id", "request", name="uq_training_sessions_wearer_id_request"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wearer_id: Mapped[int] = _wearer()
    request: Mapped[str] = mapped_column(String(64))
    made: Mapped[datetime] = mapped_column(Moment, default=now)
    author: Mapped[str] = mapped_column(String(100))
    day: Mapped[date]
    phase: Mapped[int | None]
    exercise: Mapped[str] = mapped_column(String(40))
    minutes: Mapped[int]
    soreness: Mapped[int | None]
    fatigue: Mapped[int | None]
    note: Mapped[str] = mapped_column(String(1000), default="")


class PainEntry(Base):
    """One revision of one entry; the highest `revision` counts, the earlier ones stay.

    Pain 0-10 now, on average and at its worst in the last `window_h`; None where it was not said.
    """

    __tablename__ = "pain_entries"
    __table_args__ = (
        UniqueConstraint("wearer_id", "entry", "revision", name="uq_pain_entries_wearer_id_entry_revision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wearer_id: Mapped[int] = _wearer()
    entry: Mapped[str] = mapped_column(String(64))
    revision: Mapped[int]
    made: Mapped[datetime] = mapped_column(Moment, default=now)
    author: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(Moment)
    window_h: Mapped[int]
    residual_now: Mapped[int | None]
    residual_average: Mapped[int | None]
    residual_worst: Mapped[int | None]
    phantom_now: Mapped[int | None]
    phantom_average: Mapped[int | None]
    phantom_worst: Mapped[int | None]
    note: Mapped[str] = mapped_column(String(1000), default="")
    withdrawn: Mapped[bool] = mapped_column(default=False)


class PainFlagVersion(Base):
    """Whether "tell your clinician" shows: a clinician offers it, the wearer agrees. The highest `version` counts."""

    __tablename__ = "pain_flag_versions"
    __table_args__ = (UniqueConstraint("wearer_id", "version", name="uq_pain_flag_versions_wearer_id_version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wearer_id: Mapped[int] = _wearer()
    version: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    author: Mapped[str] = mapped_column(String(100))
    offered: Mapped[bool]
    agreed: Mapped[bool]
    worst_from: Mapped[int]
    rise_from: Mapped[float]


class HomeDay(Base):
    """One wearer's day by the clock on the wall there, in seconds and counts. Only ever added to."""

    __tablename__ = "home_days"

    wearer_id: Mapped[int] = mapped_column(ForeignKey("wearers.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    seen_s: Mapped[float] = mapped_column(default=0.0)
    worn_s: Mapped[float] = mapped_column(default=0.0)
    engaged_s: Mapped[float] = mapped_column(default=0.0)
    stops: Mapped[int] = mapped_column(default=0)
    faults: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)


class HomeMotion(Base):
    """How often a motion began on a day, and how many of those were not meant: taken back, or marked by the wearer."""

    __tablename__ = "home_motions"

    wearer_id: Mapped[int] = mapped_column(ForeignKey("wearers.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    motion: Mapped[str] = mapped_column(String(40), primary_key=True)
    begun: Mapped[int] = mapped_column(default=0)
    taken_back: Mapped[int] = mapped_column(default=0)
    marked: Mapped[int] = mapped_column(default=0)


class HomeMark(Base):
    """A motion that was not meant, says the wearer. `emg`: the seconds before as .npz, with the wearer's consent."""

    __tablename__ = "home_marks"
    __table_args__ = (
        UniqueConstraint("wearer_id", "request", name="uq_home_marks_wearer_id_request"),
        Index("ix_home_marks_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wearer_id: Mapped[int] = _wearer()
    request: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    author: Mapped[str] = mapped_column(String(100))
    motion: Mapped[str] = mapped_column(String(40), default="")
    emg: Mapped[bytes | None] = mapped_column(LargeBinary)
