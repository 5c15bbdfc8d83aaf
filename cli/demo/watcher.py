"""What the demo knows of the running system: one more MQTT client, never in the control path."""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import ValidationError

from controller.broker_address import BrokerAddress
from controller.bus import Bus
from controller.contract.arm_state import ArmState
from controller.contract.command import Command
from controller.contract.requests import (
    EventReport,
    Mode,
    ModeRequest,
    ProfileChange,
    ProfileState,
    ProfileValues,
    StopRequest,
)
from controller.contract.signal import SignalReport
from controller.contract.status import ControllerStatus
from controller.contract.topics import Topics
from controller.latency import LatencyHistogram, RecentLatency
from controller.safety.states import State

BY = "demo"


@dataclass(slots=True)
class Watcher:
    """Keeps the newest message of each kind. Latency: newest sample taken → command here, on this one machine."""

    address: BrokerAddress
    arm: str
    status: ControllerStatus | None = None
    signal: SignalReport | None = None
    arm_state: ArmState | None = None
    profile: ProfileState | None = None
    command: Command | None = None
    events: list[str] = field(default_factory=list)
    malformed: int = 0
    latency: LatencyHistogram = field(default_factory=LatencyHistogram)
    recent_latency: RecentLatency = field(default_factory=RecentLatency)
    _topics: Topics = field(init=False)
    _bus: Bus = field(init=False)

    def __post_init__(self) -> None:
        self._topics = topics = Topics(self.arm)
        self._bus = Bus(
            self.address,
            f"efferent-demo-{secrets.token_hex(8)}",
            [
                (topics.controller_status, 1),
                (topics.signal, 0),
                (topics.state, 0),
                (topics.command, 0),
                (topics.profile, 1),
                (topics.event, 1),
            ],
            self._take,
        )

    async def run(self) -> None:
        """Watch until cancelled."""
        await self._bus.run()

    def ask(self, mode: Mode) -> None:
        """Send a mode request."""
        self._bus.post(self._topics.mode_set, ModeRequest(mode=mode, by=BY).encode())

    def stop(self) -> None:
        """Stop the arm, latched."""
        self._bus.post(self._topics.stop, StopRequest(by=BY, reason="stop key").encode())

    def set_gain(self, gain: float) -> None:
        """Ask for the same gain on every joint, against the profile as it was last seen."""
        if self.profile is None:
            return
        values = ProfileValues(gain=dict.fromkeys(self.profile.values.gain, gain))
        change = ProfileChange(version=self.profile.version, author=BY, values=values)
        self._bus.post(self._topics.profile_set, change.encode())

    async def until(self, what: Callable[[], bool], within_s: float) -> bool:
        """Wait until `what()` is true; return whether it became so in time."""
        deadline_s = time.monotonic() + within_s
        while not what():
            if time.monotonic() > deadline_s:
                return False
            await asyncio.sleep(0.02)
        return True

    def _take(self, topic: str, payload: bytes) -> None:
        try:
            self._keep(topic, payload)
        except ValidationError:
            self.malformed += 1  # somebody else's program; the view goes on with what it knows

    def _keep(self, topic: str, payload: bytes) -> None:
        topics, now_ns = self._topics, time.monotonic_ns()
        if topic == topics.command:
            command = Command.model_validate_json(payload)
            # Outside `engaged` a command is a sign of life, and one that rests on the same sample as the one before
            # only ages it: neither says how long a decision takes.
            fresh = self.command is None or command.sample_index != self.command.sample_index
            if fresh and command.state is State.ENGAGED:
                delay_ns = max(now_ns - command.t_sample_ns, 0)
                self.latency.record(delay_ns)
                self.recent_latency.record(delay_ns, now_ns)
            self.command = command
        elif topic == topics.signal:
            self.signal = SignalReport.model_validate_json(payload)
        elif topic == topics.state:
            self.arm_state = ArmState.model_validate_json(payload)
        elif topic == topics.controller_status:
            self.status = ControllerStatus.model_validate_json(payload)
        elif topic == topics.profile:
            self.profile = ProfileState.model_validate_json(payload)
        elif topic == topics.event:
            event = EventReport.model_validate_json(payload)
            self.events = [*self.events[-99:], f"{event.source}: {event.what}"]
