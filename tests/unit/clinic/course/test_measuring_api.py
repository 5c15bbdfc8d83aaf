"""The routine over the API, with a clock that a test turns and levels that it makes."""

import time
from typing import Any

import pytest
from fastapi.testclient import TestClient

from controller.contract.calibration import CalibrationPhase, CalibrationState
from controller.contract.status import ControllerStatus, Device
from controller.safety.states import State
from drivers.source import Unit
from tests.rigs.clinic_people import ClinicPeople
from tests.unit.clinic.course.test_course_api import MEDIAN, path, plan
from tests.unit.clinic.course.test_prompted_levels import SESSION, report

ASKED = {"motion": "hand_close", "request": "occasion-1"}


class Arm:
    """What the controller says to the service."""

    def __init__(self, people: ClinicPeople) -> None:
        self.people = people
        self.client = people.signed_in("grete")
        self.measuring = people.clinic.measuring
        self.now_s = 50.0
        self.measuring.clock_s = lambda: self.now_s
        assert self.client.put(path(people.of_ines), json={"version": 0, "plan": plan()}).status_code == 200
        device = Device(kind="serial", name="d", channels=4, rate_hz=1000.0, unit=Unit.MICROVOLT.value)
        self.say("controller_status", ControllerStatus(status="running", session=SESSION, device=device).encode())

    def say(self, name: str, payload: bytes) -> None:
        portal = self.client.portal
        assert portal is not None
        portal.call(self.measuring.hear, name, payload)

    def signal(self, *level: float, state: State = State.READY) -> None:
        self.say("signal", report(*level, state=state).encode())

    def where(self, of: int | None = None) -> str:
        return f"{path(self.people.of_ines if of is None else of)}/measuring"

    def begin(self, client: TestClient | None = None, **asked: Any) -> Any:
        return (client or self.client).post(self.where(), json={**ASKED, **asked})

    def play(self) -> None:
        """Sit through the routine."""
        steps = self.client.get(self.where()).json()["steps"]
        for _ in range(round(steps[-1]["end_s"] / 0.05) + 2):
            since_s = self.measuring.elapsed_s
            if since_s is None:
                break
            step = next((one for one in steps if one["start_s"] <= since_s < one["end_s"]), steps[0])
            active = not step["rests"] and since_s - step["start_s"] > 0.3
            self.signal(4.0, 4.0, 44.0 if active else 4.0, 9.0 if active else 4.0)
            self.now_s += 0.05
        self.ended()

    def ended(self) -> dict[str, Any]:
        """Wait until the store has it: that is a thread's work."""
        deadline_s = time.monotonic() + 10.0
        while time.monotonic() < deadline_s:
            found: dict[str, Any] = self.client.get(self.where()).json()
            if found["ended"]:
                return found
        raise AssertionError("the routine did not end")


@pytest.fixture
def arm(people: ClinicPeople) -> Arm:
    return Arm(people)


def test_a_site_is_measured_and_seen_in_the_course(arm: Arm, people: ClinicPeople) -> None:
    arm.signal(4.0, 4.0, 4.0, 4.0)
    assert arm.begin().json()["elapsed_s"] == 0.0
    arm.play()
    ended = arm.ended()
    assert (ended["ended"], ended["why"], ended["elapsed_s"]) == ("occasion-1", "", None)
    sites = people.signed_in("ines").get(path(people.of_ines)).json()["sites"]
    point = sites[0]["points"][0]
    assert (point["effort"], point["rest"], point["unit"], point["source"]) == (44.0, 4.0, "uV", "guided")
    assert point["independence"] == pytest.approx(40.0 / 45.0)
    assert sites[0]["stage"] == "held"


def test_sent_twice_it_is_one(arm: Arm, people: ClinicPeople) -> None:
    arm.signal(4.0, 4.0, 4.0, 4.0)
    assert arm.begin().status_code == 200
    assert arm.begin().status_code == 200
    assert arm.begin(request="occasion-2").status_code == 409
    arm.play()
    arm.signal(4.0, 4.0, 4.0, 4.0)
    assert arm.begin().json()["elapsed_s"] is None
    assert len(arm.client.get(path(people.of_ines)).json()["sites"][0]["points"]) == 1


def test_the_one_who_wears_the_arm_may_measure_and_nobody_else(arm: Arm, people: ClinicPeople) -> None:
    arm.signal(4.0, 4.0, 4.0, 4.0)
    paul = people.signed_in("paul")
    assert arm.begin(paul).status_code in {403, 404}
    assert paul.post(arm.where(people.of_paul), json=ASKED).status_code == 403
    assert arm.client.post(arm.where(people.of_paul), json=ASKED).status_code == 409
    assert arm.begin(people.signed_in("ines")).status_code == 200
    paul.delete(arm.where(people.of_paul))
    assert arm.client.get(arm.where()).json()["elapsed_s"] is not None
    arm.client.delete(arm.where())
    assert "stopped" in arm.ended()["why"]


@pytest.mark.parametrize("state", [State.ENGAGED, State.HOLDING])
def test_not_while_the_arm_would_follow(arm: Arm, state: State) -> None:
    arm.signal(4.0, 4.0, 4.0, 4.0, state=state)
    answer = arm.begin()
    assert answer.status_code == 409
    assert "switch it off" in answer.json()["detail"]
    arm.signal(4.0, 4.0, 4.0, 4.0)
    assert arm.begin().status_code == 200
    arm.signal(4.0, 4.0, 4.0, 4.0, state=state)
    assert "switched on" in arm.ended()["why"]
    assert arm.client.get(path(arm.people.of_ines)).json()["sites"][0]["points"] == []


def test_what_is_missing_is_told(arm: Arm) -> None:
    assert "no levels come" in arm.begin().json()["detail"]
    arm.signal(4.0, 4.0, 4.0, 4.0)
    arm.now_s += 5.0
    assert "no levels come" in arm.begin().json()["detail"]
    arm.signal(4.0, 4.0)
    assert "there is no 3" in arm.begin().json()["detail"]
    arm.signal(4.0, 4.0, 4.0, 4.0)
    assert arm.begin(motion="supination").status_code == 404
    arm.say("calibration_state", CalibrationState(session=SESSION, phase=CalibrationPhase.RECORDING).encode())
    assert "calibration" in arm.begin().json()["detail"]
    unset = {"version": 1, "plan": plan(transfers=[{**MEDIAN, "channel": None}])}
    assert arm.client.put(path(arm.people.of_ines), json=unset).status_code == 200
    assert "which channel" in arm.begin().json()["detail"]


def test_malformed_messages_change_nothing(arm: Arm) -> None:
    arm.signal(4.0, 4.0, 4.0, 4.0)
    assert arm.begin().status_code == 200
    for name in ("signal", "calibration_state", "controller_status", "event", "no such"):
        for payload in (b"", b"{}", b"NaN", b"\xff\xfe", b'{"level": [1e999]}', b"[" * 500):
            arm.say(name, payload)
    arm.play()
    assert arm.ended()["why"] == ""
