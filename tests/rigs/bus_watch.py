"""What goes over the broker, kept by a thread of its own: the truth that a page is compared with."""

import json
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from controller.broker_address import BrokerAddress
from controller.contract.arm_state import ArmState, ArmStatus
from controller.contract.calibration import CalibrationState
from controller.contract.command import Command
from controller.contract.message import Message
from controller.contract.requests import ModeRequest, ProfileState
from controller.contract.signal import SignalReport
from controller.contract.status import ControllerStatus
from controller.contract.topics import PREFIX, Topics

KIND = TypeVar("KIND", bound=Message)
KINDS: dict[str, type[Message]] = {
    "command": Command,
    "state": ArmState,
    "signal": SignalReport,
    "controller/status": ControllerStatus,
    "arm/status": ArmStatus,
    "profile": ProfileState,
    "calibration/state": CalibrationState,
}
LOOK_S = 0.02


@dataclass(slots=True)
class BusWatch:
    """A client of the broker that keeps everything of one arm. Its thread only appends; tests read.

    `heard`: topic below the arm's prefix → payloads in their order, with the monotonic time of their coming.
    """

    address: BrokerAddress
    arm: str
    heard: dict[str, list[tuple[float, bytes]]] = field(default_factory=lambda: defaultdict(list))
    _client: mqtt.Client = field(init=False)
    _subscribed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"test-{secrets.token_hex(8)}")
        self._client.on_message = self._take
        self._client.on_connect = lambda client, *_: client.subscribe(f"{PREFIX}/{self.arm}/#", 1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()

    def __enter__(self) -> Self:
        self._client.connect(self.address.host, self.address.port)
        self._client.loop_start()
        if not self._subscribed.wait(10.0):
            raise TimeoutError(f"no subscription at {self.address.url} within 10 s")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _take(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        self.heard[message.topic.removeprefix(f"{PREFIX}/{self.arm}/")].append(
            (time.monotonic(), bytes(message.payload))
        )

    def post(self, name: str, message: Message) -> None:
        """Send a request on a topic named by its property of `Topics`."""
        self._client.publish(getattr(Topics(self.arm), name), message.encode(), 1)

    def ask(self, mode: str) -> None:
        """Send a mode request."""
        self.post("mode_set", ModeRequest.model_validate({"mode": mode, "by": "test"}))

    def count(self, topic: str) -> int:
        """Return how many came."""
        return len(self.heard[topic])

    def newest(self, topic: str, kind: type[KIND]) -> KIND | None:
        """Return the newest message of a topic."""
        kept = self.heard[topic]
        return kind.model_validate_json(kept[-1][1]) if kept else None

    def since(self, topic: str, first: int, kind: type[KIND]) -> list[KIND]:
        """Return what came from the `first`-th message on."""
        return [kind.model_validate_json(payload) for _, payload in self.heard[topic][first:]]

    def events(self, first: int = 0) -> list[str]:
        """Return the sentences of the log."""
        return [str(json.loads(payload)["what"]) for _, payload in self.heard["event"][first:]]

    @property
    def status(self) -> ControllerStatus | None:
        """How control stands."""
        return self.newest("controller/status", ControllerStatus)

    @property
    def profile(self) -> ProfileState | None:
        """The profile in force."""
        return self.newest("profile", ProfileState)

    @property
    def arm_status(self) -> ArmStatus | None:
        """What the arm says of itself."""
        return self.newest("arm/status", ArmStatus)

    @property
    def arm_state(self) -> ArmState | None:
        """Where the arm is."""
        return self.newest("state", ArmState)

    @property
    def signal(self) -> SignalReport | None:
        """What the controller sees."""
        return self.newest("signal", SignalReport)

    @property
    def calibration(self) -> CalibrationState | None:
        """How calibration stands."""
        return self.newest("calibration/state", CalibrationState)

    def is_in(self, state: str) -> bool:
        """Whether the controller runs and is in `state`."""
        status = self.status
        return status is not None and status.status == "running" and status.state.value == state

    def until(self, what: Callable[[], Any], within_s: float = 20.0, why: str = "") -> None:
        """Wait until `what()` is true; fails with how everything stands."""
        deadline_s = time.monotonic() + within_s
        while not what():
            if time.monotonic() > deadline_s:
                stands = f"status {self.status}, arm {self.arm_status}, events {self.events()[-5:]}"
                raise AssertionError(f"not within {within_s:g} s {why}: {stands}")
            time.sleep(LOOK_S)
