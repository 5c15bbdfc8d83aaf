"""A connection to the broker for stops alone, with a thread of its own: it works while the event loop hangs."""

import secrets
import socket
from dataclasses import dataclass, field
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from controller.broker_address import BrokerAddress
from controller.broker_tls import tls_context
from controller.contract.requests import StopRequest

# Stops that wait for a broker that is away; one is enough, and a second tells that it happened again.
MOST_WAITING = 8


@dataclass(slots=True)
class StopSender:
    """Publishes `stop`, QoS 1; what finds no broker goes out when there is one again."""

    address: BrokerAddress
    topic: str
    _client: paho.Client = field(init=False)

    def __post_init__(self) -> None:
        self._client = paho.Client(CallbackAPIVersion.VERSION2, f"efferent-stop-{secrets.token_hex(8)}")

    def start(self) -> None:
        """Connect, now or when the broker is there. Raises `ValueError` for a password or certificate of no use."""
        client, address = self._client, self.address
        if address.username is not None:
            client.username_pw_set(address.username, address.read_password())
        if address.uses_tls:
            client.tls_set_context(tls_context(address))
        client.connect_timeout = address.connect_timeout_s
        client.reconnect_delay_set(1, 2)
        client.max_queued_messages_set(MOST_WAITING)
        client.on_socket_open = _without_delay
        client.connect_async(address.host, address.port, keepalive=10)
        client.loop_start()

    def send(self, why: str) -> None:
        """Send a stop, from any thread, without waiting."""
        self._client.publish(self.topic, StopRequest(by="stop line", reason=why[:300]).encode(), 1)

    def close(self) -> None:
        """Disconnect; the thread ends."""
        self._client.disconnect()
        self._client.loop_stop()


def _without_delay(_client: paho.Client, _userdata: Any, opened: Any) -> None:
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
