"""A clinician proposes, the wearer accepts; the controller has the last word."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from clinic.api.proposals import reopen
from clinic.parts import Clinic
from clinic.security.person import Person
from clinic.store.tables.base import now
from clinic.store.tables.people import Account
from clinic.store.tables.proposals import Proposal
from clinic.tune.profile_desk import ProfileDesk
from controller.contract.requests import ProfileResult, ProfileValues
from tests.unit.clinic.conftest import CLINICIAN_NAME, WEARER_NAME

CHANGE = {"gain": {"elbow": 0.5}}


class Controller(ProfileDesk):
    """Stands for the tuning of the real one: notes what it is asked for, and answers as it is told."""

    accepted: bool = True
    reason: str = ""
    asked: tuple[Person, ProfileValues, str] | None = None

    async def apply(self, person: Person, values: ProfileValues, reason: str) -> ProfileResult:
        self.asked = (person, values, reason)
        if self.reason == "broken":
            raise RuntimeError("broken")
        return ProfileResult(accepted=self.accepted, version=1, reason=self.reason)


@pytest.fixture
def controller(clinic: Clinic) -> Controller:
    made = Controller(clinic.link, clinic.profile.history)
    clinic.profile = made
    return made


def proposed(clinician: TestClient, wearer_id: int = 1) -> Any:
    asked = {"wearer_id": wearer_id, "values": CHANGE, "reason": "calmer elbow"}
    answer = clinician.post("/api/proposals", json=asked)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_nothing_is_asked_of_the_controller_before_the_wearer_accepts(
    clinician: TestClient, wearer: TestClient, controller: Controller
) -> None:
    made = proposed(clinician)
    assert controller.asked is None
    assert wearer.get("/api/proposals", params={"wearer_id": 1}).json() == [made]
    told = wearer.post(f"/api/proposals/{made['id']}/accept").json()
    assert (told["state"], told["decided_by"]) == ("accepted", WEARER_NAME)
    assert controller.asked is not None
    person, values, reason = controller.asked
    assert (person.name, person.role) == (f"{CLINICIAN_NAME}, accepted by {WEARER_NAME}", "clinician")
    assert (values.gain, reason) == ({"elbow": 0.5}, "calmer elbow")
    assert wearer.post(f"/api/proposals/{made['id']}/accept").status_code == 409


def test_what_the_controller_does_not_take_stays_open_with_its_reason(
    clinician: TestClient, wearer: TestClient, controller: Controller
) -> None:
    made = proposed(clinician)
    controller.accepted, controller.reason = False, "the arm has no joint 'elbow'"
    told = wearer.post(f"/api/proposals/{made['id']}/accept").json()
    assert (told["state"], told["answer"]) == ("open", "the arm has no joint 'elbow'")


def test_a_fault_on_the_way_leaves_it_open(
    clinician: TestClient, wearer: TestClient, controller: Controller, clinic: Clinic
) -> None:
    made = proposed(clinician)
    controller.reason = "broken"
    with pytest.raises(RuntimeError):
        wearer.post(f"/api/proposals/{made['id']}/accept")
    assert wearer.get("/api/proposals", params={"wearer_id": 1}).json()[0]["state"] == "open"
    with clinic.store.session() as session:
        session.query(Proposal).one().state = "accepting"
    reopen(clinic)
    assert wearer.get("/api/proposals", params={"wearer_id": 1}).json()[0]["state"] == "open"


def test_only_the_wearer_who_wears_the_arm_accepts(
    clinician: TestClient, wearer: TestClient, controller: Controller
) -> None:
    other = clinician.post("/api/wearers", json={"name": "Second"}).json()["id"]
    theirs, own = proposed(clinician, other)["id"], proposed(clinician)["id"]
    assert clinician.post(f"/api/proposals/{own}/accept").status_code == 403
    assert wearer.post(f"/api/proposals/{theirs}/accept").status_code == 404
    assert wearer.post(f"/api/proposals/{theirs}/refuse", json={}).status_code == 404
    assert wearer.get("/api/proposals", params={"wearer_id": other}).status_code == 404
    assert wearer.post("/api/proposals", json={"wearer_id": 1, "values": CHANGE, "reason": "x"}).status_code == 403
    clinician.put("/api/present", json={"wearer_id": other})
    assert wearer.post(f"/api/proposals/{own}/accept").status_code == 409
    assert controller.asked is None


def test_refused_withdrawn_and_expired_are_over(
    clinician: TestClient, wearer: TestClient, controller: Controller, clinic: Clinic
) -> None:
    refused, withdrawn, old = (proposed(clinician)["id"] for _ in range(3))
    assert wearer.post(f"/api/proposals/{refused}/refuse", json={"reason": "too slow"}).json()["answer"] == "too slow"
    assert wearer.post(f"/api/proposals/{withdrawn}/withdraw").status_code == 403
    assert clinician.post(f"/api/proposals/{withdrawn}/withdraw").json()["state"] == "withdrawn"
    with clinic.store.session() as session:
        session.query(Proposal).filter_by(id=old).one().until = now() - timedelta(seconds=1)
    for number in (refused, withdrawn, old):
        assert wearer.post(f"/api/proposals/{number}/accept").status_code == 409
    states = [told["state"] for told in wearer.get("/api/proposals", params={"wearer_id": 1}).json()]
    assert states == ["expired", "withdrawn", "refused"]
    assert controller.asked is None


def test_a_proposal_of_somebody_who_may_not_tune_any_more_is_not_applied(
    clinician: TestClient, wearer: TestClient, controller: Controller, clinic: Clinic
) -> None:
    made = proposed(clinician)["id"]
    with clinic.store.session() as session:
        session.query(Account).filter_by(name=CLINICIAN_NAME).one().disabled = True
    assert wearer.post(f"/api/proposals/{made}/accept").status_code == 409
    assert controller.asked is None


@pytest.mark.parametrize(
    "values", [{}, {"gain": {"elbow": 5}}, {"gain": {"elbow": "NaN"}}, {"unknown": 1}, {"vote": 2}]
)
def test_a_proposal_that_no_profile_can_be_is_refused(clinician: TestClient, values: dict[str, Any]) -> None:
    answer = clinician.post("/api/proposals", json={"wearer_id": 1, "values": values, "reason": "x"})
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)
