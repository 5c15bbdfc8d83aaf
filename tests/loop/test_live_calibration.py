"""Calibration over a real broker while the controller runs: prompts, scores, fit elsewhere, shadow, swap, back."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from controller import service as service_module
from controller.broker_address import BrokerAddress
from controller.bus import Bus
from controller.calibration.fit import FitSettings, fit_model
from controller.contract.calibration import CalibrationAction as Action
from controller.contract.calibration import CalibrationPhase as Phase
from controller.contract.calibration import CalibrationRequest, CalibrationState
from controller.contract.requests import Mode
from controller.decoders.model import Model
from controller.decoders.model_file import load_model, save_model
from controller.safety.states import State
from controller.tasks import end_task
from drivers.source import EmgSource
from sim.broker import RunningBroker, start_broker
from tests.loop.test_service import CHANNELS, RATE_HZ, Observer, Rig, Wearer, observing, service_for
from tests.unit.controller.streams import labelled_noise

PATIENCE_S = 100.0
# A dozen seconds of prompts, and processes that take a while to start on a busy machine.
pytestmark = pytest.mark.timeout(400)
# Long enough to leave half a second of each trial once its settling time is left out.
QUICK = {"hold_s": 1.4, "rest_s": 1.6, "trials_per_motion": 1}


@dataclass(slots=True)
class Clinic:
    """Asks for calibration, hears how it stands, and tells the wearer what to do, who obeys."""

    rig: Rig
    bus: Bus
    states: list[CalibrationState] = field(default_factory=list)
    obeys: bool = True

    @property
    def observer(self) -> Observer:
        return self.rig.observer

    @property
    def state(self) -> CalibrationState:
        return self.states[-1]

    def take(self, _topic: str, payload: bytes) -> None:
        state = CalibrationState.model_validate_json(payload)
        self.states.append(state)
        if self.obeys:
            self.rig.wearer.meant = state.prompt.motion if state.prompt is not None else "rest"

    async def ask(self, action: Action, **more: Any) -> str:
        """Ask, and return the answer."""
        said = len(self.observer.events)
        request = CalibrationRequest.model_validate({"action": action, "by": "clinic", **more})
        self.bus.post(self.observer.topics.calibration_set, request.encode())
        await self.until(lambda: len(self.observer.events) > said)
        return self.observer.events[said]

    async def until(self, what: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not what():
                    await asyncio.sleep(0.01)
        except TimeoutError:
            pytest.fail(f"it did not happen; {self.states[-1:]}, events {self.observer.events}")

    async def until_phase(self, phase: Phase) -> None:
        await self.until(lambda: bool(self.states) and self.state.phase is phase)

    async def record(self, action: Action = Action.ADD, **more: Any) -> None:
        """Go through the prompts."""
        await self.observer.until_state(State.READY)
        assert await self.ask(action, **{**QUICK, **more}) == f"calibration: {action.value} by clinic"
        await self.until(lambda: self.state.phase is Phase.RECORDED)

    async def shadow(self) -> None:
        """Record, fit, and let the new model follow."""
        await self.record()
        await self.ask(Action.FIT)
        await self.until_phase(Phase.SHADOW)


@pytest.fixture(scope="module")
def broker() -> Iterator[RunningBroker]:
    with start_broker("auto") as running:
        yield running


@pytest.fixture(scope="module")
def first_model() -> Model:
    return fit_model(labelled_noise(RATE_HZ, CHANNELS), FitSettings(settle_ms=100.0), "noise")


@pytest.fixture
def wearer(monkeypatch: pytest.MonkeyPatch) -> Wearer:
    one = Wearer()

    def make(kind: str, settings: Mapping[str, Any]) -> EmgSource:
        return one

    monkeypatch.setattr(service_module, "make_source", make)
    return one


@pytest.fixture
def path(tmp_path: Path, first_model: Model) -> Path:
    save_model(first_model, tmp_path / "model.npz")
    return tmp_path / "model.npz"


@asynccontextmanager
async def clinic_of(broker: RunningBroker, wearer: Wearer, path: Path) -> AsyncIterator[Clinic]:
    service = service_for(broker.url, load_model(path), model_path=path)
    async with observing(broker.url, service.arm.name) as observer:
        running = asyncio.create_task(service.run())
        bus = Bus(
            BrokerAddress(url=broker.url),
            f"clinic-{service.session}",
            [(observer.topics.calibration_state, 1)],
            lambda *said: clinic.take(*said),  # noqa: PLW0108
        )
        clinic = Clinic(Rig(service, wearer, observer, running), bus)
        joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        talking = asyncio.create_task(bus.run(joined))
        try:
            await joined
            yield clinic
        finally:
            await end_task(running)
            await end_task(talking)


async def test_a_session_is_recorded_scored_fitted_followed_put_in_force_and_taken_back(
    broker: RunningBroker, wearer: Wearer, path: Path
) -> None:
    before = path.read_bytes()
    async with clinic_of(broker, wearer, path) as clinic:
        loop = clinic.rig.service._loop
        await clinic.record()
        prompts = [state.prompt.motion for state in clinic.states if state.prompt is not None]
        assert list(dict.fromkeys(prompts)) == ["rest", "hand_close", "hand_open"]
        assert {trial.trial for trial in clinic.state.trials} == {"rest:1", "hand_close:1", "hand_open:1"}
        assert path.with_name("model.session.npz").exists()

        decided = loop.counters.decisions
        await clinic.ask(Action.FIT)
        await clinic.until(lambda: clinic.rig.service._calibration.work.worker is not None)
        worker = clinic.rig.service._calibration.work.worker
        assert worker is not None
        await clinic.until(lambda: worker.pid is not None)
        assert worker.pid != os.getpid()
        await clinic.until_phase(Phase.SHADOW)
        assert loop.counters.decisions > decided  # it went on deciding meanwhile
        assert clinic.state.fit is not None
        assert clinic.state.fit.error_percent is not None
        assert clinic.state.fit.error_percent < 10.0
        await clinic.until(lambda: clinic.state.shadow is not None and clinic.state.shadow.decisions > 100)
        assert clinic.state.shadow is not None
        assert clinic.state.shadow.agreement > 0.9

        await clinic.ask(Action.SWAP)
        await clinic.until_phase(Phase.IDLE)
        assert clinic.state.may_go_back
        assert "added" in clinic.state.trained_on
        assert load_model(path).facts.trained_on == clinic.state.trained_on
        assert clinic.rig.service.model.facts.trained_on == clinic.state.trained_on
        assert path.with_name("model.npz.previous").read_bytes() == before
        assert path.with_name("model.added.npz").exists()

        await clinic.ask(Action.BACK)
        await clinic.until(lambda: clinic.state.trained_on == "noise")
        assert load_model(path).facts.trained_on == "noise"
        assert clinic.rig.service.model.facts.trained_on == "noise"


async def test_swapping_while_engaged_holds_until_the_wearer_rests_and_leaves_no_command_out(
    broker: RunningBroker, wearer: Wearer, path: Path
) -> None:
    async with clinic_of(broker, wearer, path) as clinic:
        await clinic.shadow()
        await clinic.rig.engage()
        clinic.obeys = False
        await clinic.rig.contract()
        first = len(clinic.observer.commands)
        await clinic.ask(Action.SWAP)
        await clinic.until(lambda: "added" in clinic.rig.service.model.facts.trained_on)
        await clinic.observer.until(lambda: clinic.observer.commands[-1].state is State.HOLDING)
        held = len(clinic.observer.commands)
        await clinic.observer.until(lambda: len(clinic.observer.commands) > held + 30)
        assert {command.state for command in clinic.observer.commands[held:]} == {State.HOLDING}
        assert not any(any(command.velocity_rad_s.values()) for command in clinic.observer.commands[held:])
        # No hop was without a decision: the new model had followed.
        rested_on = [command.sample_index for command in clinic.observer.commands[first:]]
        assert set(np.diff(sorted(set(rested_on)))) == {10}
        wearer.meant = "rest"
        await clinic.observer.until_state(State.ENGAGED)
        await clinic.rig.contract()


async def test_nothing_can_be_recorded_while_engaged_nor_engaged_while_recording(
    broker: RunningBroker, wearer: Wearer, path: Path
) -> None:
    async with clinic_of(broker, wearer, path) as clinic:
        await clinic.rig.engage()
        assert "refused: the controller is 'engaged'" in await clinic.ask(Action.ADD)
        clinic.observer.ask(Mode.DISENGAGE)
        await clinic.observer.until_state(State.READY)
        await clinic.ask(Action.START)
        assert clinic.rig.service._calibration.phase is Phase.RECORDING
        said = len(clinic.observer.events)
        clinic.observer.ask(Mode.ENGAGE)
        await clinic.until(lambda: len(clinic.observer.events) > said)
        assert clinic.observer.events[-1].startswith("refused: trials are being recorded")
        await clinic.ask(Action.CANCEL)
        await clinic.rig.engage()


async def test_a_device_that_goes_in_the_middle_of_a_trial_voids_it_and_what_was_recorded_stands(
    broker: RunningBroker, wearer: Wearer, path: Path
) -> None:
    async with clinic_of(broker, wearer, path) as clinic:
        await clinic.record()
        recorded = clinic.state.trials
        await clinic.ask(Action.REDO, trials=["hand_open:1"])
        await clinic.until(lambda: clinic.state.prompt is not None and clinic.state.prompt.motion == "hand_open")
        wearer.plugged = False
        await clinic.until_phase(Phase.RECORDED)
        assert "the device was lost in 'hand_open', trial 1" in clinic.state.what
        assert clinic.state.trials == recorded
        wearer.plugged = True
        await clinic.ask(Action.CANCEL)
        await clinic.until_phase(Phase.IDLE)
        assert clinic.state.trials == ()
        assert clinic.rig.service.model.facts.trained_on == "noise"


async def test_a_process_that_is_killed_leaves_the_session_to_be_fitted_again(
    broker: RunningBroker, wearer: Wearer, path: Path
) -> None:
    async with clinic_of(broker, wearer, path) as clinic:
        await clinic.record()
        worker = clinic.rig.service._calibration.work.worker
        assert worker is not None
        await clinic.ask(Action.FIT)
        await clinic.until(lambda: worker.pid is not None)
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        await clinic.until_phase(Phase.RECORDED)
        assert "ended before its answer" in clinic.state.what
        await clinic.ask(Action.FIT)
        await clinic.until_phase(Phase.SHADOW)
        folder = worker.folder
        await clinic.ask(Action.CANCEL)
        await clinic.until(lambda: not folder.exists())
    assert load_model(path).facts.trained_on == "noise"


async def test_a_disk_that_takes_nothing_leaves_the_running_model(
    broker: RunningBroker, wearer: Wearer, path: Path
) -> None:
    async with clinic_of(broker, wearer, path) as clinic:
        await clinic.shadow()
        folder = path.parent
        folder.rename(folder.with_name("moved"))
        folder.write_text("a file where the folder was")
        try:
            await clinic.ask(Action.SWAP)
            await clinic.until(lambda: "cannot be written" in clinic.state.what)
            assert clinic.state.phase is Phase.SHADOW
            assert clinic.rig.service.model.facts.trained_on == "noise"
        finally:
            folder.unlink()
            folder.with_name("moved").rename(folder)
        assert load_model(path).facts.trained_on == "noise"
        await clinic.ask(Action.SWAP)
        await clinic.until_phase(Phase.IDLE)
        assert load_model(path).facts.trained_on == clinic.rig.service.model.facts.trained_on


async def test_a_damaged_model_is_not_gone_back_to(broker: RunningBroker, wearer: Wearer, path: Path) -> None:
    before = path.read_bytes()
    path.with_name("model.npz.previous").write_bytes(before[: len(before) // 2])
    async with clinic_of(broker, wearer, path) as clinic:
        await clinic.observer.until_state(State.READY)
        await clinic.ask(Action.BACK)
        await clinic.until(lambda: "is not a model of Efferent" in clinic.state.what)
        assert clinic.state.phase is Phase.IDLE
        assert path.read_bytes() == before
        await clinic.rig.engage()


@pytest.mark.parametrize(
    ("action", "more", "answer"),
    [
        (Action.FIT, {}, "'fit' is not possible while calibration is 'idle'"),
        (Action.SWAP, {}, "'swap' is not possible"),
        (Action.REDO, {"trials": ["hand_close:1"]}, "'redo' is not possible"),
        (Action.ADD, {"motions": ["juggle"]}, "the configuration has no motion juggle"),
        (Action.START, {"motions": ["hand_close"]}, "a model needs all motions"),
        (Action.START, {"hold_s": 30.0, "rest_s": 30.0, "trials_per_motion": 20}, None),
    ],
)
async def test_what_cannot_be_is_refused_in_a_sentence(
    broker: RunningBroker, wearer: Wearer, path: Path, action: Action, more: dict[str, Any], answer: str | None
) -> None:
    async with clinic_of(broker, wearer, path) as clinic:
        await clinic.observer.until_state(State.READY)
        said = await clinic.ask(action, **more)
        if answer is None:
            assert not said.startswith("refused")
        else:
            assert said.startswith("refused: ")
            assert answer in said
