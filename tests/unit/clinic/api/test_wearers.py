"""Wearers, and who wears the arm."""

from fastapi.testclient import TestClient

from tests.unit.clinic.conftest import CLINICIAN_NAME, PASSWORD, WEARER_NAME


def test_signing_in_and_out_ends_the_sign_in_on_the_server_too(nobody: TestClient) -> None:
    answer = nobody.post("/api/sign-in", json={"name": CLINICIAN_NAME, "password": PASSWORD})
    assert answer.status_code == 200
    token, cookie = answer.json()["csrf_token"], dict(nobody.cookies)
    assert nobody.get("/api/me").json() == answer.json()
    assert nobody.post("/api/sign-out").status_code == 403
    assert nobody.post("/api/sign-out", headers={"X-CSRF-Token": token}).status_code == 200
    assert not nobody.cookies
    nobody.cookies.update(cookie)
    assert nobody.get("/api/me").status_code == 401


def test_the_only_wearer_wears_the_arm_until_somebody_says_otherwise(clinician: TestClient, wearer: TestClient) -> None:
    first = clinician.get("/api/wearers").json()[0]["id"]
    assert clinician.get("/api/present").json() == {"wearer_id": first, "wears_now": True}
    second = clinician.post("/api/wearers", json={"name": "Second"}).json()["id"]
    assert clinician.put("/api/present", json={"wearer_id": second}).json()["wearer_id"] == second
    assert wearer.get("/api/present").json() == {"wearer_id": first, "wears_now": False}
    assert wearer.put("/api/present", json={"wearer_id": first}).status_code == 403
    assert clinician.put("/api/present", json={"wearer_id": 999}).status_code == 404


def test_a_wearer_sees_itself_alone(clinician: TestClient, wearer: TestClient) -> None:
    clinician.post("/api/wearers", json={"name": "Second", "note": "private"})
    assert [told["name"] for told in wearer.get("/api/wearers").json()] == [WEARER_NAME]
    assert wearer.post("/api/wearers", json={"name": "Third"}).status_code == 403


def test_two_wearers_have_two_names(clinician: TestClient) -> None:
    answer = clinician.post("/api/wearers", json={"name": WEARER_NAME})
    assert answer.status_code == 409
    assert WEARER_NAME in answer.json()["detail"]
