"""The table of sites: who sees it, what is refused, two people at once, and what the last calibration says of it."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from clinic.calibrating.kept import keep, put_in_force
from clinic.parts import Clinic
from clinic.sites.patterns import PATTERNS
from clinic.sites.quality import quality_of
from clinic.sites.site import Site
from clinic.store.present import present_wearer
from controller.contract.calibration import CalibrationState
from controller.contract.calibration_result import CalibrationResult

WEARERS = Path(__file__).resolve().parents[4] / "configs/wearers"
SITE = {"channel": 1, "nerve": "median", "muscle": "biceps, short head", "function": "hand_close", "view": "front",
        "x": 0.5, "y": 0.4}  # fmt: skip
OTHER = {**SITE, "channel": 2, "function": "hand_open"}
RESULT = CalibrationResult(
    session="0" * 16,
    classes=("hand_close", "hand_open", "rest"),
    levels=((50.0, 9.0), (5.0, 25.0), (5.0, 5.0)),
    correlation=((1.0, -0.25), (-0.25, 1.0)),
)


@pytest.fixture
def address(clinic: Clinic) -> str:
    with clinic.store.session() as session:
        return f"/api/sites/of/{present_wearer(session)}"


def test_a_table_is_kept_and_read_again(clinician: TestClient, address: str) -> None:
    assert clinician.get(address).json()["version"] == 0
    body = {"version": 0, "pattern": "transhumeral_four", "sites": [SITE, OTHER]}
    kept = clinician.put(address, json=body).json()
    assert (kept["version"], kept["sites"], kept["author"]) == (1, [SITE, OTHER], "Grete Weber")
    assert clinician.get(address).json() == kept
    moved = clinician.put(address, json={**body, "version": 1, "sites": [SITE]}).json()
    assert (moved["version"], moved["sites"]) == (2, [SITE])


def test_two_people_cannot_overwrite_each_other(clinician: TestClient, address: str) -> None:
    body = {"version": 0, "sites": [SITE]}
    assert clinician.put(address, json=body).status_code == 200
    assert "Grete Weber changed these sites meanwhile" in clinician.put(address, json=body).json()["detail"]
    assert clinician.put(address, json={**body, "version": 1}).status_code == 200
    for stale in (0, 1, 3, 2**31 - 2):
        assert clinician.put(address, json={"version": stale, "sites": []}).status_code == 409
    assert clinician.get(address).json()["sites"] == [SITE]


@pytest.mark.parametrize(
    "change",
    [
        {"version": -1},
        {"version": 2**31},
        {"sites": [SITE, SITE]},
        {"sites": [{**SITE, "channel": 0}]},
        {"sites": [{**SITE, "x": 1.5}]},
        {"sites": [{**SITE, "y": None}]},
        {"sites": [{**SITE, "view": "inside"}]},
        {"sites": [{**SITE, "function": "Hand close"}]},
        {"sites": [{**SITE, "muscle": "x" * 65}]},
        {"sites": [{**SITE, "nerve": "median\x00"}]},
        {"sites": [{**SITE, "channel": channel} for channel in range(1, 66)]},
        {"pattern": "../../etc"},
        {"author": "somebody else"},
    ],
)
def test_what_is_malformed_changes_nothing(clinician: TestClient, address: str, change: dict[str, Any]) -> None:
    answer = clinician.put(address, json={"version": 0, "sites": [SITE], **change})
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)
    assert clinician.get(address).json()["version"] == 0


def test_sites_are_for_clinicians(nobody: TestClient, wearer: TestClient, clinician: TestClient, address: str) -> None:
    for client, status in ((nobody, 401), (wearer, 403)):
        assert client.get(address).status_code == status
        assert client.get("/api/sites/patterns").status_code == status
        assert client.put(address, json={"version": 0, "sites": []}).status_code in (status, 403)
    assert clinician.get("/api/sites/of/999").status_code == 404


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.key)
def test_patterns_say_what_the_wearers_files_say(pattern: Any) -> None:
    file = tomllib.loads((WEARERS / f"{pattern.key}.toml").read_text(encoding="utf-8"))
    meant = {muscle["motion"]: (muscle["nerve"], muscle["name"]) for muscle in file["muscles"]}
    told = {site.function: (site.nerve, site.muscle) for site in pattern.sites if site.function}
    assert told == meant
    assert len(pattern.sites) == len(file["sites"])
    assert [site.channel for site in pattern.sites] == list(range(1, len(pattern.sites) + 1))


def test_the_last_calibration_tells_how_well_each_site_did(clinic: Clinic, clinician: TestClient, address: str) -> None:
    clinician.put(address, json={"version": 0, "sites": [SITE, OTHER]})
    wearer_id = int(address.rpartition("/")[2])
    fit = {"classes": RESULT.classes, "windows": 9, "error_percent": 1.0, "running_error_percent": 2.0}
    state = CalibrationState.model_validate({"session": "0" * 16, "fit": fit})
    used = keep(clinic.store, state, RESULT, "Grete Weber", wearer_id)
    put_in_force(clinic.store, used)
    keep(clinic.store, state, RESULT.model_copy(update={"levels": ()}), "Grete Weber", wearer_id)  # not in force
    kept = clinician.get(address).json()
    assert kept["calibrated"]
    first, second = kept["quality"]
    assert (first["rest"], first["effort"], first["over_rest_db"]) == (5.0, 50.0, 20.0)
    assert first["own_share"] == pytest.approx(45 / 49, abs=1e-3)
    assert (first["alike"], first["alike_share"]) == (2, -0.25)
    assert second["own_share"] == 1.0
    assert kept["correlation"] == [[1.0, -0.25], [-0.25, 1.0]]


def test_what_cannot_be_told_is_not_made_up() -> None:
    sites = [Site(channel=1, function="hand_close"), Site(channel=2), Site(channel=9, function="hand_open")]
    assert all(one.rest is None and one.own_share is None for one in quality_of(sites, None))
    found = quality_of(sites, RESULT)
    assert found[1].effort is None
    assert found[1].own_share is None
    assert found[1].rest == 5.0
    assert found[2].rest is None
    silent = RESULT.model_copy(update={"levels": ((0.0, 0.0),) * 3, "correlation": ()})
    assert quality_of(sites, silent)[0].own_share is None
    assert quality_of(sites, silent)[0].over_rest_db is None
    assert (
        quality_of(sites, RESULT.model_copy(update={"classes": ("hand_close", "hand_open", "still")}))[0].rest is None
    )
