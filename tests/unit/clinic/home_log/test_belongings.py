"""What is kept of a wearer here goes out with an export, and away with the wearer."""

import io
import json
import zipfile
from datetime import UTC, datetime

from sqlalchemy import func, select

from clinic.home_log.records import add_days, keep_mark
from clinic.home_log.tally import DayTally
from clinic.store.belongings import forget_wearer
from clinic.store.export import export_wearer
from clinic.store.tables import course
from tests.rigs.clinic_people import ClinicPeople

DAY = datetime(2026, 5, 1, tzinfo=UTC).date()
TABLES = (
    course.CourseVersion,
    course.SiteMeasurement,
    course.TrainingSession,
    course.PainEntry,
    course.PainFlagVersion,
    course.HomeDay,
    course.HomeMotion,
    course.HomeMark,
)


def test_days_marks_and_samples_are_exported_and_forgotten(people: ClinicPeople) -> None:
    tally = DayTally(worn_s=3600.0)
    tally.motion("hand_close").begun = 7
    with people.clinic.store.session() as session:
        add_days(session, people.of_ines, {DAY: tally})
        add_days(session, people.of_paul, {DAY: tally})
        keep_mark(session, people.of_ines, "mark-0001", "ines", "hand_close", None)
    with people.clinic.store.session() as session, export_wearer(session, people.of_ines) as file:
        told = json.loads(zipfile.ZipFile(io.BytesIO(file.read())).read("wearer.json"))["tables"]
    assert {table.__tablename__ for table in TABLES} <= set(told)
    assert [(row["wearer_id"], row["worn_s"]) for row in told["home_days"]] == [(people.of_ines, 3600.0)]
    assert [(row["motion"], row["begun"]) for row in told["home_motions"]] == [("hand_close", 7)]
    assert len(told["home_marks"]) == 1
    with people.clinic.store.session() as session:
        forget_wearer(session, people.of_ines)
    with people.clinic.store.session() as session:
        for table in TABLES:
            left = session.scalar(select(func.count()).select_from(table).where(table.wearer_id == people.of_ines))
            assert left == 0
        assert session.get(course.HomeDay, (people.of_paul, DAY)) is not None
