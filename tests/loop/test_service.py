"""The controller in this process, against real brokers: what it says, what it obeys, and how it ends.

The wearer is a source in this file, so that a test decides what is meant and when the device goes.
"""

import asyncio
import hashlib
import itertools
import json
import secrets
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from controller import service as service_module
from controller.arm_config import ArmConfig, JointConfig
from controller.broker_address import BrokerAddress
from controller.bus import Bus
from controller.calibration.fit import FitSettings, fit_model
from controller.calibration.training import Choices
from controller.config import BlackBoxConfig, DeviceConfig, RunConfig
from controller.contract.arm_state import ArmState, GuardCounters
from controller.contract.command import Command
from controller.contract.emg import EmgBlock, WatchRequest
from controller.contract.requests import (
    EventReport,
    Mode,
    ModeRequest,
    ProfileChange,
    ProfileResult,
    ProfileState,
    ProfileValues,
    StopRequest,
)
from controller.contract.status import ControllerStatus
from controller.contract.topics import Topics
from controller.decoders.model import Model
from controller.decoders.motions import Motions
from controller.errors import ModelError
from controller.lsl_outlets import LslOutletConfig
from controller.process_priority import ProcessConfig
from controller.safety.states import State
from controller.service import Service
from controller.tasks import end_task
from drivers.chunk import Chunk
from drivers.errors import SourceLostError, SourceNotFoundError
from drivers.lsl_library import ClockMap, load_pylsl
from drivers.recordings.own_npz import save_recording
from drivers.source import EmgSource, SourceHealth, StreamInfo, Unit
from sim.broker import RunningBroker
from tests.unit.controller.streams import CLASSES, SMOOTHING, labelled_noise, smoothed

PATIENCE_S = 40.0
CORE_OF_NOBODY = 4094
HOP, CHANNELS, RATE_HZ = 10, 4, 1000.0
JOINTS = tuple(
    JointConfig(name=name, min_rad=-9.0, max_rad=9.0, max_speed_rad_s=1.0, max_acceleration_rad_s2=100.0)
    for name in ("hand", "wrist")
)


class Wearer:
    """An `EmgSource`: a hop every 10 ms of what is meant now; `floods` brings one in every turn of the loop."""

    def __init__(self) -> None:
        self.health = SourceHealth()
        self.meant = "rest"
        self.floods = False
        self.plugged = True
        self.dead: list[int] = []
        self._noise = np.random.default_rng(1)
        self._white = np.zeros((len(SMOOTHING) - 1, CHANNELS))
        self._index = 0

    async def open(self) -> StreamInfo:
        if not self.plugged:
            raise SourceNotFoundError("the test has unplugged it")
        self._index = 0
        return StreamInfo("wearer", CHANNELS, RATE_HZ, Unit.MICROVOLT)

    async def chunks(self) -> AsyncIterator[Chunk]:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while self.plugged:
            due_s += HOP / RATE_HZ
            await asyncio.sleep(0.0 if self.floods else max(due_s - loop.time(), 0.0))
            yield self._hop()
        raise SourceLostError("the test has unplugged it")

    def rest(self, until_ns: int) -> None:
        """Go on: this source gathers by the hop anyway."""

    async def close(self) -> None:
        """Nothing to free."""

    def _hop(self) -> Chunk:
        gain = np.zeros(CHANNELS)
        loud = {"rest": slice(0), "hand_close": slice(0, CHANNELS // 2), "hand_open": slice(CHANNELS // 2, None)}
        gain[loud[self.meant]] = 60.0
        white = np.vstack((self._white, self._noise.normal(0.0, 1.0, (HOP, CHANNELS))))
        self._white = white[HOP:]
        samples = smoothed(white) * gain + self._noise.normal(0.0, 3.0, (HOP, CHANNELS))
        samples[:, self.dead] = 0.0
        self._index += HOP
        return Chunk(samples, time.monotonic_ns(), self._index - HOP)


@dataclass(slots=True)
class Observer:
    """Another client: hears all that the controller says, and asks for things."""

    topics: Topics
    bus: Bus
    commands: list[Command] = field(default_factory=list)
    statuses: list[ControllerStatus] = field(default_factory=list)
    profiles: list[ProfileState] = field(default_factory=list)
    results: list[ProfileResult] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    def take(self, topic: str, payload: bytes) -> None:
        topics = self.topics
        if topic == topics.command:
            self.commands.append(Command.model_validate_json(payload))
        elif topic == topics.controller_status:
            self.statuses.append(ControllerStatus.model_validate_json(payload))
        elif topic == topics.profile:
            self.profiles.append(ProfileState.model_validate_json(payload))
        elif topic == topics.profile_result:
            self.results.append(ProfileResult.model_validate_json(payload))
        else:
            self.events.append(EventReport.model_validate_json(payload).what)

    @property
    def state(self) -> State | None:
        return self.statuses[-1].state if self.statuses else None

    @property
    def moving(self) -> bool:
        return bool(self.commands) and is_moving(self.commands[-1])

    def ask(self, mode: Mode) -> None:
        self.bus.post(self.topics.mode_set, ModeRequest(mode=mode, by="test").encode())

    def switch(self, decoder: str) -> None:
        request = ModeRequest(mode=Mode.SWITCH_DECODER, by="test", decoder=decoder)
        self.bus.post(self.topics.mode_set, request.encode())

    def change_gain(self, version: int, gain: Mapping[str, float]) -> None:
        self.change(version, ProfileValues(gain=dict(gain)))

    def change(self, version: int, values: ProfileValues) -> None:
        self.bus.post(self.topics.profile_set, ProfileChange(version=version, author="test", values=values).encode())

    async def until(self, what: Callable[[], bool], words: str = "") -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not what():
                    await asyncio.sleep(0.01)
        except TimeoutError:
            pytest.fail(f"{words or 'it'} did not happen; events {self.events}; {self.statuses[-1:]}")

    async def until_state(self, state: State) -> None:
        await self.until(lambda: self.state is state, state.value)


@asynccontextmanager
async def observing(url: str, arm: str) -> AsyncIterator[Observer]:
    topics = Topics(arm)
    subscriptions = [(topics.command, 0), (topics.controller_status, 1), (topics.profile, 1)]
    subscriptions += [(topics.profile_result, 1), (topics.event, 1)]
    bus = Bus(
        BrokerAddress(url=url),
        f"test-{secrets.token_hex(4)}",
        subscriptions,
        lambda *said: one.take(*said),  # noqa: PLW0108
    )
    one = Observer(topics, bus)
    joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(bus.run(joined))
    try:
        await joined
        yield one
    finally:
        await end_task(task)


@pytest.fixture(scope="module")
def model() -> Model:
    return fit_model(labelled_noise(RATE_HZ, CHANNELS), FitSettings(settle_ms=100.0), "noise")


@pytest.fixture
def wearer(monkeypatch: pytest.MonkeyPatch) -> Wearer:
    """Return the source that every service of this test gets."""
    one = Wearer()

    def make(kind: str, settings: Mapping[str, Any]) -> EmgSource:
        return one

    monkeypatch.setattr(service_module, "make_source", make)
    return one


def service_for(
    url: str,
    model: Model,
    kind: str = "wearer",
    profile: Path | None = None,
    model_path: Path = Path("model.npz"),
    others: Mapping[str, Model] | None = None,
    **settings: Any,
) -> Service:
    """Return a controller of an arm of its own, with a short ramp so that a motion is there at once."""
    config = RunConfig.model_validate(
        {
            "arm": Path("arm.toml"),
            "model": model_path,
            "profile": profile,
            "device": DeviceConfig(kind=kind, settings=settings),
            "broker": BrokerAddress(url=url),
            "motions": {"hand_close": {"hand": 1.0}, "hand_open": {"hand": -1.0}},
            "shaping": {"ramp_ms": 50.0},
            "decoders": {name: Path(f"{name}.npz") for name in others or {}},
        }
    )
    # A profile belongs to an arm: who starts again with the same file has the same arm.
    token = secrets.token_hex(4) if profile is None else hashlib.sha256(str(profile).encode()).hexdigest()[:8]
    return Service(config, ArmConfig(name=f"test-{token}", joints=JOINTS), model, others=others or {})


@dataclass(slots=True)
class Rig:
    """A running controller, who wears it, and who listens."""

    service: Service
    wearer: Wearer
    observer: Observer
    running: "asyncio.Task[None]"

    @property
    def speaks(self) -> bool:
        """Whether this controller, and not one before it, has said how it stands."""
        return self.observer.statuses[-1].session == self.service.session

    async def engage(self) -> None:
        await self.observer.until_state(State.READY)
        self.observer.ask(Mode.ENGAGE)
        await self.observer.until_state(State.ENGAGED)

    async def contract(self) -> None:
        self.wearer.meant = "hand_close"
        await self.observer.until(lambda: self.observer.moving, "motion")

    async def end(self) -> None:
        """End it as SIGTERM does, and hear its last words."""
        await end_task(self.running)
        await self.observer.until(lambda: self.observer.statuses[-1].status == "ended", "the farewell")
        # What came after the farewell would come now.
        await asyncio.sleep(0.2)


@asynccontextmanager
async def rig_on(
    broker: RunningBroker,
    model: Model,
    wearer: Wearer,
    profile: Path | None = None,
    others: Mapping[str, Model] | None = None,
) -> AsyncIterator[Rig]:
    service = service_for(broker.url, model, profile=profile, others=others)
    async with observing(broker.url, service.arm.name) as observer:
        running = asyncio.create_task(service.run())
        try:
            yield Rig(service, wearer, observer, running)
        finally:
            await end_task(running)


async def test_a_black_box_that_has_no_place_is_told_and_keeps_nobody_from_moving(
    broker: RunningBroker, model: Model, wearer: Wearer, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    told: list[str] = []
    service = service_for(broker.url, model)
    folder = tmp_path / "file" / "boxes"
    service.config = service.config.model_copy(update={"black_box": BlackBoxConfig(folder=folder)})
    service.tell = told.append
    async with observing(broker.url, service.arm.name) as observer:
        running = asyncio.create_task(service.run())
        try:
            rig = Rig(service, wearer, observer, running)
            await rig.engage()
            await rig.contract()
        finally:
            await end_task(running)
    assert f"black box: cannot write in {folder}: Not a directory; there will be none" in told


async def test_emg_and_decisions_go_out_as_lsl_streams_with_their_times(
    broker: RunningBroker, model: Model, wearer: Wearer
) -> None:
    service = service_for(broker.url, model)
    service.config = service.config.model_copy(update={"lsl_outlet": LslOutletConfig()})
    async with observing(broker.url, service.arm.name) as observer:
        running = asyncio.create_task(service.run())
        try:
            rig = Rig(service, wearer, observer, running)
            await observer.until_state(State.READY)
            async with recording(f"efferent {service.arm.name}") as (emg, markers):
                await rig.engage()
                began_ns = time.monotonic_ns()
                await rig.contract()
                moved_ns = time.monotonic_ns()
                wearer.meant = "rest"
                await observer.until(lambda: not observer.moving, "rest")
                await asyncio.sleep(0.1)
        finally:
            await end_task(running)
    samples = np.concatenate([samples for samples, _ in emg])
    stamps = np.concatenate([stamps for _, stamps in emg])
    assert samples.shape[1] == CHANNELS
    assert len(samples) > 100
    assert np.all(np.diff(stamps) >= 0)
    np.testing.assert_allclose(np.median(np.diff(stamps)), 1 / RATE_HZ, rtol=0.5)
    words = [word for word, _ in markers]
    assert {"state engaged", "class hand_close", "moves hand+", "moves nothing"} <= set(words)
    assert any(word.startswith("event engaged: ") for word in words)
    assert [stamp for _, stamp in markers] == sorted(stamp for _, stamp in markers)
    moves_ns = ClockMap(load_pylsl("machine").local_clock).monotonic_ns(markers[words.index("moves hand+")][1])
    assert began_ns <= moves_ns <= moved_ns


@asynccontextmanager
async def recording(
    name: str,
) -> AsyncIterator[tuple[list[tuple[NDArray[np.float32], NDArray[np.float64]]], list[tuple[str, float]]]]:
    """Read the streams of EMG and of decisions with inlets of pylsl, as a recorder does, until the context ends."""
    pylsl, ended = load_pylsl("machine"), threading.Event()
    emg: list[tuple[NDArray[np.float32], NDArray[np.float64]]] = []
    markers: list[tuple[str, float]] = []
    opened = threading.Barrier(3)

    def read(kind: str, take: Callable[[Any, Any], None], as_numpy: bool) -> None:
        (found,) = pylsl.resolve_byprop("name", f"{name} {kind}", timeout=PATIENCE_S)
        inlet = pylsl.StreamInlet(found, recover=False)
        inlet.open_stream(timeout=PATIENCE_S)
        opened.wait(PATIENCE_S)
        while not ended.is_set():
            samples, stamps = inlet.pull_chunk(timeout=0.1, min_samples=1, as_numpy=as_numpy)
            if len(stamps):
                take(samples, stamps)

    def take_markers(samples: Any, stamps: Any) -> None:
        markers.extend((words, stamp) for (words,), stamp in zip(samples, stamps, strict=True))

    readers = [
        asyncio.to_thread(read, "EMG", lambda samples, stamps: emg.append((samples, stamps)), True),
        asyncio.to_thread(read, "decisions", take_markers, False),
    ]
    tasks = [asyncio.create_task(reader) for reader in readers]
    try:
        await asyncio.to_thread(opened.wait, PATIENCE_S)
        yield emg, markers
    finally:
        ended.set()
        await asyncio.gather(*tasks)


@pytest.fixture(scope="module")
def direct() -> Model:
    choices = Choices(Motions(("hand", "wrist"), {"hand_close": {"hand": 1.0}, "hand_open": {"hand": -1.0}}))
    return fit_model(
        labelled_noise(RATE_HZ, CHANNELS), FitSettings("direct", settle_ms=100.0, choices=choices), "noise"
    )


async def test_another_decoder_takes_over_at_once_and_nothing_moves_on_because_of_it(
    broker: RunningBroker, model: Model, direct: Model, wearer: Wearer
) -> None:
    async with rig_on(broker, model, wearer, others={"sites": direct}) as rig:
        observer = rig.observer
        await rig.engage()
        await rig.contract()
        assert observer.statuses[-1].decoders == ("default", "sites")
        assert observer.statuses[-1].decoder_name == "default"
        observer.switch("sites")
        await observer.until(lambda: "decoder 'sites' chosen by test" in observer.events, "the answer")
        await observer.until_state(State.HOLDING)
        assert observer.statuses[-1].decoder_name == "sites"
        assert observer.statuses[-1].decoder == "td4-direct"
        await asyncio.sleep(0.8)  # the wearer goes on contracting: longer than the rest that resumes
        assert observer.state is State.HOLDING
        assert not observer.moving
        wearer.meant = "rest"
        await observer.until_state(State.ENGAGED)
        await rig.contract()
        assert observer.statuses[-1].stale_events == 0
        assert observer.statuses[-1].faults == 0


async def test_switching_where_nothing_moves_leaves_the_state_as_it_is(
    broker: RunningBroker, model: Model, direct: Model, wearer: Wearer
) -> None:
    async with rig_on(broker, model, wearer, others={"sites": direct}) as rig:
        observer = rig.observer
        await observer.until_state(State.READY)
        observer.switch("oracle")
        await observer.until(lambda: any("no decoder is called 'oracle'" in event for event in observer.events))
        observer.switch("sites")
        await observer.until(lambda: observer.statuses[-1].decoder_name == "sites", "the switch")
        observer.switch("sites")
        await observer.until(lambda: any("in force already" in event for event in observer.events))
        observer.switch("default")
        await observer.until(lambda: observer.statuses[-1].decoder_name == "default", "the way back")
        assert {status.state for status in observer.statuses if status.decisions} == {State.READY}
        await rig.engage()
        await rig.contract()


async def test_its_status_waits_for_late_comers(broker: RunningBroker, model: Model, wearer: Wearer) -> None:
    async with rig_on(broker, model, wearer) as rig:
        await rig.observer.until_state(State.READY)
        async with observing(broker.url, rig.service.arm.name) as late:
            await late.until(lambda: bool(late.statuses and late.profiles))
            status = late.statuses[0]
            assert (status.status, status.session, status.classes) == ("running", rig.service.session, CLASSES)
            assert late.profiles[0].values.gain == {"hand": 1.0, "wrist": 1.0}


async def test_what_became_of_what_was_asked_of_the_system_is_told_and_shown(
    broker: RunningBroker, model: Model, wearer: Wearer
) -> None:
    told: list[str] = []
    service = service_for(broker.url, model)
    asked = ProcessConfig(cores=(CORE_OF_NOBODY,))
    service.config, service.tell = service.config.model_copy(update={"process": asked}), told.append
    async with observing(broker.url, service.arm.name) as observer:
        running = asyncio.create_task(service.run())
        try:
            await observer.until_state(State.READY)
            assert len(observer.statuses[-1].process) == 1
            assert observer.statuses[-1].process[0].startswith("cores refused: ")
            assert observer.statuses[-1].process[0] in told
        finally:
            await end_task(running)


async def test_whoever_is_cut_off_is_lost_until_it_is_back(broker: RunningBroker, model: Model, wearer: Wearer) -> None:
    async with rig_on(broker, model, wearer) as rig:
        await rig.engage()
        client = rig.service._bus._client
        assert client is not None
        connection = client._client.socket()
        assert isinstance(connection, socket.socket)
        connection.shutdown(socket.SHUT_RDWR)
        observer = rig.observer
        await observer.until(lambda: any(status.status == "lost" for status in observer.statuses), "the last will")
        lost = next(status for status in observer.statuses if status.status == "lost")
        assert lost.session == rig.service.session
        await observer.until(lambda: observer.statuses[-1].reconnects == 1, "the return")
        assert State.HOLDING in {status.state for status in observer.statuses}
        await observer.until_state(State.ENGAGED)  # by itself, after half a second of rest


async def test_engaging_is_refused_while_the_wearer_contracts(
    broker: RunningBroker, model: Model, wearer: Wearer
) -> None:
    wearer.meant = "hand_close"
    async with rig_on(broker, model, wearer) as rig:
        observer = rig.observer
        await observer.until_state(State.READY)
        await asyncio.sleep(0.2)  # the intent passes the ramp
        observer.ask(Mode.ENGAGE)
        await observer.until(lambda: bool(observer.events))
        assert observer.events == ["refused: relax first, the intent is not at rest"]
        assert rig.observer.state is State.READY
        assert not any(is_moving(command) for command in observer.commands)


async def test_a_dead_site_is_left_out_and_with_too_few_left_the_arm_holds(
    broker: RunningBroker, model: Model, wearer: Wearer
) -> None:
    async with rig_on(broker, model, wearer) as rig:
        observer = rig.observer
        await rig.engage()
        await rig.contract()
        wearer.dead = [1]
        await observer.until(lambda: observer.statuses[-1].left_out == (2,), "leaving out")
        assert observer.statuses[-1].hearing == "fewer"
        assert observer.state is State.ENGAGED
        assert observer.moving
        assert "site 2: no signal; check the cable" in observer.events
        wearer.dead = [0, 1, 3]
        await observer.until_state(State.HOLDING)
        assert observer.statuses[-1].hearing == "nothing"
        assert not observer.moving
        wearer.dead = []
        await observer.until(lambda: observer.statuses[-1].left_out == (), "the return")
        assert observer.state is State.HOLDING  # it still contracts
        assert not observer.moving
        wearer.meant = "rest"
        await observer.until_state(State.ENGAGED)


async def test_engaged_moves_the_right_way_and_disengaged_rests(
    broker: RunningBroker, model: Model, wearer: Wearer
) -> None:
    async with rig_on(broker, model, wearer) as rig:
        observer = rig.observer
        await rig.engage()
        await rig.contract()
        await observer.until(lambda: observer.commands[-1].velocity_rad_s["hand"] > 0.5)
        wearer.meant = "hand_open"
        await observer.until(lambda: observer.commands[-1].velocity_rad_s["hand"] < -0.5)
        observer.ask(Mode.DISENGAGE)
        await observer.until(lambda: observer.commands[-1].state is State.READY)
        await asyncio.sleep(0.3)
        assert observer.state is State.READY
        assert observer.events == ["engage by test", "disengage by test"]
        assert not any(is_moving(command) for command in observer.commands if command.state is not State.ENGAGED)
        assert {command.velocity_rad_s["wrist"] for command in observer.commands} == {0.0}
        assert [command.seq for command in observer.commands] == list(range(len(observer.commands)))


async def test_commands_are_signs_of_life_until_engaged_and_then_one_for_every_decision(
    broker: RunningBroker, model: Model, wearer: Wearer
) -> None:
    async with rig_on(broker, model, wearer) as rig:
        observer, counters = rig.observer, rig.service._loop.counters
        await observer.until_state(State.READY)
        decisions, commands = counters.decisions, counters.commands_published
        await observer.until(lambda: counters.decisions >= decisions + 100)
        assert 7 <= counters.commands_published - commands <= 13  # 10 Hz at 100 decisions a second
        await rig.engage()
        decisions = counters.decisions
        await observer.until(lambda: counters.decisions >= decisions + 100)
        rested_on = [command.sample_index for command in observer.commands if command.state is State.ENGAGED]
        # A command that repeats a sample only ages it; none may be left out.
        assert sorted(set(rested_on)) == list(range(rested_on[0], rested_on[-1] + 1, HOP))
        assert len(set(rested_on)) >= 95


async def test_a_joint_at_the_end_of_its_range_is_not_driven_on(
    broker: RunningBroker, model: Model, wearer: Wearer
) -> None:
    async with rig_on(broker, model, wearer) as rig:
        observer = rig.observer
        await rig.engage()
        await rig.contract()
        for _ in range(20):
            observer.bus.publish_now(observer.topics.state, arm_at(hand_rad=9.0))
            await asyncio.sleep(0.01)
        assert not observer.moving
        assert observer.state is State.ENGAGED
        # Feedback that has stopped coming says nothing about where the joint is now: the arm's own guard does.
        await observer.until(lambda: observer.moving)


async def test_a_change_of_gain_is_accepted_announced_and_felt(
    broker: RunningBroker, model: Model, wearer: Wearer
) -> None:
    async with rig_on(broker, model, wearer) as rig:
        observer = rig.observer
        await rig.engage()
        observer.change_gain(0, {"hand": 0.25})
        await observer.until(lambda: bool(observer.results) and observer.profiles[-1].version == 1)
        assert observer.results == [ProfileResult(accepted=True, version=1)]
        before = observer.profiles[0].values
        assert observer.profiles[-1] == ProfileState(
            version=1, author="test", values=before.model_copy(update={"gain": {"hand": 0.25, "wrist": 1.0}})
        )
        wearer.meant = "hand_close"
        await observer.until(lambda: observer.commands[-1].velocity_rad_s["hand"] > 0.2)
        await asyncio.sleep(0.2)
        assert max(command.velocity_rad_s["hand"] for command in observer.commands) <= 0.25
        async with observing(broker.url, rig.service.arm.name) as late:
            await late.until(lambda: bool(late.profiles))
            assert late.profiles[0].version == 1


async def test_what_was_tuned_is_there_at_the_next_start_and_the_delay_of_the_vote_is_shown(
    broker: RunningBroker, model: Model, wearer: Wearer, tmp_path: Path
) -> None:
    profile = tmp_path / "anna.profile.json"
    async with rig_on(broker, model, wearer, profile) as rig:
        await rig.observer.until_state(State.READY)
        delay_ms = rig.observer.statuses[-1].delay_by_design_ms
        rig.observer.change(0, ProfileValues(gain={"hand": 0.5}, rejection={"hand_close": 0.9}, vote=5))
        await rig.observer.until(lambda: bool(rig.observer.results) and rig.observer.results[0].accepted)
        hop_ms = model.facts.hop_s * 1e3
        await rig.observer.until(
            lambda: rig.observer.statuses[-1].delay_by_design_ms == pytest.approx(delay_ms + 2 * hop_ms)
        )
        rig.observer.change(1, ProfileValues(gain={"wrist": 0.0}))
        await rig.observer.until(lambda: rig.observer.profiles[-1].version == 2)
        tuned = rig.observer.profiles[-1]
        await rig.end()
    async with rig_on(broker, model, wearer, profile) as rig:
        await rig.observer.until(lambda: rig.observer.statuses[-1:] != [] and rig.speaks)
        await rig.observer.until(lambda: rig.observer.profiles[-1] == rig.service._requests.profile.state == tuned)
        shaper = rig.service._loop.step.shaper
        assert (shaper.gain.values, shaper.vote.length) == ([0.5, 0.0], 5)
        assert shaper.rejection.thresholds[model.facts.class_names.index("hand_close")] == 0.9


async def test_no_command_is_above_a_speed_limit_whatever_the_gain(
    broker: RunningBroker, model: Model, wearer: Wearer
) -> None:
    async with rig_on(broker, model, wearer) as rig:
        observer = rig.observer
        await rig.engage()
        values = ProfileValues(gain={"hand": 4.0}, class_gain={"hand_close": 4.0}, speed_limit={"hand": 0.25})
        observer.change(0, values)
        await observer.until(lambda: bool(observer.results) and observer.profiles[-1].version == 1)
        assert not observer.results[0].reason
        wearer.meant = "hand_close"
        await observer.until(lambda: observer.commands[-1].velocity_rad_s["hand"] == 0.25)
        observer.change(1, ProfileValues(speed_limit={"hand": 0.0}))
        await observer.until(lambda: observer.profiles[-1].version == 2)
        heard = len(observer.commands)
        await observer.until(lambda: len(observer.commands) > heard + 20)
        assert max(command.velocity_rad_s["hand"] for command in observer.commands) <= 0.25
        assert all(command.velocity_rad_s["hand"] == 0.0 for command in observer.commands[heard + 1 :])


async def test_a_trial_goes_by_itself_in_motion_without_a_jump_and_never_reaches_the_disk(
    broker: RunningBroker, model: Model, wearer: Wearer, tmp_path: Path
) -> None:
    profile = tmp_path / "anna.profile.json"
    async with rig_on(broker, model, wearer, profile) as rig:
        observer = rig.observer
        await rig.engage()
        trial = ProfileChange(
            version=0, author="test", values=ProfileValues(gain={"hand": 0.25}), confirm_within_s=20.0, request="r1"
        )
        observer.bus.post(observer.topics.profile_set, trial.encode())
        await observer.until(lambda: bool(observer.results) and observer.profiles[-1].version == 1)
        assert observer.results == [ProfileResult(accepted=True, version=1, request="r1")]
        assert (observer.profiles[-1].trial_s, observer.profiles[-1].before) == (20.0, 0)
        wearer.meant = "hand_close"
        await observer.until(lambda: observer.commands[-1].velocity_rad_s["hand"] > 0.2)
        heard = len(observer.commands)
        rig.service._requests.profile._ends_ns = time.monotonic_ns()  # twenty seconds have passed
        await observer.until(lambda: observer.profiles[-1].version == 2)
        await observer.until(lambda: observer.commands[-1].velocity_rad_s["hand"] > 0.9)
        speeds = [command.velocity_rad_s["hand"] for command in observer.commands[heard:]]
        assert max(abs(after - before) for before, after in itertools.pairwise(speeds)) < 0.2
        assert observer.state is State.ENGAGED
        assert observer.profiles[-1].values == observer.profiles[0].values
        assert any("nobody confirmed it" in event for event in observer.events)
        await observer.until(profile.exists)
        assert json.loads(profile.read_bytes())["version"] == 2
        assert not profile.with_name(profile.name + ".previous").exists()


async def test_a_controller_that_ends_during_a_trial_begins_again_without_it(
    broker: RunningBroker, model: Model, wearer: Wearer, tmp_path: Path
) -> None:
    profile = tmp_path / "anna.profile.json"
    async with rig_on(broker, model, wearer, profile) as rig:
        await rig.observer.until_state(State.READY)
        rig.observer.change_gain(0, {"hand": 0.5})
        await rig.observer.until(profile.exists)
        trial = ProfileChange(version=1, author="test", values=ProfileValues(gain={"hand": 4.0}), confirm_within_s=20.0)
        rig.observer.bus.post(rig.observer.topics.profile_set, trial.encode())
        await rig.observer.until(lambda: rig.observer.profiles[-1].version == 2)
        await rig.end()
    async with rig_on(broker, model, wearer, profile) as rig:
        await rig.observer.until(lambda: rig.observer.statuses[-1:] != [] and rig.speaks)
        await rig.observer.until(lambda: rig.observer.profiles[-1].version == 1)  # before: what the broker had kept
        assert rig.observer.profiles[-1].trial_s == 0.0
        assert rig.service._loop.step.shaper.gain.values == [0.5, 1.0]


async def test_a_fault_ends_a_trial(broker: RunningBroker, model: Model, wearer: Wearer) -> None:
    async with rig_on(broker, model, wearer) as rig:
        observer = rig.observer
        await rig.engage()
        trial = ProfileChange(
            version=0, author="test", values=ProfileValues(gain={"hand": 2.0}), confirm_within_s=120.0
        )
        observer.bus.post(observer.topics.profile_set, trial.encode())
        await observer.until(lambda: bool(observer.profiles) and observer.profiles[-1].version == 1)
        wearer.plugged = False
        await observer.until_state(State.FAULT)
        await observer.until(lambda: observer.profiles[-1].version == 2)
        assert observer.profiles[-1].values == observer.profiles[0].values


async def test_raw_samples_go_out_while_somebody_asks_and_no_longer(
    broker: RunningBroker, model: Model, wearer: Wearer
) -> None:
    async with rig_on(broker, model, wearer) as rig:
        observer, topics = rig.observer, rig.observer.topics
        blocks: list[EmgBlock] = []
        watcher = Bus(
            BrokerAddress(url=broker.url),
            f"test-{secrets.token_hex(4)}",
            [(topics.emg, 0)],
            lambda _, payload: blocks.append(EmgBlock.model_validate_json(payload)),
        )
        joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(watcher.run(joined))
        try:
            await joined
            await observer.until_state(State.READY)
            assert blocks == []
            watcher.post(topics.emg_set, WatchRequest(by="test", for_s=30.0).encode())
            await observer.until(lambda: len(blocks) > 20, "blocks")
            now_ns = time.monotonic_ns()
            assert now_ns - blocks[-1].t_ns < 5_000_000_000
            assert {(block.channels, block.rate_hz) for block in blocks} == {(CHANNELS, RATE_HZ)}
            assert all(
                after.first_index >= before.first_index + len(before.block)
                for before, after in itertools.pairwise(blocks)
            )
            watcher.post(topics.emg_set, WatchRequest(by="test", for_s=0.0).encode())
            heard = len(observer.commands)
            await observer.until(lambda: len(observer.commands) > heard + 5)
            ended = len(blocks)
            heard = len(observer.commands)
            await observer.until(lambda: len(observer.commands) > heard + 5)
            assert len(blocks) == ended
        finally:
            await end_task(task)


async def test_a_profile_that_cannot_be_kept_is_in_force_and_that_is_said(
    broker: RunningBroker, model: Model, wearer: Wearer, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    async with rig_on(broker, model, wearer, tmp_path / "file" / "anna.profile.json") as rig:
        await rig.observer.until_state(State.READY)
        rig.observer.change_gain(0, {"hand": 0.5})
        await rig.observer.until(lambda: bool(rig.observer.events))
        assert rig.observer.events[0].startswith(
            "version 1 of the profile holds until the controller ends: cannot write"
        )
        assert rig.observer.results == [ProfileResult(accepted=True, version=1)]
        (tmp_path / "file").unlink()
        (tmp_path / "file").mkdir()
        await rig.observer.until((tmp_path / "file" / "anna.profile.json").exists)
        assert len([event for event in rig.observer.events if "cannot write" in event]) == 1


async def test_a_computer_that_is_too_slow_is_told_with_each_step_and_back(
    broker: RunningBroker, model: Model, wearer: Wearer
) -> None:
    async with rig_on(broker, model, wearer) as rig:
        await rig.observer.until_state(State.READY)
        overload = rig.service._loop.overload
        while overload.stride == 1:
            overload.due()
            overload.decided(1_000_000_000)
        await rig.observer.until(lambda: rig.observer.statuses[-1].decides_every == 2)
        await rig.observer.until(
            lambda: "too slow to decide at every hop: decides at every second one" in rig.observer.events
        )
        await rig.observer.until(lambda: rig.observer.events[-1] == "decides at every hop")  # it is quick again


@pytest.mark.parametrize(
    ("version", "gain", "reason"),
    [
        (7, {"hand": 0.5}, "made against version 7, in force is 0: look again, then change"),
        (0, {"hand": 0.5, "knee": 1.0}, "the arm has no joint knee"),
        (
            0,
            {f"joint_of_a_long_name_{number}": 1.0 for number in range(32)},
            "the arm has no joint joint_of_a_long_name_0",
        ),
    ],
)
async def test_a_change_that_does_not_fit_is_refused_with_the_reason(
    broker: RunningBroker, model: Model, wearer: Wearer, version: int, gain: dict[str, float], reason: str
) -> None:
    async with rig_on(broker, model, wearer) as rig:
        observer = rig.observer
        await observer.until_state(State.READY)
        observer.change_gain(version, gain)
        await observer.until(lambda: bool(observer.results or observer.events))
        (result,) = observer.results
        assert (result.accepted, result.version) == (False, 0)
        assert result.reason.startswith(reason)
        assert rig.service._loop.step.shaper.gain.values == [1.0, 1.0]


async def test_a_gain_out_of_range_is_reported_and_changes_nothing(
    broker: RunningBroker, model: Model, wearer: Wearer
) -> None:
    async with rig_on(broker, model, wearer) as rig:
        observer = rig.observer
        await observer.until_state(State.READY)
        observer.bus.post(observer.topics.profile_set, b'{"version":0,"author":"x","values":{"gain":{"hand":4.01}}}')
        await observer.until(lambda: bool(observer.events and observer.results))
        assert observer.events[0].startswith(f"a message on {observer.topics.profile_set} breaks the contract")
        assert "hand" in observer.events[0]
        assert [(result.accepted, result.version) for result in observer.results] == [(False, 0)]
        assert len(observer.profiles) == 1
        assert rig.service._loop.step.shaper.gain.values == [1.0, 1.0]


@pytest.mark.parametrize("payload", [b"", b"\xff\xfe", b"null", b"{}", b'{"by":"anna","reason":7}'])
async def test_a_stop_that_cannot_be_read_still_stops_and_is_latched(
    broker: RunningBroker, model: Model, wearer: Wearer, payload: bytes
) -> None:
    async with rig_on(broker, model, wearer) as rig:
        observer = rig.observer
        await rig.engage()
        await rig.contract()
        observer.bus.post(observer.topics.stop, payload)
        await observer.until_state(State.FAULT)
        assert observer.statuses[-1].cause == "stopped by a message that could not be read"
        observer.ask(Mode.ENGAGE)
        await observer.until(lambda: "refused: 'engage' is not possible in state 'fault'" in observer.events)
        stopped = [command for command in observer.commands if command.state is State.FAULT]
        assert stopped
        assert not any(is_moving(command) for command in stopped)
        wearer.meant = "rest"
        observer.ask(Mode.CLEAR)
        await observer.until_state(State.READY)


async def test_a_stop_says_who_and_why(broker: RunningBroker, model: Model, wearer: Wearer) -> None:
    async with rig_on(broker, model, wearer) as rig:
        observer = rig.observer
        await rig.engage()
        observer.bus.post(observer.topics.stop, StopRequest(by="anna", reason="r" * 300).encode())
        await observer.until_state(State.FAULT)
        assert observer.statuses[-1].cause.startswith("stopped by anna: rrr")


JUNK = (
    b"",
    b"\x00",
    b"\xff\xfe\xfd",
    b"null",
    b"[]",
    b"[" * 5000,
    b'{"mode":' * 5000,
    b'"' + 60_000 * b"x" + b'"',
    b'{"mode":"fly","by":"x"}',
    b'{"mode":"engage"}',
    b'{"mode":"engage","by":"\\ud800"}',
    b'{"mode":"engage","by":"x","more":1}',
    b'{"version":1e400,"author":"x","values":{}}',
    b'{"version":-1,"author":"x","values":{}}',
    b'{"version":123456789012345678901234567890,"author":"x","values":{"gain":{"hand":NaN}}}',
    b'{"t_ns":1,"session":"../../etc","last_seq":0,"stopped":false,"position_rad":{"hand":Infinity}}',
)


async def test_no_message_whatever_it_holds_makes_it_stumble(
    broker: RunningBroker, model: Model, wearer: Wearer
) -> None:
    stumbles: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: stumbles.append(context))
    async with rig_on(broker, model, wearer) as rig:
        observer, topics = rig.observer, rig.observer.topics
        await observer.until_state(State.READY)
        for topic in (topics.mode_set, topics.profile_set, topics.state):
            for junk in JUNK:
                observer.bus.post(topic, junk)
                await observer.until(lambda: not observer.bus._outbox)
        observer.ask(Mode.ENGAGE)
        await observer.until_state(State.ENGAGED)
        assert rig.service._requests.malformed == 3 * len(JUNK)
        assert all("breaks the contract" in event for event in observer.events[:-1])
        assert len(observer.profiles) == 1
    assert stumbles == []


async def test_a_device_that_goes_and_comes_back_needs_a_person(
    broker: RunningBroker, model: Model, wearer: Wearer
) -> None:
    async with rig_on(broker, model, wearer) as rig:
        observer = rig.observer
        await rig.engage()
        await rig.contract()
        wearer.plugged, wearer.meant = False, "rest"
        await observer.until_state(State.FAULT)
        assert observer.statuses[-1].cause == "the test has unplugged it"
        wearer.plugged = True
        await observer.until(lambda: observer.statuses[-1].reconnects == 1)
        decisions = observer.statuses[-1].decisions
        await observer.until(lambda: rig.service._loop.counters.decisions > decisions + 80)
        assert observer.state is State.FAULT
        observer.ask(Mode.CLEAR)
        await rig.engage()
        await rig.contract()


async def test_told_to_end_it_rests_and_its_last_status_holds_the_counters(
    broker: RunningBroker, model: Model, wearer: Wearer
) -> None:
    async with rig_on(broker, model, wearer) as rig:
        observer = rig.observer
        await rig.engage()
        await rig.contract()
        seen = observer.statuses[-1].decisions
        await rig.end()
        assert not observer.moving
        last = observer.statuses[-1]
        assert (last.status, last.session, last.state) == ("ended", rig.service.session, State.ENGAGED)
        assert 0 < seen <= last.decisions == rig.service._loop.counters.decisions
        assert last.commands_published <= len(observer.commands)
        assert last.latency_session_ms is not None
        assert last.latency_session_ms.count == last.decisions
        async with observing(broker.url, rig.service.arm.name) as late:
            await late.until(lambda: bool(late.statuses))
            assert late.statuses[0] == last


async def test_nothing_follows_the_command_to_rest_even_when_samples_keep_coming(
    broker: RunningBroker, model: Model, wearer: Wearer
) -> None:
    async with rig_on(broker, model, wearer) as rig:
        await rig.engage()
        await rig.contract()
        wearer.floods = True
        await asyncio.sleep(0.1)
        await rig.end()
        assert not rig.observer.moving


async def test_ended_is_its_last_word_although_more_was_waiting(
    broker: RunningBroker, model: Model, wearer: Wearer
) -> None:
    async with rig_on(broker, model, wearer) as rig:
        observer = rig.observer
        await observer.until_state(State.READY)
        for _ in range(20):
            observer.ask(Mode.DISENGAGE)  # each is answered with a status and an event
        await observer.until(lambda: bool(observer.events))
        await rig.end()
        assert observer.statuses[-1].status == "ended"


async def test_a_device_that_does_not_fit_ends_it_at_once(broker: RunningBroker, wearer: Wearer) -> None:
    """Often, because the device's error meets the broker's first answers at another moment each time."""
    two_channels = fit_model(labelled_noise(RATE_HZ, 2), FitSettings(settle_ms=100.0), "noise")
    for _ in range(12):
        service = service_for(broker.url, two_channels)
        running = asyncio.create_task(service.run())
        try:
            done, _ = await asyncio.wait([running], timeout=3.0)
            assert done, "it did not end"
            assert isinstance(running.exception(), ModelError)
        finally:
            await end_task(running)


async def test_a_recording_is_played_decided_and_ends_in_order(
    broker: RunningBroker, model: Model, tmp_path: Path
) -> None:
    recording = labelled_noise(RATE_HZ, CHANNELS).select(repetitions=(1,))
    save_recording(recording, tmp_path / "noise.npz")
    service = service_for(broker.url, model, "replay", path=str(tmp_path / "noise.npz"), speed=4)
    async with observing(broker.url, service.arm.name) as observer:
        await asyncio.wait_for(service.run(), PATIENCE_S)
        await observer.until(lambda: observer.statuses[-1].status == "ended")
        last, hops = observer.statuses[-1], len(recording) // HOP
        assert hops - 19 <= last.decisions + last.skipped_hops <= hops  # the first window takes 20 hops to fill
        assert (last.cause, last.faults) == ("the recording has ended", 0)
        assert not observer.moving


def is_moving(command: Command) -> bool:
    return any(command.velocity_rad_s.values())


def arm_at(hand_rad: float) -> bytes:
    counters = GuardCounters(accepted=0, refused={}, expirations=0)
    position = {"hand": hand_rad, "wrist": 0.0}
    return ArmState(
        t_ns=1, session="", last_seq=-1, stopped=False, position_rad=position, velocity_rad_s={}, guard=counters
    ).encode()
