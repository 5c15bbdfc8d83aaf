"""What is heard over the link is written, marked and shown."""

import io
from datetime import date, timedelta

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from clinic.home_log.emg_ring import KEEPS_S, MOST_BLOCKS, EmgRing, npz_of
from clinic.home_log.home_log import local_day
from clinic.home_log.records import MOST_EMG, keep_mark
from clinic.store.present import set_present_wearer
from clinic.store.tables.people import Wearer
from controller.contract.emg import encode_emg_block
from controller.safety.states import State
from tests.rigs.clinic_people import ClinicPeople
from tests.unit.clinic.home_log.reports import report, status


class AtHome:
    """The service's own log, with a clock that a test turns."""

    def __init__(self, people: ClinicPeople) -> None:
        self.people = people
        self.ines = people.signed_in("ines")
        self.log = people.clinic.home_log
        self.now_s = 100.0
        self.log.clock_s = lambda: self.now_s
        self.log._tally.today = lambda: self.day
        self.day: date = local_day()
        self.turn(writes=False)
        self.hear("controller_status", status(State.READY).encode())

    @property
    def where(self) -> str:
        return f"/api/wearers/{self.people.of_ines}/home-log"

    def hear(self, name: str, payload: bytes) -> None:
        assert self.ines.portal is not None
        self.ines.portal.call(self.log.hear, name, payload)

    def turn(self, writes: bool = True) -> None:
        assert self.ines.portal is not None
        self.ines.portal.call(self.log.turn, writes)

    def wear(self, seconds: float, **other: object) -> None:
        payload = report(**other).encode()  # type: ignore[arg-type]
        for _ in range(round(seconds / 0.05)):
            self.now_s += 0.05
            self.log.hear("signal", payload)

    def consent(self, agrees: bool) -> None:
        with self.people.clinic.store.session() as session:
            wearer = session.get(Wearer, self.people.of_ines)
            assert wearer is not None
            wearer.keeps_raw_emg = agrees

    def wears(self, wearer_id: int | None) -> None:
        with self.people.clinic.store.session() as session:
            set_present_wearer(session, wearer_id)

    def mark(self, request: str = "mark-0001", client: TestClient | None = None) -> object:
        return (client or self.ines).post(f"{self.where}/marks", json={"request": request}).json()

    def emg(self, first: int) -> bytes:
        return encode_emg_block(first, 0, 1000.0, np.full((30, 2), first, dtype="<f4"))


@pytest.fixture
def home(people: ClinicPeople) -> AtHome:
    return AtHome(people)


def test_a_day_is_written_added_to_and_shown(home: AtHome) -> None:
    home.wear(400.0)
    home.wear(0.5, shaped={"hand": 0.5}, decided="hand_close")
    home.wear(0.5, shaped={"hand": -0.5}, decided="hand_open")
    home.turn()
    home.wear(320.0)
    home.turn()
    home.turn()
    day = home.ines.get(home.where).json()["days"][-1]
    assert day["day"] == home.day.isoformat()
    assert day["engaged_h"] == pytest.approx(721.0 / 3600.0, abs=0.001)
    assert day["false_activations"] == 1
    assert day["false_per_hour"] == pytest.approx(3600.0 / 721.0, rel=0.01)
    assert [(one["motion"], one["begun"], one["taken_back"]) for one in day["motions"]] == [
        ("hand_close", 1, 1),
        ("hand_open", 1, 0),
    ]


def test_a_rate_of_a_few_minutes_is_none(home: AtHome) -> None:
    home.wear(300.0)
    home.turn()
    assert home.ines.get(home.where).json()["days"][-1]["false_per_hour"] is None


def test_only_the_wearer_and_clinicians_see_it(home: AtHome, people: ClinicPeople) -> None:
    home.wear(10.0)
    home.turn()
    assert people.signed_in("grete").get(home.where).json()["days"]
    paul = people.signed_in("paul")
    assert paul.get(home.where).status_code == 404
    assert paul.post(f"{home.where}/marks", json={"request": "mark-0001"}).status_code in {403, 404}
    assert paul.get(f"/api/wearers/{people.of_paul}/home-log").json()["days"] == []


def test_what_is_counted_while_nobody_wears_it_is_nobodys(home: AtHome, people: ClinicPeople) -> None:
    home.wears(None)
    home.turn(writes=False)
    home.wear(60.0)
    home.turn()
    home.wears(people.of_ines)
    home.turn()
    home.wear(30.0)
    home.turn()
    day = home.ines.get(home.where).json()["days"][-1]
    assert day["worn_h"] == pytest.approx(30.0 / 3600.0, abs=0.001)


def test_the_next_person_gets_nothing_of_the_last_ones(home: AtHome, people: ClinicPeople) -> None:
    home.wear(50.0)
    home.wears(people.of_paul)
    home.turn()
    assert people.signed_in("grete").get(f"/api/wearers/{people.of_paul}/home-log").json()["days"] == []


def test_a_store_that_fails_loses_nothing(home: AtHome, monkeypatch: pytest.MonkeyPatch) -> None:
    home.wear(60.0)

    def locked(*_: object) -> None:
        raise OperationalError("update", {}, Exception("database is locked"))

    monkeypatch.setattr("clinic.home_log.home_log.add_days", locked)
    home.turn()
    assert home.log.missed
    monkeypatch.undo()
    home.wear(60.0)
    home.turn()
    assert home.ines.get(home.where).json()["days"][-1]["worn_h"] == pytest.approx(120.0 / 3600.0, abs=0.001)


def test_a_wearer_who_was_deleted_stops_nothing(home: AtHome, people: ClinicPeople) -> None:
    home.wear(60.0)
    with people.clinic.store.session() as session:
        session.execute(text("DELETE FROM wearers WHERE id = :id"), {"id": people.of_ines})
    home.turn()
    home.turn()
    with people.clinic.store.session() as session:
        assert session.execute(text("SELECT count(*) FROM home_days")).scalar() == 0


def test_a_mark_names_the_motion_and_counts_once(home: AtHome) -> None:
    home.wear(400.0)
    home.wear(0.5, shaped={"hand": 0.5}, decided="hand_close")
    for _ in range(2):
        assert home.mark() == {"motion": "hand_close", "has_emg": False}
    home.mark("mark-0002")
    home.turn()
    shown = home.ines.get(home.where).json()
    assert shown["days"][-1]["motions"][0]["marked"] == 1
    assert len(shown["marks"]) == 2
    home.now_s += 60.0
    assert home.mark("mark-0003") == {"motion": "", "has_emg": False}


def test_raw_emg_is_kept_with_consent_only_and_goes_with_it(home: AtHome, people: ClinicPeople) -> None:
    home.hear("emg", home.emg(0))
    home.wear(0.5, shaped={"hand": 0.5}, decided="hand_close")
    assert home.mark("mark-0001") == {"motion": "hand_close", "has_emg": False}
    home.consent(True)
    home.turn(writes=False)
    for first in range(0, 900, 30):
        home.hear("emg", home.emg(first))
    assert home.mark("mark-0002") == {"motion": "hand_close", "has_emg": True}
    marks = home.ines.get(home.where).json()["marks"]
    where = f"{home.where}/marks/{marks[0]['id']}/emg.npz"
    held = np.load(io.BytesIO(home.ines.get(where).content))
    assert held["samples"].shape == (900, 2)
    assert (held["index"] == np.arange(900)).all()
    assert people.signed_in("paul").get(where).status_code == 404
    assert people.signed_in("grete").get(where).status_code == 200
    home.consent(False)
    assert home.ines.get(where).status_code == 404
    home.turn(writes=False)
    home.consent(True)
    assert home.ines.get(where).status_code == 404
    assert home.log._ring.payloads() == []


def test_consent_withdrawn_on_the_page_deletes_at_once(home: AtHome, people: ClinicPeople) -> None:
    home.consent(True)
    with people.clinic.store.session() as session:
        keep_mark(session, people.of_ines, "mark-0001", "ines", "hand_close", b"x")
    grete = people.signed_in("grete")
    assert grete.patch(f"/api/wearers/{people.of_ines}", json={"keeps_raw_emg": False}).status_code == 200
    with people.clinic.store.session() as session:
        assert session.execute(text("SELECT count(*) FROM home_marks WHERE emg IS NOT NULL")).scalar() == 0


def test_consent_withdrawn_between_two_looks_keeps_nothing(home: AtHome) -> None:
    home.consent(True)
    home.turn(writes=False)
    home.hear("emg", home.emg(0))
    home.consent(False)
    assert home.mark() == {"motion": "", "has_emg": False}


def test_only_the_newest_marks_have_their_samples(people: ClinicPeople, home: AtHome) -> None:
    home.consent(True)
    with people.clinic.store.session() as session:
        for number in range(MOST_EMG + 5):
            keep_mark(session, people.of_ines, f"mark-{number:04}", "ines", "hand_close", b"x")
    marks = home.ines.get(home.where).json()["marks"]
    assert [mark["has_emg"] for mark in marks] == [True] * MOST_EMG + [False] * 5


def test_the_ring_is_bounded_in_time_and_number() -> None:
    ring = EmgRing()
    for number in range(3 * MOST_BLOCKS):
        ring.take(number * 1e-4, b"x")
    assert len(ring.payloads()) == MOST_BLOCKS
    ring.take(KEEPS_S + 1.0, b"y")
    assert ring.payloads() == [b"y"]
    for _ in range(50):
        ring.take(KEEPS_S + 1.0, b"z" * 1_000_000)
    assert sum(len(payload) for payload in ring.payloads()) <= 8_000_000


def test_blocks_that_are_none_are_left_out() -> None:
    assert npz_of([b"", b"{}", b"\xff"], "hand_close") is None


def test_malformed_messages_change_nothing(home: AtHome) -> None:
    for name in ("signal", "controller_status", "emg", "event"):
        for payload in (b"", b"{}", b"\xff\xfe", b'{"level":[NaN]}'):
            home.hear(name, payload)
    home.wear(60.0)
    home.turn()
    assert len(home.ines.get(home.where).json()["days"]) == 1


def test_days_are_of_the_last_ones_asked_for(home: AtHome) -> None:
    home.day = local_day() - timedelta(days=40)
    home.wear(10.0)
    home.day = local_day()
    home.wear(10.0)
    home.turn()
    assert len(home.ines.get(f"{home.where}?days=30").json()["days"]) == 1
    assert len(home.ines.get(f"{home.where}?days=60").json()["days"]) == 2
    assert home.ines.get(f"{home.where}?days=0").status_code == 422
