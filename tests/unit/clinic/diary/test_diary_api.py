from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.rigs.clinic_people import ClinicPeople

NOW = datetime.now(UTC)


def path(wearer_id: int) -> str:
    return f"/api/wearers/{wearer_id}/diary"


def entry(name: str = "entry-01", revision: int = 0, at: datetime | str = NOW, **said: Any) -> dict[str, Any]:
    moment = at if isinstance(at, str) else at.isoformat()
    body = {"at": moment, "phantom": {"now": 3, "average": 4, "worst": 6}, **said}
    return {"entry": name, "revision": revision, "said": body}


@pytest.fixture
def ines(people: ClinicPeople) -> TestClient:
    return people.signed_in("ines")


def test_an_entry_is_read_by_its_wearer_and_clinicians_and_nobody_else(people: ClinicPeople, ines: TestClient) -> None:
    where = path(people.of_ines)
    kept = ines.post(where, json=entry(residual={"worst": 0}, note="after work")).json()["entries"]
    assert [(one["said"]["phantom"], one["said"]["residual"]["worst"], one["author"]) for one in kept] == [
        ({"now": 3, "average": 4, "worst": 6}, 0, "Ines Calvo")
    ]
    assert people.signed_in("grete").get(where).json()["entries"] == kept
    paul = people.signed_in("paul")
    assert paul.get(where).status_code == 404
    assert paul.post(where, json=entry("entry-02")).status_code == 404
    assert paul.delete(f"{where}/entries/entry-01?revision=1").status_code == 404
    assert paul.get(f"{where}/entries/entry-01").status_code == 404
    assert paul.get(f"{path(people.of_paul)}/entries/entry-01").status_code == 404
    assert paul.post(path(people.of_paul), json=entry()).json()["entries"][0]["revision"] == 1


def test_posted_twice_it_is_one_entry(people: ClinicPeople, ines: TestClient) -> None:
    for _ in range(3):
        kept = ines.post(path(people.of_ines), json=entry()).json()["entries"]
    assert [(one["entry"], one["revision"]) for one in kept] == [("entry-01", 1)]
    assert ines.post(path(people.of_ines), json=entry(note="other")).status_code == 409


def test_an_edit_keeps_what_was_said_before(people: ClinicPeople, ines: TestClient) -> None:
    where = path(people.of_ines)
    ines.post(where, json=entry())
    later = ines.post(where, json=entry(revision=1, note="it was worse", phantom={"worst": 8})).json()["entries"]
    assert [(one["revision"], one["said"]["phantom"]["worst"]) for one in later] == [(2, 8)]
    assert ines.post(where, json=entry(revision=1, note="another page")).status_code == 409
    history = ines.get(f"{where}/entries/entry-01").json()
    assert [(one["revision"], one["said"]["phantom"]["worst"]) for one in history] == [(1, 6), (2, 8)]


def test_an_entry_taken_out_stays_in_its_history(people: ClinicPeople, ines: TestClient) -> None:
    where = path(people.of_ines)
    ines.post(where, json=entry())
    assert ines.delete(f"{where}/entries/entry-01?revision=9").status_code == 409
    assert ines.delete(f"{where}/entries/entry-01?revision=1").json()["entries"] == []
    assert ines.delete(f"{where}/entries/entry-01?revision=1").json()["entries"] == []
    assert len(ines.get(f"{where}/entries/entry-01").json()) == 2
    assert ines.delete(f"{where}/entries/entry-77?revision=1").status_code == 404


@pytest.mark.parametrize(
    "said",
    [
        {"phantom": {}},
        {"phantom": {"now": 11}},
        {"phantom": {"now": -1}},
        {"phantom": {"now": 3.5}},
        {"phantom": {"now": "3"}},
        {"phantom": {"now": True}},
        {"phantom": {"now": 7, "worst": 6}},
        {"phantom": {"average": 7, "worst": 6}},
        {"window_h": 25},
        {"note": "x" * 1001},
        {"note": "\x00"},
        {"at": (NOW + timedelta(hours=1)).isoformat()},
        {"at": "1066-10-14T09:00:00Z"},
        {"at": "2026-01-01T09:00:00"},
        {"at": "yesterday"},
        {"unknown": 1},
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    people: ClinicPeople, ines: TestClient, said: dict[str, Any]
) -> None:
    answer = ines.post(path(people.of_ines), json=entry(**said))
    assert answer.status_code == 422
    assert len(answer.json()["detail"]) > 10
    assert ines.get(path(people.of_ines)).json()["entries"] == []


def test_entries_stand_by_their_moment_whatever_the_zone_and_the_order(people: ClinicPeople, ines: TestClient) -> None:
    moments = ["2026-03-29T03:30:00+02:00", "2026-03-29T00:30:00+01:00", "2026-03-28T23:00:00-05:00"]
    for number, at in enumerate(moments):
        kept = ines.post(path(people.of_ines), json=entry(f"entry-{number:02}", at=at)).json()["entries"]
    assert [one["entry"] for one in kept] == ["entry-01", "entry-00", "entry-02"]


def test_the_mark_needs_an_offer_and_the_wearers_own_agreement(people: ClinicPeople, ines: TestClient) -> None:
    where, grete = path(people.of_ines), people.signed_in("grete")
    ines.post(where, json=entry(phantom={"worst": 9}))
    assert not ines.get(where).json()["entries"][0]["marked"]
    assert ines.post(f"{where}/flag/agreement", json={"version": 0, "agreed": True}).status_code == 409
    assert ines.put(f"{where}/flag", json={"version": 0, "offered": True}).status_code == 403
    offered = grete.put(f"{where}/flag", json={"version": 0, "offered": True}).json()
    assert not offered["entries"][0]["marked"]
    assert grete.post(f"{where}/flag/agreement", json={"version": 1, "agreed": True}).status_code == 403
    assert ines.post(f"{where}/flag/agreement", json={"version": 0, "agreed": True}).status_code == 409
    assert ines.post(f"{where}/flag/agreement", json={"version": 1, "agreed": True}).json()["entries"][0]["marked"]
    changed = grete.put(f"{where}/flag", json={"version": 2, "offered": True, "worst_from": 5}).json()
    assert (changed["flag"]["agreed"], changed["entries"][0]["marked"]) == (False, False)
    assert ines.post(f"{where}/flag/agreement", json={"version": 3, "agreed": True}).status_code == 200
    assert not ines.post(f"{where}/flag/agreement", json={"version": 4, "agreed": False}).json()["entries"][0]["marked"]
    assert ines.post(f"{where}/flag/agreement", json={"version": 4, "agreed": True}).status_code == 409


def test_the_context_says_whose_it_is(people: ClinicPeople, ines: TestClient) -> None:
    shown = ines.get(path(people.of_ines)).json()
    assert [share["percent"] for share in shown["published"]] == [72.0, 19.0, 13.0]
    assert "legs" in shown["population"]
    assert "not found" in shown["source"]
