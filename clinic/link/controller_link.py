"""The clinic's one MQTT client: what controller and arm said last, and what is asked of them."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from controller.broker_address import BrokerAddress
from controller.bus import Bus
from controller.contract.message import Message
from controller.contract.topics import Topics
from controller.errors import BusError
from controller.tasks import end_task

# Property of `Topics` → QoS of our subscription.
HEARD = {
    "controller_status": 1,
    "arm_status": 1,
    "state": 0,
    "signal": 0,
    "emg": 0,
    "command": 0,
    "profile": 1,
    "profile_result": 1,
    "calibration_state": 1,
    "calibration_result": 1,
    "event": 1,
    "stop": 1,
    "mode_set": 1,
}
AGAIN_S = 1.0
# What listeners are told, without a payload, when the broker comes or goes.
LINK = "link"
Listener = Callable[[str, bytes], None]
LOG = logging.getLogger("efferent.clinic")


@dataclass(slots=True)
class ControllerLink:
    """Everything is called on the event loop.

    `latest`: property of `Topics` → newest payload as it came, unchecked; what reads it checks it against the
    contract. `listen` gets every message as (property of `Topics`, payload). `fault`: why there is no broker.
    """

    address: BrokerAddress
    arm: str
    latest: dict[str, bytes] = field(default_factory=dict)
    fault: str = ""
    _topics: Topics = field(init=False)
    _names: dict[str, str] = field(init=False)
    _bus: Bus = field(init=False)
    _listeners: list[Listener] = field(default_factory=list)
    _faulty: list[Listener] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._topics = Topics(self.arm)
        self._names = {getattr(self._topics, name): name for name in HEARD}
        self._bus = self._new_bus()

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""
        return self._bus.connected

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` for every message from now on, and with `LINK`; return what ends that.

        It must be quick and raise nothing; the others hear a message also if it does, and stderr gets the first error.
        """
        self._listeners.append(listener)

        def end() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(listener)
                self._faulty.remove(listener)

        return end

    def post(self, name: str, message: Message) -> None:
        """Send a request on a topic named by its property of `Topics`, QoS 1."""
        self._bus.post(getattr(self._topics, name), message.encode())

    def take(self, name: str, payload: bytes) -> None:
        """Take a message as if it had come from the broker."""
        self.latest[name] = payload
        self._tell(name, payload)

    async def run(self) -> None:
        """Stay connected until cancelled; a broker that is not there yet is tried again each second."""
        while True:
            joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            task = asyncio.create_task(self._bus.run(joined))
            try:
                await asyncio.shield(joined)
                self.fault = ""
                await task
            except BusError as error:
                self._told(str(error))
            finally:
                await end_task(task)
            await asyncio.sleep(AGAIN_S)
            self._bus = self._new_bus()

    def _new_bus(self) -> Bus:
        subscriptions = [(getattr(self._topics, name), qos) for name, qos in HEARD.items()]
        return Bus(
            self.address,
            f"efferent-clinic-{secrets.token_hex(8)}",
            subscriptions,
            self._take,
            on_link=self._link_changed,
            on_fault=self._told,
        )

    def _told(self, fault: str) -> None:
        self.fault = fault
        self._tell(LINK, b"")

    def _link_changed(self, up: bool) -> None:
        if up:
            self.fault = ""
        else:
            # What is not retained comes anew; what is, the broker sends again.
            self.latest.clear()
        self._tell(LINK, b"")

    def _take(self, topic: str, payload: bytes) -> None:
        self.take(self._names[topic], payload)

    def _tell(self, name: str, payload: bytes) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(name, payload)
            except Exception:
                if listener not in self._faulty:
                    self._faulty.append(listener)
                    LOG.exception("a part of the clinic fails on a message of '%s'", name)
