import socket
from collections.abc import Iterator

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from controller.quick_publish import publish_packet, publish_quickly

TOPIC = "efferent/v1/arm/command"


@pytest.fixture
def ends() -> Iterator[tuple[paho.Client, socket.socket]]:
    """A client whose socket ends at the test."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(5.0)
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client._sock = ours
    client.suppress_exceptions = False
    with ours, theirs:
        yield client, theirs
        client._sock = None


def received(theirs: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        data += theirs.recv(length - len(data))
    return data


@pytest.mark.parametrize("length", [0, 1, 101, 102, 103, 300, 16_357, 16_358, 16_359, 20_000])
def test_the_packet_is_the_one_that_paho_writes(ends: tuple[paho.Client, socket.socket], length: int) -> None:
    client, theirs = ends
    payload = bytes(n % 251 for n in range(length))
    client.publish(TOPIC, payload, 0)
    expected = publish_packet(TOPIC, payload)
    assert received(theirs, len(expected)) == expected
    assert publish_quickly(client, TOPIC, payload)
    assert received(theirs, len(expected)) == expected


def test_what_goes_in_part_is_finished_before_anything_else(ends: tuple[paho.Client, socket.socket]) -> None:
    client, theirs = ends
    payload = bytes(3_000_000)  # more than any socket takes at once
    assert publish_quickly(client, TOPIC, payload)
    assert client.want_write()
    expected = publish_packet(TOPIC, payload)
    data = b""
    while len(data) < len(expected):
        data += theirs.recv(1 << 20)
        client.loop_write()
    assert data == expected
    assert not client.want_write()
    assert publish_quickly(client, TOPIC, b"next")
    assert received(theirs, len(publish_packet(TOPIC, b"next"))) == publish_packet(TOPIC, b"next")


def test_a_full_or_broken_socket_takes_nothing(ends: tuple[paho.Client, socket.socket]) -> None:
    client, theirs = ends
    ours = client.socket()
    assert ours is not None
    try:
        while True:
            ours.send(bytes(65_536))
    except BlockingIOError:
        pass
    assert not publish_quickly(client, TOPIC, b"late")
    assert not client.want_write()
    theirs.close()
    assert not publish_quickly(client, TOPIC, b"nobody")
