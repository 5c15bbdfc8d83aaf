"""Passwords, attempts, and how long a sign-in lasts."""

import logging
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from sqlalchemy import select

from clinic.parts import Clinic
from clinic.security import passwords
from clinic.security.attempts import COUNTERS, Attempts
from clinic.security.passwords import NO_PASSWORD, hashed, is_right
from clinic.store.tables.base import now
from clinic.store.tables.people import Account, SignInEntry
from tests.unit.clinic.conftest import CLINICIAN_NAME, PASSWORD, SignInAs


def test_a_wrong_password_and_an_unknown_name_are_told_alike(nobody: TestClient) -> None:
    wrong = nobody.post("/api/sign-in", json={"name": CLINICIAN_NAME, "password": "wrong"})
    unknown = nobody.post("/api/sign-in", json={"name": "Nobody", "password": "wrong"})
    assert (
        (wrong.status_code, wrong.json())
        == (unknown.status_code, unknown.json())
        == (
            403,
            {"detail": "name or password is wrong"},
        )
    )


def test_an_unknown_name_takes_a_whole_verification(monkeypatch: pytest.MonkeyPatch) -> None:
    verified = []

    class Counting:
        def __init__(self) -> None:
            self._real = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

        def hash(self, password: str) -> str:
            return self._real.hash(password)

        def verify(self, kept: str, password: str) -> bool:
            verified.append(kept)
            return self._real.verify(kept, password)

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    assert not is_right("nobody's", None)
    assert not is_right("nobody's", NO_PASSWORD)
    assert is_right(PASSWORD, hashed(PASSWORD))
    assert len(verified) == 3


def test_too_many_attempts_are_refused_even_with_the_right_password(nobody: TestClient) -> None:
    answers = [nobody.post("/api/sign-in", json={"name": CLINICIAN_NAME, "password": "wrong"}) for _ in range(10)]
    assert {answer.status_code for answer in answers} == {403}
    assert nobody.post("/api/sign-in", json={"name": CLINICIAN_NAME, "password": PASSWORD}).status_code == 429


def test_mistyping_before_the_right_password_is_forgotten(nobody: TestClient) -> None:
    for _ in range(3):
        for _ in range(8):
            nobody.post("/api/sign-in", json={"name": CLINICIAN_NAME, "password": "wrong"})
        assert nobody.post("/api/sign-in", json={"name": CLINICIAN_NAME, "password": PASSWORD}).status_code == 200


def test_made_up_names_take_no_memory_and_one_address_is_bounded() -> None:
    attempts = Attempts()
    allowed = [attempts.may_try(f"name {number}", "10.0.0.1") for number in range(60)]
    assert allowed == [True] * 40 + [False] * 20
    other = Attempts()
    assert sum(other.may_try(f"name {number}", f"fd00::{number:x}") for number in range(60)) == 40
    for number in range(3000):
        other.may_try(f"{number}", f"10.{number % 256}.{number // 256}.1")
    assert len(other._limiter.storage.events) <= 2 * COUNTERS + 1  # type: ignore[attr-defined]
    assert not other.may_try("one more", "192.0.2.1")


def test_no_password_and_no_cookie_is_in_the_log_or_in_an_answer(
    nobody: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for body in (
        {"name": CLINICIAN_NAME, "password": PASSWORD},
        {"name": "", "password": PASSWORD},
        {"password": PASSWORD},
    ):
        answer = nobody.post("/api/sign-in", json=body)
        assert PASSWORD not in answer.text
        assert "hash" not in answer.text
    assert PASSWORD not in caplog.text
    assert nobody.cookies["efferent_clinic"] not in caplog.text


def test_a_sign_in_ends_when_idle_when_old_and_when_the_account_is_disabled(
    clinic: Clinic, sign_in_as: SignInAs
) -> None:
    for change in (
        {"used": now() - timedelta(minutes=61)},
        {"until": now() - timedelta(seconds=1)},
    ):
        client = sign_in_as(CLINICIAN_NAME)
        assert client.get("/api/me").status_code == 200
        with clinic.store.session() as session:
            for entry in session.scalars(select(SignInEntry)):
                for name, value in change.items():
                    setattr(entry, name, value)
        assert client.get("/api/me").status_code == 401
    client = sign_in_as(CLINICIAN_NAME)
    with clinic.store.session() as session:
        session.query(Account).filter_by(name=CLINICIAN_NAME).one().disabled = True
    assert client.get("/api/me").status_code == 401


def test_a_use_is_noted_so_that_who_works_is_not_signed_out(clinic: Clinic, sign_in_as: SignInAs) -> None:
    client = sign_in_as(CLINICIAN_NAME)
    with clinic.store.session() as session:
        session.query(SignInEntry).one().used = now() - timedelta(minutes=59)
    assert client.get("/api/me").status_code == 200
    with clinic.store.session() as session:
        assert session.query(SignInEntry).one().used > now() - timedelta(minutes=1)


def test_signing_out_everywhere_ends_the_others_too(sign_in_as: SignInAs) -> None:
    here, there = sign_in_as(CLINICIAN_NAME), sign_in_as(CLINICIAN_NAME)
    assert here.post("/api/sign-out-everywhere").status_code == 200
    assert there.get("/api/me").status_code == 401


def test_one_account_has_a_bounded_number_of_sign_ins(clinic: Clinic, sign_in_as: SignInAs) -> None:
    first = sign_in_as(CLINICIAN_NAME)
    with clinic.store.session() as session:
        session.query(SignInEntry).one().used = now() - timedelta(minutes=1)
    for _ in range(20):
        last = sign_in_as(CLINICIAN_NAME)
    with clinic.store.session() as session:
        assert session.query(SignInEntry).count() == 20
    assert (first.get("/api/me").status_code, last.get("/api/me").status_code) == (401, 200)
