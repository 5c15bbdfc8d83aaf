"""The clinic's API with a running controller and a wearer whose electrodes sit elsewhere today."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from fastapi.testclient import TestClient

from cli.demo.wearer_stage import WearerStage
from clinic.app import create_app, create_clinic
from clinic.parts import Clinic
from clinic.security.signed_in import COOKIE, begin_sign_in, csrf_token
from clinic.settings import ClinicSettings
from clinic.store.present import set_present_wearer
from clinic.store.tables.people import CLINICIAN, WEARER, Account, Wearer
from tests.rigs.bus_watch import BusWatch

pytestmark = [pytest.mark.timeout(600), pytest.mark.mosquitto]
# Scoring and fitting yield to everything else on a busy machine.
PATIENCE_S = 250.0
# As short as leaves half a second of each trial once its settling time is left out.
QUICK = {"hold_s": 1.5, "rest_s": 1.2, "trials_per_motion": 1}


class Stage(WearerStage):
    """Broker, wearer, device, controller; the arm has no mass."""

    def __init__(self) -> None:
        super().__init__("mosquitto", "serial")
        self._arm_options = ()


class Obedient:
    """The wearer does what the prompts say, as long as `obeys`."""

    def __init__(self, stage: Stage, watch: BusWatch) -> None:
        self.obeys = True
        self._stage, self._watch, self._ended, self._meant = stage, watch, threading.Event(), ""
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def mean(self, motion: str) -> None:
        if motion != self._meant:
            self._meant = motion
            self._stage.tell_emulator(f"intent {motion} 0.7" if motion != "rest" else "intent rest")

    def _follow(self) -> None:
        while not self._ended.wait(0.02):
            state = self._watch.calibration
            if self.obeys and state is not None and state.prompt is not None:
                self.mean(state.prompt.motion)
            elif self.obeys and state is not None and state.phase == "scoring":
                self.mean("rest")

    def end(self) -> None:
        self._ended.set()
        self._thread.join()


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage() as running:
        running.set_up()
        yield running


@pytest.fixture(scope="module")
def watch(stage: Stage) -> Iterator[BusWatch]:
    with BusWatch(stage.address, stage.arm.name) as one:
        one.until(lambda: one.is_in("ready"), PATIENCE_S)
        yield one


@pytest.fixture(scope="module")
def body(stage: Stage, watch: BusWatch) -> Iterator[Obedient]:
    one = Obedient(stage, watch)
    yield one
    one.end()


@pytest.fixture(scope="module")
def clinic(stage: Stage) -> Clinic:
    store = stage.folder / "clinic.db"
    made = create_clinic(ClinicSettings(run=stage.config_file, store=str(store)))
    with made.store.session() as session:
        wearer = Wearer(name="Ines Calvo")
        session.add(wearer)
        session.flush()
        session.add(Account(name="Grete Weber", role=CLINICIAN, password_hash=""))
        session.add(Account(name="Ines Calvo", role=WEARER, password_hash="", wearer_id=wearer.id))
        set_present_wearer(session, wearer.id)
    return made


@pytest.fixture(scope="module")
def open_page(clinic: Clinic) -> Iterator[Callable[[str], TestClient]]:
    """Sign somebody in; all share the running application."""
    app = create_app(clinic)
    with TestClient(app, "http://127.0.0.1:8440") as running:

        def signed_in(name: str) -> TestClient:
            with clinic.store.session() as session:
                cookie = begin_sign_in(clinic, session, session.query(Account).filter_by(name=name).one())
            token = {"X-CSRF-Token": csrf_token(clinic, cookie)}
            page = TestClient(app, "http://127.0.0.1:8440", cookies={COOKIE: cookie}, headers=token)
            page.portal = running.portal
            return page

        until(lambda: clinic.link.connected and "calibration_state" in clinic.link.latest)
        yield signed_in


@pytest.fixture
def clinician(open_page: Callable[[str], TestClient], watch: BusWatch, body: Obedient) -> Iterator[TestClient]:
    """A clinician's page; whatever the test leaves is cancelled."""
    page = open_page("Grete Weber")
    body.obeys = True
    body.mean("rest")
    until(lambda: stands(page)["state"] is not None)
    yield page
    state = stands(page)["state"]
    if state is not None and state["phase"] != "idle":
        ask(page, "cancel")


@pytest.fixture
def wearer(clinician: TestClient, open_page: Callable[[str], TestClient]) -> TestClient:
    return open_page("Ines Calvo")


def until(what: Callable[[], Any], within_s: float = PATIENCE_S) -> None:
    deadline_s = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(0.02)


def stands(page: TestClient) -> Any:
    return page.get("/api/calibration").json()


def ask(page: TestClient, action: str, **more: Any) -> str:
    """Ask, and return what is said: the controller's word, or why not."""
    answer = page.post("/api/calibration", json={"action": action, **more})
    assert answer.status_code in (200, 409), answer.text
    return str(answer.json().get("said") or "refused: " + answer.json()["detail"])


def until_phase(page: TestClient, phase: str) -> Any:
    until(lambda: (stands(page)["state"] or {}).get("phase") == phase)
    return stands(page)["state"]


def share_right(body: Obedient, watch: BusWatch, motions: list[str]) -> float:
    """How often the running model is right while the wearer makes each motion; nothing is taught meanwhile."""
    body.obeys = False
    right = []
    for motion in motions:
        body.mean(motion)
        time.sleep(0.6)  # the wearer's muscles, and a whole window
        first = watch.count("signal")
        until(partial(_has, watch, first + 6))
        right += [payload.find(f'"decided":"{motion}"'.encode()) >= 0 for _, payload in watch.heard["signal"][first:]]
    body.mean("rest")
    body.obeys = True
    return sum(right) / len(right)


def _has(watch: BusWatch, signals: int) -> bool:
    return watch.count("signal") >= signals


def test_a_wearer_whose_electrodes_moved_recalibrates_alone_and_accuracy_returns(
    stage: Stage, watch: BusWatch, body: Obedient, clinician: TestClient, wearer: TestClient
) -> None:
    motions = stands(wearer)["plan"]["motions"]
    assert share_right(body, watch, motions) > 0.9
    stage.tell_emulator("shift 10 -32")  # the electrodes were put on anew
    time.sleep(0.5)
    before = share_right(body, watch, motions)
    assert before < 0.8

    assert ask(wearer, "add", **QUICK) == "calibration: add by Ines Calvo"
    assert "not possible while calibration is 'recording'" in ask(clinician, "add", **QUICK)  # a second page
    # A trial is scored while others are still asked for, and both pages are told the same.
    until(lambda: stands(wearer)["state"]["trials"] or stands(wearer)["state"]["phase"] == "recorded")
    state = until_phase(wearer, "recorded")
    assert stands(clinician)["state"]["trials"] == state["trials"]
    assert {trial["trial"] for trial in state["trials"]} == {"rest:1", *(f"{motion}:1" for motion in motions)}
    assert not [trial["sentence"] for trial in state["trials"] if trial["verdict"] == "redo"]
    ask(wearer, "fit")
    state = until_phase(wearer, "shadow")
    assert state["fit"]["error_percent"] < 5.0 < state["fit"]["running_error_percent"]
    result = stands(wearer)["result"]
    assert set(result["classes"]) == {"rest", *motions}
    assert len(result["clouds"]) == len(result["classes"]) == len(result["confusion"])
    if not stands(wearer)["verdict"]["may_use"]:  # too soon: the rule waits until rest was seen
        assert ask(wearer, "swap").startswith("refused: ")
    until(lambda: stands(wearer)["verdict"]["may_use"])
    ask(wearer, "swap")
    assert until_phase(wearer, "idle")["may_go_back"]
    assert share_right(body, watch, motions) > max(0.9, before + 0.15)

    kept = wearer.get("/api/calibration/kept").json()
    until(lambda: wearer.get("/api/calibration/kept").json()[0]["in_force"])
    assert kept[0]["by"] == "Ines Calvo"
    assert len(kept[0]["trials"]) == len(motions) + 1
    ask(wearer, "back")
    until(lambda: "added" not in (stands(wearer)["state"] or {"trained_on": "added"})["trained_on"])


def test_a_wearer_who_sits_idle_is_told_which_trials_to_do_again(
    body: Obedient, clinician: TestClient, wearer: TestClient
) -> None:
    body.obeys = False
    ask(wearer, "add", motions=["hand_close", "hand_open"], **QUICK)
    state = until_phase(wearer, "recorded")
    bad = [trial["trial"] for trial in state["trials"] if trial["verdict"] == "redo"]
    assert bad == ["hand_close:1", "hand_open:1"]
    assert "no contraction was seen" in state["trials"][1]["sentence"]
    assert ask(wearer, "swap").startswith("refused: ")
    body.obeys = True
    ask(wearer, "redo", trials=["hand_close:1"])
    state = until_phase(wearer, "recorded")
    assert [trial["trial"] for trial in state["trials"] if trial["verdict"] == "redo"] == ["hand_open:1"]
    ask(wearer, "delete", trials=["hand_open:1"])
    assert {trial["trial"] for trial in stands(wearer)["state"]["trials"]} == {"rest:1", "hand_close:1"}


def test_of_two_pages_that_ask_at_once_one_is_refused_and_any_phase_can_be_cancelled(clinician: TestClient) -> None:
    trained_on = stands(clinician)["state"]["trained_on"]
    with ThreadPoolExecutor(2) as both:
        said = sorted(both.map(lambda _: ask(clinician, "add", motions=["hand_close"], **QUICK), range(2)))
    assert said[0] == "calibration: add by Grete Weber"
    assert said[1].startswith("refused: ")
    for phase in ("recording", "scoring", "fitting", "shadow"):
        bring_to(clinician, phase)
        ask(clinician, "cancel")
        state = until_phase(clinician, "idle")
        assert (state["trials"], state["fit"], state["trained_on"]) == ([], None, trained_on), phase


def bring_to(page: TestClient, phase: str) -> None:
    """Bring a session to a phase, from wherever it is, or to the one after it if that was over too soon to be seen."""
    later = {"scoring": ("scoring", "recorded"), "fitting": ("fitting", "shadow")}.get(phase, (phase,))
    if stands(page)["state"]["phase"] == "idle":
        ask(page, "add", motions=["hand_close"], **QUICK)
    if phase in ("fitting", "shadow"):
        until_phase(page, "recorded")
        ask(page, "fit")
    until(lambda: stands(page)["state"]["phase"] in later)


def test_a_controller_that_is_killed_in_the_middle_is_told_and_the_next_one_begins_anew(
    stage: Stage, watch: BusWatch, clinician: TestClient
) -> None:
    ask(clinician, "add", motions=["hand_close"], **QUICK)
    session = until_phase(clinician, "recording")["session"]
    stage.process("controller").kill()
    stage.process("controller").wait()
    said = ask(clinician, "cancel")
    assert "did not answer" in said or "no connection" in said
    stage.start_controller()
    until(lambda: (stands(clinician)["state"] or {}).get("session") not in (None, session))
    state = stands(clinician)["state"]
    assert (state["phase"], state["trials"]) == ("idle", [])
    watch.until(lambda: watch.is_in("ready"), PATIENCE_S)
    assert not ask(clinician, "add", motions=["hand_close"], **QUICK).startswith("refused")
