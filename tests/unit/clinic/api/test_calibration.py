"""Calibration as the API gives it: who may what, what is refused, what is kept."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from clinic.calibrating.kept import keep, put_in_force
from clinic.calibrating.rule import judge
from clinic.calibrating.short import plan_of
from clinic.parts import Clinic
from clinic.store.present import present_wearer, set_present_wearer
from clinic.store.tables.people import Wearer
from controller.contract.calibration import CalibrationState

SESSION = "0123456789abcdef"
GOOD = {"trial": "hand_close:1", "verdict": "good", "sentence": "Hand close, trial 1: good.", "onset_s": 0.4,
        "signal_to_noise_db": 12.0, "effort_range": 2.0, "recognised": 1.0}  # fmt: skip
SHADOW: dict[str, Any] = {
    "session": SESSION,
    "phase": "shadow",
    "trials": [GOOD],
    "fit": {"classes": ["rest", "hand_close"], "windows": 300, "error_percent": 2.0, "running_error_percent": 30.0},
    "shadow": {"decisions": 400, "agreement": 0.6, "cost_ms": 0.05, "rest": 0.98},
}


def state(**more: Any) -> CalibrationState:
    return CalibrationState.model_validate({**SHADOW, **more})


def test_without_a_broker_nothing_is_asked_and_the_reason_is_told(clinician: TestClient) -> None:
    stands = clinician.get("/api/calibration").json()
    assert stands["state"] is None
    assert stands["verdict"] is None
    assert "hand_close" in stands["plan"]["motions"]
    assert "rest" not in stands["plan"]["motions"]
    answer = clinician.post("/api/calibration", json={"action": "add"})
    assert answer.status_code == 409
    assert "no connection to the broker" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "explode"},
        {"action": "add", "hold_s": 1e9},
        {"action": "add", "hold_s": "NaN"},
        {"action": "add", "trials_per_motion": -1},
        {"action": "add", "motions": ["Hand Close"]},
        {"action": "add", "positions": ["down"] * 6},
        {"action": "redo", "trials": ["hand_close"]},
        {"action": "redo", "trials": ["hand_close:1"] * 121},
        {"action": "add", "by": "somebody else"},
        {"action": "add", "request": "mine"},
        [],
        "add",
    ],
)
def test_what_is_malformed_is_refused_before_anybody_is_asked(clinician: TestClient, body: Any) -> None:
    answer = clinician.post("/api/calibration", json=body)
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)


def test_nobody_sees_or_asks(nobody: TestClient) -> None:
    assert nobody.get("/api/calibration").status_code == 401
    assert nobody.get("/api/calibration/kept").status_code == 401
    assert nobody.post("/api/calibration", json={"action": "add"}).status_code in (401, 403)


def test_a_wearer_adds_but_does_not_replace(wearer: TestClient) -> None:
    answer = wearer.post("/api/calibration", json={"action": "start"})
    assert answer.status_code == 403
    assert "only a clinician" in answer.json()["detail"]
    assert "broker" in wearer.post("/api/calibration", json={"action": "add"}).json()["detail"]


def test_a_wearer_whose_arm_it_is_not_now_cannot_calibrate_it(clinic: Clinic, wearer: TestClient) -> None:
    with clinic.store.session() as session:
        other = Wearer(name="somebody else")
        session.add(other)
        session.flush()
        set_present_wearer(session, other.id)
    assert wearer.post("/api/calibration", json={"action": "add"}).status_code == 403
    assert wearer.get("/api/calibration").status_code == 403
    assert wearer.get(f"/api/calibration/kept?wearer_id={other.id}").status_code == 404


def test_fits_are_kept_with_their_trials_and_those_in_force_are_marked(clinic: Clinic, wearer: TestClient) -> None:
    with clinic.store.session() as session:
        wearer_id = present_wearer(session)
    first = keep(clinic.store, state(), None, "Ines Calvo", wearer_id)
    keep(clinic.store, state(), None, "another client", None)
    put_in_force(clinic.store, first)
    put_in_force(clinic.store, 999)  # deleted meanwhile: nothing happens
    found = wearer.get("/api/calibration/kept").json()
    assert [(one["id"], one["in_force"], one["by"]) for one in found] == [(first, True, "Ines Calvo")]
    assert found[0]["trials"][0]["sentence"] == GOOD["sentence"]
    assert found[0]["fit"]["error_percent"] == 2.0


# the rule by which a wearer alone may use a new model


def test_a_better_model_may_be_used() -> None:
    found = judge(state())
    assert found.may_use
    assert found.sentence == "wrong today: 2.0 % instead of 30.0 %"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"phase": "recorded"}, "none"),
        ({"fit": None}, "none"),
        ({"shadow": None}, "none"),
        ({"trials": [GOOD, {**GOOD, "trial": "elbow_flexion:1", "verdict": "redo"}]}, "trials"),
        ({"fit": {**SHADOW["fit"], "error_percent": None}}, "unmeasured"),
        ({"fit": {**SHADOW["fit"], "running_error_percent": None}}, "unmeasured"),
        ({"fit": {**SHADOW["fit"], "error_percent": 30.1}}, "worse"),
        ({"fit": {**SHADOW["fit"], "error_percent": 20.1}}, "poor"),
        ({"shadow": {**SHADOW["shadow"], "decisions": 199}}, "watching"),
        ({"shadow": {**SHADOW["shadow"], "rest": 0.89}}, "restless"),
    ],
)
def test_in_doubt_the_old_model_stays_and_the_reason_is_told(changed: dict[str, Any], why: str) -> None:
    found = judge(state(**changed))
    assert not found.may_use
    assert found.why == why
    assert found.sentence
    assert found.pending is (why in ("none", "watching"))


# under a minute


@pytest.mark.parametrize("count", range(1, 15))
def test_the_short_calibration_is_under_a_minute(count: int) -> None:
    plan = plan_of([f"motion_{number}" for number in range(count)])
    assert plan.whole_s == pytest.approx(count * (plan.hold_s + plan.rest_s) + plan.rest_s, abs=0.05)
    assert plan.hold_s >= 1.6
    assert plan.fits is (plan.whole_s <= 45.0)
    assert plan.fits is (count <= 14)
