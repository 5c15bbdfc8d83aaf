"""A phone is paired once, with its PIN, in time."""

from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from clinic.parts import Clinic
from clinic.security.pairings import LASTS_S, MOST_OPEN, MOST_TRIES, Pairings
from clinic.security.reachable import host_for_phones
from clinic.settings import ClinicSettings
from tests.unit.clinic.conftest import ADDRESS


@pytest.fixture
def phone(app: FastAPI, nobody: TestClient) -> TestClient:
    client = TestClient(app, ADDRESS)
    client.portal = nobody.portal
    return client


def opened(client: TestClient, wearer_id: int = 1) -> dict[str, str]:
    answer = client.post("/api/pairings", json={"wearer_id": wearer_id})
    assert answer.status_code == 201, answer.text
    told: dict[str, str] = answer.json()
    return told


def token_of(pairing: dict[str, str]) -> str:
    address = urlsplit(pairing["url"])
    assert not address.query
    return address.fragment.removeprefix("pair/")


def test_a_phone_is_signed_in_as_the_wearer_and_listed_and_revoked(clinician: TestClient, phone: TestClient) -> None:
    pairing = opened(clinician)
    assert pairing["qr_svg"].startswith("<svg")
    assert pairing["pin"] not in pairing["url"]
    answer = phone.post("/api/pair", json={"token": token_of(pairing), "pin": pairing["pin"], "device": "Ines' phone"})
    assert answer.json()["role"] == "wearer"
    assert "Max-Age=" in answer.headers["set-cookie"]
    assert clinician.get(f"/api/pairings/{pairing['number']}").json() == {"state": "paired"}
    listed = clinician.get("/api/sign-ins", params={"wearer_id": 1}).json()
    assert [told["device"] for told in listed] == ["Ines' phone"]
    assert phone.get("/api/me").status_code == 200
    assert clinician.delete(f"/api/sign-ins/{listed[0]['id']}").status_code == 204
    assert phone.get("/api/me").status_code == 401


def test_a_pairing_works_once(clinician: TestClient, phone: TestClient) -> None:
    pairing = opened(clinician)
    asked = {"token": token_of(pairing), "pin": pairing["pin"]}
    assert phone.post("/api/pair", json=asked).status_code == 200
    phone.cookies.clear()
    assert phone.post("/api/pair", json=asked).status_code == 403


def test_the_pin_is_guessed_five_times_and_no_more(clinician: TestClient, phone: TestClient) -> None:
    pairing = opened(clinician)
    wrong = f"{(int(pairing['pin']) + 1) % 1_000_000:06d}"
    for _ in range(MOST_TRIES):
        assert phone.post("/api/pair", json={"token": token_of(pairing), "pin": wrong}).status_code == 403
    assert phone.post("/api/pair", json={"token": token_of(pairing), "pin": pairing["pin"]}).status_code == 403
    assert clinician.get(f"/api/pairings/{pairing['number']}").json() == {"state": "over"}


def test_the_link_without_the_pin_and_the_pin_without_the_link_are_worth_nothing(
    clinician: TestClient, phone: TestClient
) -> None:
    pairing = opened(clinician)
    assert phone.post("/api/pair", json={"token": "another", "pin": pairing["pin"]}).status_code == 403
    assert phone.post("/api/pair", json={"token": token_of(pairing)}).status_code == 422
    assert phone.post("/api/pair", json={"token": "ä", "pin": "000000"}).status_code == 403
    half = b'{"token": "\\ud83d", "pin": "000000"}'
    answer = phone.post("/api/pair", content=half, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500


def test_a_wearer_pairs_its_own_phone_and_no_other_s_and_a_phone_pairs_none(
    clinician: TestClient, wearer: TestClient, phone: TestClient
) -> None:
    other = clinician.post("/api/wearers", json={"name": "Second"}).json()["id"]
    assert wearer.post("/api/pairings", json={"wearer_id": other}).status_code == 404
    pairing = opened(wearer)
    token = phone.post("/api/pair", json={"token": token_of(pairing), "pin": pairing["pin"]}).json()["csrf_token"]
    phone.headers["X-CSRF-Token"] = token
    assert phone.post("/api/pairings", json={"wearer_id": 1}).status_code == 403


def test_a_wearer_without_an_account_gets_one_that_no_password_opens(clinician: TestClient, phone: TestClient) -> None:
    other = clinician.post("/api/wearers", json={"name": "Second"}).json()["id"]
    pairing = opened(clinician, other)
    assert (
        phone.post("/api/pair", json={"token": token_of(pairing), "pin": pairing["pin"]}).json()["wearer_id"] == other
    )
    made = next(told for told in clinician.get("/api/accounts").json() if told["wearer_id"] == other)
    assert not made["has_password"]
    for password in ("", "!", "nobody's"):
        answer = phone.post("/api/sign-in", json={"name": "Second", "password": password})
        assert answer.status_code == 403


def test_an_ended_pairing_is_over(clinician: TestClient, phone: TestClient) -> None:
    pairing = opened(clinician)
    assert clinician.delete(f"/api/pairings/{pairing['number']}").status_code == 204
    assert phone.post("/api/pair", json={"token": token_of(pairing), "pin": pairing["pin"]}).status_code == 403


def test_a_pairing_ends_by_itself_and_their_number_is_bounded() -> None:
    at_s = [0.0]
    pairings = Pairings(clock_s=lambda: at_s[0])
    first = pairings.begin(1)
    at_s[0] = LASTS_S - 1
    newer = pairings.begin(1)
    assert pairings.redeem(first.token, first.pin) is None
    at_s[0] = 2 * LASTS_S - 1
    assert pairings.redeem(newer.token, newer.pin) is None
    many = [pairings.begin(wearer) for wearer in range(MOST_OPEN + 1)]
    assert pairings.redeem(many[0].token, many[0].pin) is None
    assert pairings.redeem(many[1].token, many[1].pin) == 1


def test_the_link_names_a_host_that_a_phone_finds(clinic: Clinic) -> None:
    here = clinic.settings
    assert host_for_phones(here, "127.0.0.1") == "127.0.0.1"
    tls = {"certificate": here.run, "key": here.run, "run": here.run}
    all_addresses = "0.0.0.0"  # noqa: S104 - nothing listens
    everywhere = ClinicSettings(host=all_addresses, **tls)
    assert host_for_phones(everywhere, "192.168.1.7") == "192.168.1.7"
    named = ClinicSettings(host=all_addresses, names=("clinic.local",), **tls)
    assert host_for_phones(named, "127.0.0.1") == "clinic.local"
    assert host_for_phones(ClinicSettings(host="192.168.1.8", **tls), "localhost") == "192.168.1.8"
