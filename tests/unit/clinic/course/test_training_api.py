from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from clinic.course.phases import Phase
from clinic.course.training import EXERCISES, OF_PHASE, OF_STAGE, exercises, week_of
from tests.rigs.clinic_people import ClinicPeople
from tests.unit.clinic.course.test_course_api import keep, plan
from tests.unit.clinic.course.test_course_api import path as course_path

TODAY = datetime.now(UTC).astimezone().date()


def path(wearer_id: int) -> str:
    return f"/api/wearers/{wearer_id}/training"


def session(request: str = "session-1", **changed: Any) -> dict[str, Any]:
    return {"request": request, "day": TODAY.isoformat(), "exercise": "find", "minutes": 10, **changed}


def test_sessions_add_up_to_the_week(people: ClinicPeople) -> None:
    ines = people.signed_in("ines")
    people.signed_in("grete").put(
        course_path(people.of_ines), json={"version": 0, "plan": plan(weekly_goal_min=60, phase=3)}
    )
    monday, _ = week_of(TODAY)
    ines.post(path(people.of_ines), json=session())
    ines.post(path(people.of_ines), json=session("session-2", day=monday.isoformat(), soreness=2, fatigue=4, note="n"))
    seen = ines.post(
        path(people.of_ines), json=session("session-3", day=(monday - timedelta(days=1)).isoformat(), minutes=99)
    ).json()
    assert (seen["week_min"], seen["goal_min"], len(seen["sessions"])) == (20, 60, 3)
    assert [one["key"] for one in seen["exercises"]] == ["find", "find"]


def test_sent_twice_it_is_one_session(people: ClinicPeople) -> None:
    ines = people.signed_in("ines")
    for _ in range(3):
        seen = ines.post(path(people.of_ines), json=session()).json()
    assert (seen["week_min"], len(seen["sessions"])) == (10, 1)
    assert ines.post(path(people.of_ines), json=session(minutes=20)).status_code == 409


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes": 0},
        {"minutes": 601},
        {"minutes": 1.5},
        {"soreness": 11},
        {"exercise": "sleep"},
        {"day": (TODAY + timedelta(days=3)).isoformat()},
        {"day": "1889-01-01"},
        {"request": "short"},
        {"note": "x" * 1001},
    ],
)
def test_what_cannot_be_is_refused(people: ClinicPeople, wrong: dict[str, Any]) -> None:
    ines = people.signed_in("ines")
    assert ines.post(path(people.of_ines), json=session(**wrong)).status_code == 422
    assert ines.get(path(people.of_ines)).json()["sessions"] == []


def test_a_wearer_reaches_her_own_sessions_alone(people: ClinicPeople) -> None:
    paul = people.signed_in("paul")
    assert paul.get(path(people.of_ines)).status_code == 404
    assert paul.post(path(people.of_ines), json=session()).status_code == 404


def test_a_phase_is_suggested_and_never_set(people: ClinicPeople) -> None:
    grete = people.signed_in("grete")
    grete.put(course_path(people.of_ines), json={"version": 0, "plan": plan(surgery="2026-01-07")})
    keep(people, "one", datetime(2026, 4, 1, tzinfo=UTC))
    seen = grete.get(path(people.of_ines)).json()
    assert (seen["phase"], seen["suggested_phase"], seen["suggested_because"]) == (None, 3, "some_signals")
    assert seen["exercises"] == []


def test_every_phase_and_stage_has_something_to_practise() -> None:
    assert set(OF_PHASE) == set(Phase)
    assert all(exercises(phase, []) or phase is Phase.SIGNALS for phase in Phase)
    assert {*OF_STAGE.values()} < EXERCISES


def test_a_week_is_from_monday_to_sunday() -> None:
    assert week_of(date(2026, 3, 1)) == (date(2026, 2, 23), date(2026, 3, 1))
    assert week_of(date(2026, 2, 23)) == (date(2026, 2, 23), date(2026, 3, 1))
