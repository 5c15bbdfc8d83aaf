"""The broker for machines without mosquitto: amqtt, asyncio, MQTT 3.1.1 only.

amqtt ships no types, so nothing of it leaves this file. What to know of 0.12: it delivers with the QoS of the
subscription even where the publisher used less, and it answers MQTT 5 with a refusal that clients can fall back from.
It tells each new client the retained messages of everybody's subscriptions, walking through these while others
subscribe, which ends the walk with an error and the client's connection with it; `_Mended` keeps to the client's own.
"""

import asyncio
import errno
import logging
from collections.abc import Callable
from typing import Any

from amqtt.broker import Broker
from amqtt.errors import BrokerError

from sim.errors import SimError

_LISTENER = "default"
# Clients get their disconnect within a few ms; a longer wait would only keep a person at Ctrl-C.
_SHUTDOWN_S = 3.0


class _Mended(Broker):  # type: ignore[misc]  # amqtt has no types
    """amqtt without retained messages that nobody asked for."""

    async def _publish_retained_messages_for_subscription(self, subscription: tuple[str, int], session: Any) -> None:
        subscribers = self._subscriptions.get(subscription[0], ())
        if any(subscriber.client_id == session.client_id for subscriber, _ in subscribers):
            await super()._publish_retained_messages_for_subscription(subscription, session)


class PortTakenError(SimError):
    """Another process listens on the port that was asked for."""


class EmbeddedBroker:
    """amqtt on one interface, without a password: for the loopback interface only.

    asyncio sets TCP_NODELAY on every connection it accepts (held by a test), so nothing is left to set here.
    """

    def __init__(self, host: str, port: int) -> None:
        # All that amqtt logs is about clients that come and go; what concerns a person is raised instead.
        logging.getLogger("amqtt").setLevel(logging.CRITICAL + 1)
        logging.getLogger("transitions").setLevel(logging.CRITICAL + 1)
        self._port = port
        self._broker = _Mended(
            {
                "listeners": {_LISTENER: {"type": "tcp", "bind": f"{host}:{port}"}},
                # Naming the plugins leaves out the defaults: packet logger, event logger and the $SYS chatter.
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            }
        )

    async def start(self) -> int:
        """Listen, and return the port, which the kernel chose where 0 was asked for. Raises `PortTakenError`."""
        try:
            await self._broker.start()
        except BrokerError as error:
            cause = error.__cause__
            if isinstance(cause, OSError) and cause.errno == errno.EADDRINUSE:
                raise PortTakenError(f"port {self._port} is taken: {cause}") from error
            raise SimError(f"amqtt does not start: {error}") from error
        server: asyncio.Server = self._broker._servers[_LISTENER].instance
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Disconnect every client and close the listener; gives up after a few seconds."""
        await asyncio.wait_for(self._broker.shutdown(), _SHUTDOWN_S)


def serve(host: str, port: int, on_ready: Callable[[int], None], wait_for_end: Callable[[], None]) -> None:
    """Run the broker until `wait_for_end`, called on another thread, returns. `on_ready` gets the port."""

    async def run() -> None:
        broker = EmbeddedBroker(host, port)
        on_ready(await broker.start())
        await asyncio.to_thread(wait_for_end)
        await broker.stop()

    asyncio.run(run())
