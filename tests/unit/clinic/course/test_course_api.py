from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clinic.course.measures import SiteMeasure
from clinic.course.plan import Transfer
from clinic.course.records import keep_measures
from tests.rigs.clinic_people import ClinicPeople

MEASURE = SiteMeasure(4.0, 40.0, 36.0, 20.0, 5, 5, 0.4, 0.1, 0.8, 1.0, None)
MEDIAN = {"nerve": "median", "muscle": "biceps, short head", "motion": "hand_close", "joint": "hand", "channel": 3}
RADIAL = {"nerve": "radial", "muscle": "triceps, lateral head", "motion": "hand_open", "joint": "hand", "channel": 4}


def path(wearer_id: int) -> str:
    return f"/api/wearers/{wearer_id}/course"


def plan(**changed: Any) -> dict[str, Any]:
    return {"surgery": "2026-01-07", "transfers": [MEDIAN, RADIAL], **changed}


def keep(people: ClinicPeople, request: str, at: datetime, transfer: dict[str, Any] = MEDIAN) -> int:
    with people.clinic.store.session() as session:
        return keep_measures(
            session,
            people.of_ines,
            request,
            "guided",
            "grete",
            "uV",
            [(Transfer.model_validate(transfer), MEASURE)],
            at,
        )


def test_a_wearer_sees_only_her_own_course_and_sets_nothing(people: ClinicPeople) -> None:
    ines = people.signed_in("ines")
    assert ines.get(path(people.of_ines)).json()["version"] == 0
    assert ines.get(path(people.of_paul)).status_code == 404
    assert ines.get(path(4711)).status_code == 404
    assert ines.put(path(people.of_ines), json={"version": 0, "plan": plan()}).status_code == 403
    grete = people.signed_in("grete")
    assert grete.get(path(4711)).status_code == 404


def test_nobody_sees_anything_without_signing_in(people: ClinicPeople) -> None:
    client = people.signed_in("grete")
    client.cookies.clear()
    for where in (path(people.of_ines), f"{path(people.of_ines)}/history"):
        assert client.get(where).status_code == 401


def test_two_clinicians_cannot_overwrite_each_other(people: ClinicPeople) -> None:
    grete, otto = people.signed_in("grete"), people.signed_in("otto")
    assert grete.put(path(people.of_ines), json={"version": 0, "plan": plan()}).json()["version"] == 1
    refused = otto.put(path(people.of_ines), json={"version": 0, "plan": plan(weekly_goal_min=90)})
    assert refused.status_code == 409
    assert "version 1" in refused.json()["detail"]
    assert otto.put(path(people.of_ines), json={"version": 1, "plan": plan(weekly_goal_min=90)}).status_code == 200
    history = grete.get(f"{path(people.of_ines)}/history").json()
    assert [(one["version"], one["author"], one["plan"]["weekly_goal_min"]) for one in history] == [
        (2, "otto", 90),
        (1, "Grete Weber", 0),
    ]


@pytest.mark.parametrize("surgery", ["1026-01-07", "2126-01-07", f"{datetime.now(UTC) + timedelta(days=400):%Y-%m-%d}"])
def test_a_year_with_a_slip_is_refused(people: ClinicPeople, surgery: str) -> None:
    answer = people.signed_in("grete").put(path(people.of_ines), json={"version": 0, "plan": plan(surgery=surgery)})
    assert answer.status_code == 422
    assert surgery in answer.json()["detail"]


@pytest.mark.parametrize(
    "transfers",
    [
        [MEDIAN, {**RADIAL, "motion": "hand_close"}],
        [MEDIAN, {**RADIAL, "channel": 3}],
        [{**MEDIAN, "motion": "rest"}],
        [{**MEDIAN, "channel": 0}],
        [{**MEDIAN, "nerve": ""}],
        [{**MEDIAN, "unknown": 1}],
        [{**MEDIAN, "motion": f"m{number}", "channel": None} for number in range(33)],
    ],
)
def test_transfers_that_cannot_be_told_apart_are_refused(people: ClinicPeople, transfers: list[Any]) -> None:
    grete = people.signed_in("grete")
    body = {"version": 0, "plan": plan(transfers=transfers)}
    assert grete.put(path(people.of_ines), json=body).status_code == 422
    assert grete.get(path(people.of_ines)).json()["version"] == 0


def test_weeks_follow_the_surgery_as_it_is_set_now(people: ClinicPeople) -> None:
    grete = people.signed_in("grete")
    grete.put(path(people.of_ines), json={"version": 0, "plan": plan()})
    at = datetime(2026, 4, 1, 12, tzinfo=UTC)
    keep(people, "one", at)
    assert grete.get(path(people.of_ines)).json()["sites"][0]["points"][0]["weeks"] == 12.0
    moved = grete.put(path(people.of_ines), json={"version": 1, "plan": plan(surgery="2026-01-14")}).json()
    assert moved["sites"][0]["points"][0]["weeks"] == 11.0
    gone = grete.put(path(people.of_ines), json={"version": 2, "plan": plan(surgery=None)}).json()
    assert gone["sites"][0]["points"][0]["weeks"] is None
    assert gone["suggested_phase"] is None


def test_a_site_taken_out_keeps_its_points(people: ClinicPeople) -> None:
    grete = people.signed_in("grete")
    grete.put(path(people.of_ines), json={"version": 0, "plan": plan()})
    keep(people, "one", datetime(2026, 4, 1, tzinfo=UTC))
    now = grete.put(path(people.of_ines), json={"version": 1, "plan": plan(transfers=[RADIAL])}).json()
    assert [(site["transfer"]["nerve"], site["current"], len(site["points"])) for site in now["sites"]] == [
        ("radial", True, 0),
        ("median", False, 1),
    ]
    assert now["joints"] == {"hand": "no_signal"}


def test_the_same_occasion_twice_is_one(people: ClinicPeople) -> None:
    at = datetime(2026, 4, 1, tzinfo=UTC)
    assert [keep(people, "one", at), keep(people, "one", at), keep(people, "one", at, RADIAL)] == [1, 0, 1]


def test_points_stand_in_order_whatever_the_clock_did_meanwhile(people: ClinicPeople) -> None:
    grete = people.signed_in("grete")
    grete.put(path(people.of_ines), json={"version": 0, "plan": plan()})
    for number, day in enumerate((20, 5, 12)):
        keep(people, f"{number}", datetime(2026, 4, day, 12, tzinfo=UTC))
    weeks = [point["weeks"] for point in grete.get(path(people.of_ines)).json()["sites"][0]["points"]]
    assert weeks == sorted(weeks)


def test_a_measurement_is_left_out_and_not_forgotten(people: ClinicPeople) -> None:
    grete, ines = people.signed_in("grete"), people.signed_in("ines")
    grete.put(path(people.of_ines), json={"version": 0, "plan": plan()})
    keep(people, "one", datetime(2026, 4, 1, tzinfo=UTC))
    point = grete.get(path(people.of_ines)).json()["sites"][0]["points"][0]["id"]
    where = f"{path(people.of_ines)}/measurements/{point}/withdraw"
    assert ines.post(where).status_code == 403
    assert grete.post(f"{path(people.of_paul)}/measurements/{point}/withdraw").status_code == 404
    assert grete.post(where).json()["sites"][0]["points"] == []
    assert grete.post(where).status_code == 200


def test_numbers_that_are_none_are_refused(people: ClinicPeople) -> None:
    grete = people.signed_in("grete")
    for value in ("NaN", "Infinity", "1e999"):
        body = f'{{"version": 0, "plan": {{"criteria": {{"found_db": {value}}}}}}}'
        answer = grete.put(path(people.of_ines), content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422
        assert "found_db" in answer.json()["detail"]
