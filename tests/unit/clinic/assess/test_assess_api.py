"""Outcome tests over the API: who may start, see and end them, and what is kept."""

from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient

from clinic.assess.kept import keep
from clinic.assess.record import TakenWith, record_of
from clinic.parts import Clinic
from clinic.store.present import set_present_wearer
from clinic.store.tables.people import CLINICIAN, WEARER, Account, Wearer
from tests.unit.clinic.assess.test_live_test import TAC, back, reach, rig_of, running
from tests.unit.clinic.conftest import CLINICIAN_NAME, WEARER_NAME, SignInAs

ASKED = {"test": {"kind": "tac", "repetitions": 1}, "arm": "virtual"}


@dataclass
class People:
    """Requests as different people. `wearers`: Anna, who wears the arm, and Ben."""

    clinic: Clinic
    wearers: tuple[int, int]
    clients: dict[str, TestClient]

    def call(self, who: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = self.clients[who].request(method, f"/api/assess{path}", json=body)
        return answer.status_code, answer.json()

    def wears(self, wearer_id: int) -> None:
        with self.clinic.store.session() as session:
            set_present_wearer(session, wearer_id)


@pytest.fixture
def people(clinic: Clinic, nobody: TestClient, sign_in_as: SignInAs) -> People:
    with clinic.store.session() as session:
        anna = session.query(Wearer).filter_by(name=WEARER_NAME).one()
        ben = Wearer(name="Ben")
        session.add(ben)
        session.flush()
        session.add(Account(name="other", role=CLINICIAN, password_hash=""))
        session.add(Account(name="ben", role=WEARER, password_hash="", wearer_id=ben.id))
    clients = {"nobody": nobody, "dr": sign_in_as(CLINICIAN_NAME), "anna": sign_in_as(WEARER_NAME)}
    clients |= {name: sign_in_as(name) for name in ("other", "ben")}
    return People(clinic, (anna.id, ben.id), clients)


def keep_one(people: People, wearer: int) -> int:
    rig = rig_of(TAC)
    running(rig)
    reach(rig)
    rig.pass_s(0.7)
    back(rig)
    running(rig)
    rig.speaker.stopped = True
    rig.pass_s(0.2)
    record = record_of(rig.live, "Anna", TakenWith(3, "dr", "default (lda)", "morning"))
    return keep(people.clinic.store, record, wearer, "dr", "demo", None)


def test_nothing_is_shown_to_who_has_not_signed_in(people: People) -> None:
    for method, path in (("GET", "/tests"), ("GET", "/state"), ("GET", "/results?wearer=1"), ("POST", "/abort")):
        assert people.call("nobody", method, path)[0] == 401


def test_the_tests_say_what_can_be_set_and_where_the_usual_value_is_from(people: People) -> None:
    code, setup = people.call("anna", "GET", "/tests")
    tests = setup["tests"]
    assert code == 200
    assert [test["kind"] for test in tests] == ["motion", "tac", "fitts", "rest"]
    tolerance = next(one for one in tests[1]["settings"] if one["name"] == "tolerance_deg")
    assert (tolerance["usual"], tolerance["unit"]) == (5.0, "deg")
    assert "BioPatRec" in tolerance["source"]
    assert {joint["name"] for joint in setup["joints"]} <= {"elbow", "wrist_rotation", "hand"}
    assert setup["motions"]["elbow_flexion"] == {"elbow": 1.0}
    assert all(one["least"] <= one["usual"] <= one["most"] for test in tests for one in test["settings"])


def test_a_second_test_is_refused_with_who_runs_the_first(people: People) -> None:
    anna, ben = people.wearers
    assert people.call("dr", "POST", "/start", {"wearer_id": anna, "asked": ASKED})[0] == 200
    code, said = people.call("other", "POST", "/start", {"wearer_id": anna, "asked": ASKED})
    assert code == 409
    assert said["detail"].startswith(f"{CLINICIAN_NAME} is running a test")
    people.wears(ben)
    code, said = people.call("ben", "POST", "/start", {"wearer_id": ben, "asked": ASKED})
    assert code == 409
    assert said["detail"].startswith("somebody else is running a test")
    assert people.call("ben", "GET", "/state")[1]["stage"] == "busy"
    assert people.call("ben", "POST", "/abort")[0] == 409
    assert people.call("ben", "POST", "/begin")[0] == 409
    assert people.call("anna", "GET", "/state")[1]["by"] == CLINICIAN_NAME
    assert people.call("other", "POST", "/abort")[1]["ended"] == "aborted"
    assert people.call("ben", "POST", "/start", {"wearer_id": ben, "asked": ASKED})[0] == 200


def test_who_does_not_wear_the_arm_takes_no_test_with_it(people: People) -> None:
    anna, ben = people.wearers
    code, said = people.call("dr", "POST", "/start", {"wearer_id": ben, "asked": ASKED})
    assert (code, said["detail"]) == (409, "Ben does not wear the arm now: say who does, on the page People")
    assert people.call("ben", "POST", "/start", {"wearer_id": ben, "asked": ASKED})[0] == 403
    assert people.call("ben", "POST", "/start", {"wearer_id": anna, "asked": ASKED})[0] == 403


def test_without_a_broker_a_test_waits_and_says_so(people: People) -> None:
    people.call("dr", "POST", "/start", {"wearer_id": people.wearers[0], "asked": ASKED})
    for _ in range(100):
        _, progress = people.call("dr", "GET", "/state")
        if progress["hindrances"]:
            break
    assert progress["stage"] == "waiting"
    assert [one["code"] for one in progress["hindrances"]] == ["no_broker"]


def test_a_wearer_sees_own_results_and_no_others(people: People) -> None:
    anna, ben = people.wearers
    number = keep_one(people, anna)
    code, results = people.call("anna", "GET", f"/results?wearer={anna}")
    assert code == 200
    assert results == people.call("dr", "GET", f"/results?wearer={anna}")[1]
    assert [one["id"] for one in results] == [number]
    for path in (f"/results?wearer={anna}", f"/results/{number}", f"/results/{number}/export"):
        assert people.call("ben", "GET", path)[0] == 404
    assert people.call("dr", "GET", "/results?wearer=999")[0] == 404
    assert people.call("ben", "GET", f"/results?wearer={ben}") == (200, [])


def test_what_is_kept_says_with_what_it_was_taken_and_what_did_not_count(people: People) -> None:
    number = keep_one(people, people.wearers[0])
    _, taken = people.call("dr", "GET", f"/results/{number}")
    assert (taken["trials"], taken["completed"], taken["rate"], taken["complete"]) == (1, 1, 1.0, False)
    assert taken["rate_interval"][0] == pytest.approx(0.207, abs=0.001)  # Wilson, one of one
    assert (taken["profile_version"], taken["trained_on"]) == (3, "morning")
    # The rig has told no profile and no training since: what changed is said.
    assert taken["changed"] == "profile, decoder, training"
    assert [one["code"] for one in taken["not_counted"]] == ["arm_stopped"]
    sources = {one["name"]: one["source"] for one in taken["parameters"]}
    assert sources["joints tested"] == "elbow, hand"
    assert sources["time limit"] == "changed from 30 s"
    assert sources["tolerance"].startswith("BioPatRec")
    assert "elbow, hand" in taken["layout"]
    assert "seed" not in taken["layout"]


def test_the_export_is_the_result_with_trajectories(people: People) -> None:
    number = keep_one(people, people.wearers[0])
    _, exported = people.call("dr", "GET", f"/results/{number}/export")
    assert (exported["format"], exported["test"], exported["who"]) == (1, "tac", "Anna")
    way = exported["trials"][0]["trajectory"]
    assert len(way["time_s"]) == len(way["position_rad"]) > 20
    assert way["joints"] == ["elbow", "hand"]


@pytest.mark.parametrize(
    "asked",
    [
        {"test": {"kind": "tac", "repetitions": 101}},
        {"test": {"kind": "tac", "dwell_s": 30, "time_limit_s": 5}},
        {"test": {"kind": "tea"}},
        {"test": {"kind": "fitts"}, "arm": "third"},
        {"test": {"kind": "rest", "seconds": float("1e9")}},
        {"test": {"kind": "rest"}, "nonsense": 1},
        {},
    ],
)
def test_what_makes_no_test_is_refused(people: People, asked: Any) -> None:
    body = {"wearer_id": people.wearers[0], "asked": asked}
    assert people.call("dr", "POST", "/start", body)[0] == 422
    assert people.call("dr", "POST", "/plan", asked)[0] == 422


def test_a_plan_says_how_long_it_takes_and_what_is_too_long(people: People) -> None:
    assert people.call("dr", "POST", "/plan", ASKED) == (200, {"trials": 6, "at_most_s": 180.0})
    code, said = people.call("dr", "POST", "/plan", {"test": {"kind": "tac", "repetitions": 100}})
    assert code == 400
    assert "fewer repetitions" in said["detail"]
