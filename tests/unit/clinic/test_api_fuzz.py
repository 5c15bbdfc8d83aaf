"""Requests that nobody meant, made from the API's own description: answered as described, and never with a 5xx.

Some hundred here; EFFERENT_API_CASES says how many for each kind of account, and .ci/nightly asks for 100,000 in all.
"""

import os
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from clinic.parts import Clinic
from clinic.security.passwords import NO_PASSWORD
from clinic.store.tables.people import CLINICIAN, WEARER, Account, Wearer
from tests.unit.clinic.conftest import ADDRESS, SignInAs

CASES = int(os.environ.get("EFFERENT_API_CASES", "80"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
NAME = "Fuzz"


@pytest.mark.parametrize("role", [CLINICIAN, WEARER])
@pytest.mark.timeout(300 + CASES)
def test_no_request_made_from_the_description_is_answered_otherwise_than_described(
    role: str, app: FastAPI, clinic: Clinic, sign_in_as: SignInAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Attempts are counted elsewhere; here they would end the fuzzing of what asks for a password.
    monkeypatch.setattr(clinic.attempts, "may_try", lambda *_: True, raising=False)
    schema = schemathesis.openapi.from_dict(app.openapi())
    case_of = st.one_of(*(schema.as_strategy(generation_mode=mode) for mode in GenerationMode))
    somebody: list[TestClient] = []
    statuses: set[int] = set()

    def signed_in() -> TestClient:
        if not somebody:
            _make_account(clinic, role)
            somebody.append(sign_in_as(NAME))
        return somebody[0]

    # Derandomized: what is found here is found on every machine, and the nightly run looks further.
    @settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        derandomize=CASES < 1000,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=case_of)
    def answers_as_described(case: Any) -> None:
        client = signed_in()
        sent = case.as_transport_kwargs(base_url=ADDRESS)
        headers = {**sent.pop("headers", {}), "X-CSRF-Token": client.headers["X-CSRF-Token"]}
        sent.pop("cookies", None)
        answer = client.request(
            sent.pop("method"),
            sent.pop("url"),
            headers={name: value for name, value in headers.items() if value is not None},
            params=sent.pop("params", None),
            json=sent.pop("json", None),
            content=sent.pop("data", None),
        )
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)
        if client.get("/api/me").status_code == 401:  # it has signed itself out, or deleted or disabled itself
            somebody.clear()

    answers_as_described()
    # It came through the gate, and to where values are looked at.
    assert {200, 422} <= statuses


def _make_account(clinic: Clinic, role: str) -> None:
    with clinic.store.session() as session:
        account = session.query(Account).filter_by(name=NAME).one_or_none()
        if account is not None:
            account.disabled = False
            return
        wearer = session.query(Wearer).first()
        if wearer is None:
            wearer = Wearer(name="Somebody")
            session.add(wearer)
            session.flush()
        wearer_id = wearer.id if role == WEARER else None
        session.add(Account(name=NAME, role=role, password_hash=NO_PASSWORD, wearer_id=wearer_id))
