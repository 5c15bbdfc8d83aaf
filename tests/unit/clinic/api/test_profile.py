"""The profile over the API, without a broker: who may ask for what, and that nothing is claimed to be done."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from clinic.parts import Clinic
from clinic.store.present import set_present_wearer
from clinic.tune.history import History
from controller.contract.requests import ProfileState, ProfileValues

VALUES = ProfileValues(
    gain={"elbow": 1.0, "wrist_rotation": 1.0, "hand": 1.0},
    speed_limit={"elbow": 0.5, "wrist_rotation": 1.0, "hand": 1.0},
    rejection_threshold=0.6,
    ramp_ms=100.0,
    dead_band=0.0,
    vote=1,
)


def state(version: int, **changes: Any) -> ProfileState:
    values = VALUES.model_copy(update=changes)
    return ProfileState(version=version, author="Grete", reason="too jumpy", values=values)


def announced(clinic: Clinic, client: TestClient, one: ProfileState) -> None:
    """Let the controller have said it; on the loop, as the link does."""
    assert client.portal is not None
    client.portal.call(clinic.link.take, "profile", one.encode())


def test_nobody_sees_or_changes_a_profile(nobody: TestClient) -> None:
    for method, path in (("GET", ""), ("POST", ""), ("POST", "/confirm"), ("POST", "/restore"), ("GET", "/history")):
        assert nobody.request(method, f"/api/profile{path}", json={}).status_code == 401
    assert nobody.post("/api/what-if", json={}).status_code == 401


def test_before_a_controller_spoke_there_is_no_profile_and_no_change(clinician: TestClient) -> None:
    assert clinician.get("/api/profile").json()["state"] is None
    refused = clinician.post("/api/profile", json={"version": 0, "values": {"vote": 3}, "reason": "why not"})
    assert (refused.status_code, "no controller" in refused.json()["detail"]) == (409, True)


def test_a_change_that_no_broker_takes_is_not_confirmed(clinic: Clinic, clinician: TestClient) -> None:
    announced(clinic, clinician, state(3))
    refused = clinician.post("/api/profile", json={"version": 3, "values": {"vote": 3}, "reason": "why not"})
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("NOT CONFIRMED")


def test_a_change_made_against_an_older_version_is_told_who_changed_what(clinic: Clinic, clinician: TestClient) -> None:
    history = clinic.profile.history
    for one in (state(3), state(4, ramp_ms=300.0)):
        history.keep(one)
    announced(clinic, clinician, state(5, ramp_ms=300.0, gain={**VALUES.gain, "elbow": 0.5}))
    refused = clinician.post("/api/profile", json={"version": 3, "values": {"vote": 3}, "reason": "why not"})
    assert refused.status_code == 409
    assert refused.json()["detail"] == (
        "made against version 3; meanwhile Grete made version 5 (too jumpy): gain elbow 1 → 0.5, ramp_ms 100 → 300"
    )


@pytest.mark.parametrize(
    "body",
    [
        '{"version": 3, "reason": "x", "values": {"gain": {"elbow": NaN}}}',
        '{"version": 3, "reason": "x", "values": {"gain": {"elbow": 1e999}}}',
        '{"version": 3, "reason": "x", "values": {"gain": {"elbow": 4.5}}}',
        '{"version": 3, "reason": "x", "values": {"gain": {"elbow": "fast"}}}',
        '{"version": 3, "reason": "x", "values": {"vote": 2}}',
        '{"version": 3, "reason": "x", "values": {"speed": 1}}',
        '{"version": 3, "reason": "x", "trial_s": 1}',
        '{"version": 3, "reason": "x", "trial_s": NaN}',
        '{"version": -1, "reason": "x"}',
        '{"version": 3, "reason": "x", "locked": {"speed": [0, 1]}}',
        '{"version": 3, "reason": "x", "locked": {"vote": [3, 1]}}',
        '{"version": 3, "reason": "  "}',
        "[]",
    ],
)
def test_what_no_profile_can_be_is_refused_before_it_is_asked_for(
    clinic: Clinic, clinician: TestClient, body: str
) -> None:
    announced(clinic, clinician, state(3))
    refused = clinician.post("/api/profile", content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code == 422, refused.text


@pytest.mark.parametrize(
    "body",
    [
        '{"page": "a", "values": {"gain": {"elbow": NaN}}}',
        '{"page": "a b", "values": {}}',
        '{"page": "a", "values": {}, "seconds": 1e9}',
        '{"page": "a", "values": {}, "seconds": NaN}',
        '{"page": "a", "values": {}, "until": -4}',
    ],
)
def test_what_cannot_be_replayed_is_refused(clinician: TestClient, body: str) -> None:
    refused = clinician.post("/api/what-if", content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code == 422, refused.text


def test_a_wearer_locks_nothing_and_somebody_elses_wearer_sees_nothing(clinic: Clinic, wearer: TestClient) -> None:
    announced(clinic, wearer, state(3))
    refused = wearer.post("/api/profile", json={"version": 3, "locked": {"vote": [1, 3]}})
    assert (refused.status_code, refused.json()["detail"]) == (403, "only a clinician may lock ranges")
    assert wearer.get("/api/profile").json()["ranges"]["speed_limit.elbow"] == [0.0, 0.5]
    with clinic.store.session() as session:
        set_present_wearer(session, None)
    for path in ("/api/profile", "/api/profile/history", "/api/what-if"):
        assert wearer.get(path).status_code == 403


def test_the_history_tells_who_changed_what_and_keeps_the_last_accepted_profile(
    clinic: Clinic, clinician: TestClient
) -> None:
    history = clinic.profile.history
    on_trial = state(4, ramp_ms=300.0).model_copy(update={"trial_s": 20.0, "before": 3})
    for one in (state(3), state(3), on_trial):
        history.keep(one)
    assert history.last_kept() == state(3)
    history.keep(state(4, ramp_ms=300.0))  # confirmed
    history.keep(state(5, ramp_ms=300.0).model_copy(update={"locked": {"vote": (1.0, 3.0)}}))
    told = clinician.get("/api/profile/history").json()
    assert [(one["version"], one["kept"]) for one in told] == [(5, True), (4, True), (3, True)]
    assert told[1]["changes"] == [{"key": "ramp_ms", "before": 100.0, "after": 300.0}]
    assert told[0]["locks"] == ["vote 1 to 3 for the wearer"]
    assert history.last_kept() == history_state(history)
    refused = clinician.post("/api/profile/restore", json={"entry": 999, "version": 5})
    assert refused.status_code == 404


def history_state(history: History) -> ProfileState:
    return ProfileState.model_validate_json(history.newest(1, None)[0].state)
