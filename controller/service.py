"""The controller as a process: opens the device, joins the bus, runs the loop, ends in order."""

import asyncio
import gc
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from controller.arm_config import ArmConfig
from controller.beside_loop import BesideLoop
from controller.bus import Bus, Outgoing
from controller.calibration.live_session import LiveSession
from controller.channel_news import ChannelNews
from controller.config import DEFAULT_DECODER, RunConfig
from controller.configured_step import configured_step
from controller.contract.calibration import CalibrationPhase
from controller.contract.requests import ProfileState, ProfileValues
from controller.contract.status import ControllerStatus
from controller.contract.topics import Topics
from controller.decoder_choice import DecoderChoice, recent_hops
from controller.decoders.model import Model
from controller.device_link import DeviceLink
from controller.emg.hop_buffer import Hop, HopBuffer
from controller.garbage import settle_garbage
from controller.loop import ControlLoop
from controller.process_priority import try_settings
from controller.profile import speed_shares, tune
from controller.profile_file import first_profile
from controller.profile_in_force import ProfileInForce
from controller.profile_keeper import ProfileKeeper
from controller.raw_view import RawView
from controller.reports import device_of, last_words, signal_of, status_of
from controller.requests import Requests
from controller.rest_class import REST
from controller.running_model import RunningModel
from controller.safety.governor import Governor
from controller.safety.states import State, StateMachine
from controller.service_manager import ServiceManager
from controller.step import ControlStep, Step
from controller.tasks import end_task, finish
from drivers.chunk import Chunk
from drivers.registry import make_source
from drivers.source import EmgSource, StreamInfo

STATUS_EVERY_S = 1.0
# How often a change of state is looked for, so that people see it at once without the loop having to tell.
STATUS_LOOK_S = 0.05


@dataclass(slots=True)
class Service:
    """Wires the parts of one controller. `tell` gets a line for people at each change worth a line.

    `others`: further decoders by name, of the same stream and hop (`decoder_choice.load_models`).
    """

    config: RunConfig
    arm: ArmConfig
    model: Model
    tell: Callable[[str], None] = lambda _: None
    others: Mapping[str, Model] = field(default_factory=dict)
    session: str = field(default_factory=lambda: secrets.token_hex(8))
    _source: EmgSource = field(init=False)
    _governor: Governor = field(init=False)
    _bus: Bus = field(init=False)
    _loop: ControlLoop = field(init=False)
    _requests: Requests = field(init=False)
    _calibration: LiveSession = field(init=False)
    _choice: DecoderChoice = field(init=False)
    _topics: Topics = field(init=False)
    _keeper: ProfileKeeper = field(init=False)
    _device: DeviceLink = field(init=False)
    _beside: BesideLoop = field(init=False)
    _process: tuple[str, ...] = ()
    _manager: ServiceManager = field(default_factory=ServiceManager)

    def __post_init__(self) -> None:
        config, facts = self.config, self.model.facts
        self._source = make_source(config.device.kind, config.device.settings)
        self._device = DeviceLink(self._source, self._opened, self._take, self._lost, self._say)
        self._topics = topics = Topics(self.arm.name)
        self._governor = Governor(
            self.arm.limits,
            config.safety.freshness,
            config.safety.resume_rest_ms,
            config.safety.soft_engage_ms,
            StateMachine(),
        )
        profile_file, profile = first_profile(config, self.arm, facts)
        self._governor.limit_speed(speed_shares(profile.values, self.arm))
        self._bus = Bus(
            config.broker,
            f"efferent-controller-{secrets.token_hex(8)}",  # a secret: a second client of that name ends the first
            [
                (topics.stop, 1),
                (topics.mode_set, 1),
                (topics.profile_set, 1),
                (topics.profile_confirm, 1),
                (topics.emg_set, 1),
                (topics.calibration_set, 1),
                (topics.state, 0),
                (topics.arm_status, 1),
            ],
            lambda topic, payload: self._requests.handle(topic, payload),  # noqa: PLW0108 - made further down
            self._link_changed,
            Outgoing(topics.controller_status, last_words("lost", self.session), retain=True),
            topics.controller_status,
            self._say,
        )
        self._loop = ControlLoop(
            self._make_step(self.model, profile.values),
            HopBuffer(facts.hop_samples, facts.channel_count, facts.rate_hz),
            self._governor,
            self._bus,
            topics,
            self.session,
            config.safety.ttl_ms,
            round(facts.hop_s * 1e9),
            self._report,
            # Half a hop less, so that a rate equal to the hop rate reports every hop.
            round(1e9 / config.signal_hz - facts.hop_s * 0.5e9),
        )
        self._loop.raw_view = RawView(
            lambda payload: self._bus.publish_spare(topics.emg, payload),
            facts.hop_samples,
            facts.channel_count,
            facts.rate_hz,
        )
        running = RunningModel(
            self.model,
            self._loop,
            self._governor,
            lambda model: self._make_step(model, self._requests.profile.state.values),
            self._model_changed,
        )
        self._calibration = LiveSession(
            self.session,
            config.model,
            [name for name in config.motions if name != REST],
            running,
            lambda state: self._bus.post(topics.calibration_state, state.encode(), retain=True),
            lambda result: self._bus.post(topics.calibration_result, result.encode(), retain=True),
            lambda: self._device.info,
        )
        self._requests = Requests(
            self._loop,
            self._governor,
            self._bus,
            topics,
            self.arm,
            ProfileInForce(profile, self.arm, facts, self._apply, self._announce_profile, self._say_event),
            self._publish_status,
            self._calibration.handle,
            self._switch_decoder,
            lambda: self._beside.release_stop_line(),  # noqa: PLW0108 - made further down
        )
        self._beside = BesideLoop(self.arm, self.session, self._loop, topics.stop, self._tell)
        self._keeper = ProfileKeeper(profile_file, profile, lambda: self._requests.profile.kept, self._requests.say)
        models = {DEFAULT_DECODER: self.model, **self.others}
        self._choice = DecoderChoice(models, running, recent_hops(models), self._decoder_changed)
        if self.others:
            self._loop.recent = self._choice.recent

    def _make_step(self, model: Model, values: ProfileValues) -> ControlStep:
        return configured_step(model, self.config, self.arm, values)

    def _apply(self, values: ProfileValues) -> None:
        """Let `values` hold from the next decision on."""
        tune(self._loop.step.shaper, values, self.arm, self.model.facts)
        self._governor.limit_speed(speed_shares(values, self.arm))

    def _announce_profile(self, state: ProfileState) -> None:
        self._requests.announce_profile(state)
        self._publish_status()  # the delay by design has the vote in it

    def _say_event(self, line: str) -> None:
        self._say(line)
        self._requests.say(line)

    def _model_changed(self, model: Model) -> None:
        """Another model decides now; what was tuned meanwhile holds for it too."""
        profile = self._requests.profile
        self.model, profile.facts = model, model.facts
        if self._loop.markers is not None:
            self._loop.markers.class_names = model.facts.class_names
        self._apply(profile.state.values)
        self._loop.step.shaper.reset()
        self._publish_status()
        self._say(f"model: {model.facts.trained_on}")

    def _switch_decoder(self, name: str, by: str) -> str:
        """Let another decoder decide; a session of calibration belongs to the one in force, and ends first."""
        if self._calibration.phase is not CalibrationPhase.IDLE:
            return "refused: a calibration is under way; swap or cancel it first"
        return self._choice.switch(name, by)

    def _decoder_changed(self, name: str) -> None:
        self._calibration.use_file(self.config.decoder_files[name])
        self._publish_status()
        self._say(f"decoder: {name}")

    async def run(self) -> None:
        """Run until cancelled; then command rest, say `ended`, close the device.

        Raises `BusError`, `DriverError` or `ModelError` when the first connection, the first opening of the device
        or the fit of the model to its stream fails; later losses are recovered from.
        """
        first_connection: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        tasks = [asyncio.create_task(self._bus.run(first_connection), name="bus")]
        try:
            await first_connection
            self._beside.start(self.config, self.model.facts)
            await self._device.open()
            if self._keeper.kept.version:
                self._say(f"profile: version {self._keeper.kept.version} by {self._keeper.kept.author}")
            settle_garbage()
            gc.disable()  # none in the middle of a hop: `ControlLoop.watch` collects at rest
            self._ask_system()
            tasks += [
                asyncio.create_task(self._device.read_for_ever(), name="read"),
                asyncio.create_task(self._loop.watch_for_ever(), name="watch"),
                asyncio.create_task(self._status_for_ever(), name="status"),
                asyncio.create_task(self._keeper.keep_for_ever(), name="profile"),
                asyncio.create_task(self._manager.watch_for_ever(self._loop.is_on_time), name="watchdog"),
            ]
            self._manager.say("READY=1")
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await finish(self._end(tasks))

    async def _end(self, tasks: "list[asyncio.Task[None]]") -> None:
        self._manager.say("STOPPING=1")
        # Whoever could still command something ends first; then the command to rest is the last one.
        for task in reversed(tasks[1:]):
            await end_task(task)
        await self._calibration.close()
        await asyncio.to_thread(self._beside.end_watching)
        self._loop.publish_rest(ends_session=True)
        await asyncio.to_thread(self._beside.end_streams)
        ended = self._status().model_copy(update={"status": "ended"})
        self._bus.farewell(Outgoing(self._topics.controller_status, ended.encode(), retain=True))
        await end_task(tasks[0])
        await self._keeper.keep()
        await self._source.close()

    def _ask_system(self) -> None:
        """Ask for priority, cores and memory; only now, because loading takes long without a pause."""
        loop = asyncio.get_running_loop()

        def given_up() -> None:
            loop.call_soon_threadsafe(self._say_process, "real-time priority given up: the loop ran without a pause")

        for line in try_settings(self.config.process, given_up):
            self._say_process(line)

    def _tell(self, line: str) -> None:
        self.tell(line)

    def _say(self, line: str) -> None:
        """Tell people, and whoever keeps what they were told."""
        now_ns = time.monotonic_ns()
        for note in self._beside.notes:
            note(now_ns, line)
        self._tell(line)

    def _say_process(self, line: str) -> None:
        self._process = (*self._process, line)
        self._say(line)

    def _opened(self, info: StreamInfo) -> None:
        self.model.require_fit(info)
        self._loop.begin_stream()
        if self._beside.outlets is not None:
            self._beside.outlets.begin(info)

    def _take(self, chunk: Chunk) -> None:
        self._loop.take(chunk)
        self._calibration.take(chunk)
        if self._beside.outlets is not None:
            self._beside.outlets.take(chunk)
        self._source.rest(self._loop.needs_nothing_until_ns(chunk))

    def _lost(self, cause: str) -> None:
        self._governor.input_lost(self._loop.clock_ns(), cause)
        self._loop.publish_rest()
        self._calibration.device_lost(cause)
        self._publish_status()
        self._say(cause)

    async def _status_for_ever(self) -> None:
        told, looked_s, news, pace = -1, STATUS_EVERY_S, ChannelNews(), self._loop.overload.words
        machine, faults = self._governor.machine, self._governor.faults
        while True:
            if machine.changes != told or looked_s >= STATUS_EVERY_S:
                if machine.changes != told:
                    self._say(f"{machine.state.value}: {machine.cause}")
                    if machine.state is State.FAULT:
                        self._beside.keep(machine.cause)
                told, looked_s = machine.changes, 0.0
                self._publish_status()
            self._calibration.tick(self._loop.clock_ns())
            self._requests.profile.tick(self._loop.clock_ns())
            if self._governor.faults != faults:  # also one that a person has cleared meanwhile
                faults = self._governor.faults
                self._requests.profile.go_back(f"there was a fault: {machine.cause}")
            for line in news.look(self._loop.step):
                self._say_event(line)
            if self._loop.overload.words != pace:
                pace = self._loop.overload.words
                self._say_event(pace)
                self._publish_status()
            await asyncio.sleep(STATUS_LOOK_S)
            looked_s += STATUS_LOOK_S

    def _link_changed(self, up: bool) -> None:
        was_moving = self._governor.machine.allows_motion
        self._governor.link_changed(up, self._loop.clock_ns())
        if up:
            self._publish_status()
            self._requests.announce_profile()
            self._calibration.tell()
            self._calibration.tell_result()
            self._say(f"broker: connected to {self.config.broker.url}")
        elif was_moving:
            self._say("broker: lost; the arm holds, connecting again")

    def _publish_status(self) -> None:
        self._bus.post(self._topics.controller_status, self._status().encode(), retain=True)

    def _status(self) -> ControllerStatus:
        info = self._device.info
        device = None if info is None else device_of(self.config.device.kind, info)
        return status_of(
            self.session,
            self.model,
            self._choice,
            self._loop,
            self._governor,
            self._bus,
            self._source.health,
            device,
            self._device.reopened,
            self._process,
        )

    def _report(self, step: Step, hop: Hop) -> None:
        """Publish what was seen and thought; after the command, so that nothing waits for it."""
        joints = [joint.name for joint in self.arm.joints]
        loop = self._loop
        report = signal_of(step, hop, loop.step, self._governor, self.model.facts.class_names, joints, loop.decided_ns)
        if report is not None:
            self._bus.publish_now(self._topics.signal, report.encode())
