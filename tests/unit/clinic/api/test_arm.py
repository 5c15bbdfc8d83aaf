"""Without a broker nothing is told as done."""

import pytest
from fastapi.testclient import TestClient

from clinic.parts import Clinic
from clinic.store.present import set_present_wearer


@pytest.mark.parametrize("what", ["stop", "engage", "disengage", "clear"])
def test_nothing_is_done_without_a_broker_and_that_is_said(clinician: TestClient, what: str) -> None:
    answer = clinician.post(f"/api/arm/{what}")
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("NOT CONFIRMED")


def test_who_does_not_wear_the_arm_may_stop_it_and_no_more(clinic: Clinic, wearer: TestClient) -> None:
    with clinic.store.session() as session:
        set_present_wearer(session, None)
    assert wearer.post("/api/arm/stop").status_code == 409
    for what in ("engage", "disengage", "clear"):
        assert wearer.post(f"/api/arm/{what}").status_code == 403


def test_nobody_who_has_not_signed_in_reaches_the_arm(nobody: TestClient) -> None:
    for what in ("stop", "engage", "disengage", "clear", "decoder"):
        assert nobody.post(f"/api/arm/{what}").status_code == 401


@pytest.mark.parametrize("body", [{}, {"decoder": ""}, {"decoder": "A b"}, {"decoder": "a", "by": "Ann"}, [], "a"])
def test_a_decoder_that_cannot_be_one_is_refused(clinician: TestClient, body: object) -> None:
    assert clinician.post("/api/arm/decoder", json=body).status_code == 422


def test_a_reason_is_bounded(clinician: TestClient) -> None:
    assert clinician.post("/api/arm/stop", json={"reason": "x" * 201}).status_code == 422
