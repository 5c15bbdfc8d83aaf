"""Accounts, sign-ins and the audit log."""

import sqlite3
from contextlib import closing

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event

from clinic.parts import Clinic
from clinic.store.tables.people import Account
from tests.unit.clinic.conftest import CLINICIAN_NAME, PASSWORD, WEARER_NAME, SignInAs

NEW = "another long password"


def account_id(clinician: TestClient, name: str) -> int:
    return int(next(told["id"] for told in clinician.get("/api/accounts").json() if told["name"] == name))


def test_a_clinician_makes_an_account_for_a_wearer_who_then_signs_in(clinician: TestClient, nobody: TestClient) -> None:
    made = clinician.post("/api/wearers", json={"name": "Second"}).json()["id"]
    asked = {"name": "second", "role": "wearer", "wearer_id": made, "password": NEW}
    assert clinician.post("/api/accounts", json=asked).status_code == 201
    assert clinician.post("/api/accounts", json=asked).status_code == 409
    answer = nobody.post("/api/sign-in", json={"name": "second", "password": NEW})
    assert (answer.json()["role"], answer.json()["wearer_id"]) == ("wearer", made)


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "x", "role": "wearer", "password": NEW},
        {"name": "x", "role": "clinician", "wearer_id": 1, "password": NEW},
        {"name": "x", "role": "clinician"},
        {"name": "x", "role": "clinician", "password": "short"},
        {"name": "x", "role": "owner", "password": NEW},
        {"name": " x", "role": "clinician", "password": NEW},
        {"name": "x\x00", "role": "clinician", "password": NEW},
        {"name": "x", "role": "wearer", "wearer_id": 10**30},
        {"name": "x", "role": "clinician", "password": NEW, "generation": 1},
    ],
)
def test_an_account_that_makes_no_sense_is_refused_in_a_sentence(
    clinician: TestClient, asked: dict[str, object]
) -> None:
    answer = clinician.post("/api/accounts", json=asked)
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)
    assert NEW not in answer.text


def test_no_hash_leaves_the_store(clinician: TestClient, clinic: Clinic) -> None:
    with clinic.store.session() as session:
        hashes = [account.password_hash for account in session.query(Account)]
    told = clinician.get("/api/accounts").text
    assert all(kept not in told for kept in hashes)
    assert "argon2" not in told


def test_a_disabled_account_is_out_at_once_and_one_s_own_cannot_be(clinician: TestClient, wearer: TestClient) -> None:
    at = account_id(clinician, WEARER_NAME)
    assert wearer.get("/api/me").status_code == 200
    assert clinician.patch(f"/api/accounts/{at}", json={"disabled": True}).json()["disabled"]
    assert wearer.get("/api/me").status_code == 401
    own = account_id(clinician, CLINICIAN_NAME)
    assert clinician.patch(f"/api/accounts/{own}", json={"disabled": True}).status_code == 409
    assert wearer.post("/api/sign-in", json={"name": WEARER_NAME, "password": PASSWORD}).status_code == 403


def test_a_reset_password_signs_the_wearer_out(clinician: TestClient, wearer: TestClient, nobody: TestClient) -> None:
    at = account_id(clinician, WEARER_NAME)
    assert clinician.put(f"/api/accounts/{at}/password", json={"password": NEW}).status_code == 204
    assert wearer.get("/api/me").status_code == 401
    assert nobody.post("/api/sign-in", json={"name": WEARER_NAME, "password": PASSWORD}).status_code == 403
    assert nobody.post("/api/sign-in", json={"name": WEARER_NAME, "password": NEW}).status_code == 200
    own = account_id(clinician, CLINICIAN_NAME)
    assert clinician.put(f"/api/accounts/{own}/password", json={"password": NEW}).status_code == 409


def test_changing_the_own_password_needs_the_present_one_and_ends_the_others(sign_in_as: SignInAs) -> None:
    here, there = sign_in_as(WEARER_NAME), sign_in_as(WEARER_NAME)
    wrong = {"present": "not it", "password": NEW}
    assert here.put("/api/me/password", json=wrong).status_code == 403
    assert here.put("/api/me/password", json={"present": PASSWORD, "password": NEW}).status_code == 204
    assert (here.get("/api/me").status_code, there.get("/api/me").status_code) == (200, 401)


def test_a_sign_in_is_revoked_by_its_owner_or_a_clinician_alone(sign_in_as: SignInAs) -> None:
    clinician, wearer = sign_in_as(CLINICIAN_NAME), sign_in_as(WEARER_NAME)
    of_clinician = clinician.get("/api/sign-ins").json()[0]
    assert of_clinician["here"]
    assert wearer.delete(f"/api/sign-ins/{of_clinician['id']}").status_code == 404
    assert wearer.get("/api/sign-ins", params={"wearer_id": 99}).status_code == 404
    of_wearer = clinician.get("/api/sign-ins", params={"wearer_id": wearer.get("/api/me").json()["wearer_id"]}).json()
    assert [told["account"] for told in of_wearer] == [WEARER_NAME]
    assert clinician.delete(f"/api/sign-ins/{of_wearer[0]['id']}").status_code == 204
    assert wearer.get("/api/me").status_code == 401


def test_what_was_done_is_in_the_log_and_a_wearer_does_not_read_it(clinician: TestClient, wearer: TestClient) -> None:
    made = clinician.post("/api/wearers", json={"name": "Second"}).json()["id"]
    clinician.post("/api/wearers", json={"name": "Second"})
    log = clinician.get("/api/audit").json()
    assert (log[0]["who"], log[0]["what"], log[0]["wearer_id"]) == (CLINICIAN_NAME, "added the wearer", made)
    assert len(log) == 1, "a refused request is nothing that was done"
    assert clinician.get("/api/audit", params={"before": log[0]["id"]}).json() == []
    assert wearer.get("/api/audit").status_code == 403


def test_a_change_whose_route_writes_nothing_down_is_in_the_log_all_the_same(
    app: FastAPI, clinician: TestClient
) -> None:
    @app.post("/api/quiet")
    def quiet() -> str:
        return "done"

    @app.get("/api/quiet")
    def read() -> str:
        return "read"

    clinician.get("/api/quiet")
    assert clinician.get("/api/audit").json() == []
    clinician.post("/api/quiet")
    assert [(entry["who"], entry["what"]) for entry in clinician.get("/api/audit").json()] == [
        (CLINICIAN_NAME, "POST /api/quiet")
    ]


def test_a_stop_is_answered_also_when_the_store_is_full(app: FastAPI, clinician: TestClient, clinic: Clinic) -> None:
    @app.post("/api/quiet")
    def quiet() -> str:
        return "done"

    with clinic.store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    event.listen(clinic.store.engine, "connect", lambda raw, _: raw.execute(f"PRAGMA max_page_count={pages}"))
    clinic.store.engine.dispose()
    for _ in range(200):
        assert clinician.post("/api/quiet").json() == "done"
    answer = clinician.post("/api/wearers", json={"name": "Second", "note": "x" * 2000})
    answer = clinician.post("/api/wearers", json={"name": "Third", "note": "x" * 2000})
    assert answer.status_code == 507
    assert "full" in answer.json()["detail"]
    assert [told["name"] for told in clinician.get("/api/wearers").json()][-1] != "Third"


def test_a_busy_store_is_told_and_nothing_is_changed(clinician: TestClient, clinic: Clinic) -> None:
    event.listen(clinic.store.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=50"))
    clinic.store.engine.dispose()
    file = clinic.store.engine.url.database
    assert file is not None
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = clinician.post("/api/wearers", json={"name": "Second"})
        other.execute("ROLLBACK")
    assert (answer.status_code, "busy" in answer.json()["detail"]) == (409, True)
    assert clinician.post("/api/wearers", json={"name": "Second"}).status_code == 201
