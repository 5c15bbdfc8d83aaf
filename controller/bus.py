"""The MQTT connection of one process: reconnects by itself, never keeps a command for later."""

import asyncio
import contextlib
import logging
import socket
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiomqtt

from controller.broker_address import BrokerAddress
from controller.broker_tls import tls_context
from controller.connection_fault import NotPassedOnError, connection_sentence
from controller.contract.message import MAX_PAYLOAD_BYTES, TOO_LARGE
from controller.errors import BusError
from controller.parting import PARTING_S, part
from controller.quick_publish import publish_quickly
from controller.send_queue import is_spare
from controller.tasks import end_task, finish

# Without it QoS 0 messages stall for 31-36 ms after each connect (Nagle against delayed acknowledgement).
NO_DELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
# A short send buffer: when the broker does not read, we notice after half a second of commands, not after a minute.
# The kernel counts about 2.3 kB for each small unacknowledged packet and doubles what is asked for, so this holds some
# 55 of them: enough for all that is sent within the 40 ms that an acknowledgement may take.
SHORT_SEND_BUFFER = (socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
FIRST_BACK_OFF_S = 0.1
LONGEST_BACK_OFF_S = 2.0
# QoS 1 messages that wait for their turn; beyond it the oldest goes (docs/decisions/0003).
OUTBOX_LENGTH = 64
QOS1_TIMEOUT_S = 0.2
KEEP_ALIVE_S = 10
# A broker hands a message on before or right after it confirms it; what takes longer was not handed on.
PASSED_ON_WITHIN_S = 3.0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that should arrive: QoS 1, tried until the broker confirms it or it is pushed out."""

    topic: str
    payload: bytes
    retain: bool = False


class _Complaints(logging.Handler):
    """Keeps the newest complaint of the MQTT client, which else would stand on stderr between our own sentences."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.newest = ""
        self.logger = logging.Logger("mqtt", logging.ERROR)
        self.logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.newest = record.getMessage()


@dataclass(slots=True)
class Bus:
    """One client.

    `subscriptions`: (topic, QoS), no wildcards. `on_message` and `on_link` are called on the event loop, one at a
    time, and must be quick; `on_link(True)` after each (re)connect once all subscriptions stand, `on_link(False)` on
    loss. `on_fault` gets a sentence when connecting again fails, once for each reason.

    `own_topic`: one that only we write, with `post`. The first message on it after each connect must come back to us;
    if it does not, the broker's access list keeps our words from everybody, without a word of its own.

    A payload above `MAX_PAYLOAD_BYTES` is counted and comes as `TOO_LARGE`, which is no message of the contract: so a
    stop stays a stop, and whatever else it was is refused without having been looked at.
    """

    address: BrokerAddress
    identifier: str
    subscriptions: Sequence[tuple[str, int]]
    on_message: Callable[[str, bytes], None]
    on_link: Callable[[bool], None] = lambda _: None
    will: Outgoing | None = None
    own_topic: str = ""
    on_fault: Callable[[str], None] = lambda _: None
    connected: bool = False
    connections: int = 0
    withheld: int = 0
    oversized: int = 0
    unasked: int = 0
    dropped_from_outbox: int = 0
    _client: aiomqtt.Client | None = None
    _outbox: deque[Outgoing] = field(default_factory=lambda: deque(maxlen=OUTBOX_LENGTH))
    _outbox_filled: asyncio.Event = field(default_factory=asyncio.Event)
    _farewell: Outgoing | None = None
    _passed_on: asyncio.Event = field(default_factory=asyncio.Event)
    _told_fault: str = ""
    _leaving: bool = False
    _complaints: _Complaints = field(default_factory=_Complaints)

    def publish_now(self, topic: str, payload: bytes) -> bool:
        """Hand a QoS 0 message to the socket at once, or not at all; return whether it went. Never waits.

        It is withheld (and counted) while there is no connection or while earlier bytes still wait for the broker:
        a newer command will come, and an old one must not queue.
        """
        client = self._client
        if client is None or not self.connected:
            self.withheld += 1
            return False
        # The paho client below aiomqtt: aiomqtt's own publish would start a task and wait for a later loop turn.
        paho = client._client
        if paho.want_write():
            paho.loop_write()
        if paho.want_write() or not publish_quickly(paho, topic, payload):
            self.withheld += 1
            return False
        return True

    def publish_spare(self, topic: str, payload: bytes) -> bool:
        """As `publish_now`, for bulk: not while much of what was sent waits to be confirmed, and never counted."""
        client = self._client
        if client is None or not self.connected:
            return False
        paho = client._client
        sender = paho.socket()
        if paho.want_write() or not isinstance(sender, socket.socket) or not is_spare(sender):
            return False
        return publish_quickly(paho, topic, payload)

    def post(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Queue a QoS 1 message; with the queue full the oldest one goes, counted."""
        if len(self._outbox) == OUTBOX_LENGTH:
            self.dropped_from_outbox += 1
        self._outbox.append(Outgoing(topic, payload, retain))
        self._outbox_filled.set()

    async def run(self, first_connection: "asyncio.Future[None] | None" = None) -> None:
        """Stay connected until cancelled, then say farewell.

        The first connection must succeed: raises `BusError` (into `first_connection` too) if it does not. Later
        losses are answered by connecting again, waiting 0.1 s at first and 2 s at most.
        """
        back_off_s, leaving = FIRST_BACK_OFF_S, False
        client: aiomqtt.Client | None = None
        while True:
            was_up = False
            try:
                client = self._connect()
                async with client:
                    _write_directly(client)
                    self._passed_on.clear()
                    if self.own_topic:
                        await client.subscribe(self.own_topic, 1)
                    for topic, qos in self.subscriptions:
                        await client.subscribe(topic, qos)
                    self._client, self.connected = client, True
                    was_up = True
                    self.connections += 1
                    back_off_s = FIRST_BACK_OFF_S
                    if first_connection is not None and not first_connection.done():
                        first_connection.set_result(None)
                    self.on_link(True)
                    try:
                        await self._serve(client)
                    except asyncio.CancelledError:
                        leaving = True
                        raise
                    finally:
                        self.connected, self._client = False, None
                        if client._disconnected.done():
                            client._disconnected.exception()  # seen; asyncio would complain that nobody looked
            except (aiomqtt.MqttError, OSError, ValueError) as error:
                if leaving:  # the broker went while we said goodbye, and its error took the place of our end
                    raise asyncio.CancelledError from error
                sentence = connection_sentence(self.address, error, self._last_words(client))
                if self.connections == 0 or (self.connections == 1 and isinstance(error, NotPassedOnError)):
                    failure = BusError(sentence)
                    if first_connection is not None and not first_connection.done():
                        first_connection.set_exception(failure)
                        return
                    raise failure from error
                self.on_link(False)
                failed = not was_up or isinstance(error, NotPassedOnError)  # a link that was there just broke
                if failed and sentence != self._told_fault:
                    self._told_fault = sentence
                    self.on_fault(sentence)
            await asyncio.sleep(back_off_s)
            back_off_s = min(2 * back_off_s, LONGEST_BACK_OFF_S)

    async def _serve(self, client: aiomqtt.Client) -> None:
        """Send what is posted until the link breaks (MqttError) or we are cancelled; then send the farewell."""
        tasks = (asyncio.create_task(_until_the_link_breaks(client)), asyncio.create_task(self._send_posted(client)))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except asyncio.CancelledError:
            # To its end: the one who ends us asks again when it takes long, and the last words would go unsaid.
            await finish(self._leave(client, tasks))
            raise
        finally:
            for task in tasks:
                await end_task(task)

    async def _leave(self, client: aiomqtt.Client, tasks: "Sequence[asyncio.Task[None]]") -> None:
        self._leaving = True
        for task in tasks:
            await end_task(task)
        self._outbox.clear()  # nothing may come after the last words
        if self._farewell is not None:
            self._passed_on.clear()
            if await self._confirm(client, self._farewell) and self._farewell.topic == self.own_topic:
                # Confirmed is not handed on: the embedded broker drops what it has not yet when we disconnect.
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._passed_on.wait(), PARTING_S)
        await part(client)

    def farewell(self, message: Outgoing) -> None:
        """Set the last message, sent when `run` is cancelled while connected."""
        self._farewell = message

    async def _send_posted(self, client: aiomqtt.Client) -> None:
        while not self._leaving:  # a cancellation that got lost (see `end_task`) is not waited for
            self._outbox_filled.clear()
            while self._outbox and not self._leaving:
                message = self._outbox[0]
                if not await self._confirm(client, message):
                    break
                if message.topic == self.own_topic and not self._passed_on.is_set():
                    await self._require_passed_on(message.topic)
                if self._outbox and self._outbox[0] is message:
                    self._outbox.popleft()
            else:
                if not self._leaving:
                    await self._outbox_filled.wait()

    async def _confirm(self, client: aiomqtt.Client, message: Outgoing) -> bool:
        """Publish with QoS 1; False when the broker did not confirm in time (it may still have it: duplicates)."""
        try:
            await client.publish(message.topic, message.payload, 1, message.retain, timeout=QOS1_TIMEOUT_S)
        except aiomqtt.MqttError:
            # A link that broke ends `_serve` by itself; a broker that hangs is asked again.
            await asyncio.sleep(0.05)
            return False
        return True

    async def _require_passed_on(self, topic: str) -> None:
        """Wait for our own message; raises `NotPassedOnError` when the broker confirmed it and gave it to nobody."""
        try:
            await asyncio.wait_for(self._passed_on.wait(), PASSED_ON_WITHIN_S)
        except TimeoutError:
            raise NotPassedOnError(topic) from None
        self._told_fault = ""

    def _connect(self) -> aiomqtt.Client:
        address = self.address
        will = self.will
        client = aiomqtt.Client(
            address.host,
            address.port,
            username=address.username,
            password=address.read_password(),
            identifier=self.identifier,
            logger=self._complaints.logger,
            queue_type=self._dispatcher(),
            timeout=address.connect_timeout_s,
            keepalive=KEEP_ALIVE_S,
            will=None if will is None else aiomqtt.Will(will.topic, will.payload, 1, will.retain),
            tls_context=tls_context(address) if address.uses_tls else None,
            socket_options=[NO_DELAY, SHORT_SEND_BUFFER],
        )
        self._complaints.newest = ""
        client._client.connect_timeout = address.connect_timeout_s  # of TCP and TLS; aiomqtt's is that of MQTT alone
        return client

    def _last_words(self, client: aiomqtt.Client | None) -> str | None:
        """Return what was heard when a broker hung up that had taken our connection; None when none did."""
        hung_up = client is not None and client._misc_task is not None and client._client.socket() is None
        return self._complaints.newest if hung_up else None

    def _dispatcher(self) -> type[asyncio.Queue[aiomqtt.Message]]:
        """Make a queue that keeps nothing: each message goes to `on_message` in the loop's next turn.

        Not within paho's own callback, where publishing would lock up, and without the two tasks per message that
        iterating over aiomqtt's messages costs.
        """
        bus, loop = self, asyncio.get_running_loop()
        asked_for = {topic for topic, _ in self.subscriptions}

        class Dispatcher(asyncio.Queue[aiomqtt.Message]):
            def put_nowait(self, item: aiomqtt.Message) -> None:
                if item.topic.value == bus.own_topic:
                    if not item.retain:  # what is retained was said by us in another life
                        bus._passed_on.set()
                    return
                # amqtt 0.12 sends a new client the retained messages of everybody's subscriptions.
                if item.topic.value not in asked_for:
                    bus.unasked += 1
                    return
                payload: Any = item.payload
                if not isinstance(payload, bytes) or len(payload) > MAX_PAYLOAD_BYTES:
                    bus.oversized += 1
                    payload = TOO_LARGE
                loop.call_soon(bus.on_message, item.topic.value, payload)

        return Dispatcher


def _write_directly(client: aiomqtt.Client) -> None:
    """Let paho write to the socket within `publish` instead of asking the loop to do it later.

    Saves two wake-ups of the loop and two system calls per message (docs/decisions/0003). What the socket does not
    take at once goes with the next message; commands and the arm's state come many times a second.
    """
    client._client.on_socket_register_write = None
    client._client.on_socket_unregister_write = None


async def _until_the_link_breaks(client: aiomqtt.Client) -> None:
    """Messages are dispatched by the queue itself; the iterator only tells when the link breaks (MqttError)."""
    async for _ in client.messages:
        pass
