"""Serial ports behind TCP and RFC 2217, over real sockets; the other end of RFC 2217 is pyserial's."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator

import numpy as np
import psutil
import pytest
import pytest_asyncio
import serial
from serial.rfc2217 import PortManager

from drivers import serial_port, serial_source
from drivers.errors import PortMissingError, SettingsError, SourceLostError, SourceNotFoundError
from drivers.protocols.efferent_frame import EfferentEncoder
from drivers.serial_network import SocketPort, open_network
from drivers.serial_port import unsent_bytes
from drivers.serial_reader import make_reader
from drivers.serial_source import SerialSource
from drivers.serial_thread_reader import ThreadReader
from tests.rigs.front_end import INFO, SCALE, TIME_LIMIT_S, eventually, indices, read_until, reading_threads


class Bridge:
    """Hands on a front end's bytes over TCP, as they are or as RFC 2217 wraps them."""

    def __init__(self, scheme: str) -> None:
        self.encoder = EfferentEncoder(INFO, SCALE, boot=1)
        self.heard = b""
        self.ended = 0  # how many hosts have come and gone
        self._scheme = scheme
        self._host: asyncio.StreamWriter | None = None
        self._manager: PortManager | None = None

    async def listen(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = int(self._server.sockets[0].getsockname()[1])
        self.url = f"{self._scheme}://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._host = writer
        if self._scheme == "rfc2217":
            # The settings of the far port go to a port that is there only in pyserial's memory.
            self._manager = PortManager(serial.serial_for_url("loop://"), writer)  # type: ignore[arg-type]
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(4096):
                self._hear(b"".join(self._manager.filter(data)) if self._manager else data)
        self.ended += 1
        writer.close()

    def _hear(self, data: bytes) -> None:
        self.heard += data
        if data.endswith(b"describe\n"):
            self.send(self.encoder.description())

    def send(self, data: bytes) -> None:
        assert self._host is not None
        self._host.write(b"".join(self._manager.escape(data)) if self._manager else data)

    def send_samples(self, count: int) -> None:
        """Send samples whose first channel holds their index."""
        first = self.encoder.next_index
        counts = np.repeat(np.arange(first, first + count).reshape(-1, 1), 8, axis=1)
        self.send(self.encoder.data(counts, 1000 * (first + count), 10))

    async def hang_up(self) -> None:
        if self._host is not None:
            self._host.transport.abort()
        self._server.close()
        await self._server.wait_closed()


@pytest.fixture(autouse=True)
def _quick_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_port, "BLOCKING_S", 0.02)


@pytest_asyncio.fixture(params=["socket", "socket, read by a thread", "rfc2217"])
async def bridge(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bridge]:
    """A bridge, read as this system does; a plain socket as other systems do as well."""
    if "thread" in request.param:
        monkeypatch.setattr(serial_source, "make_reader", ThreadReader)
    bridge = Bridge(request.param.split(",")[0])
    await bridge.listen()
    yield bridge
    await bridge.hang_up()


def ends_of(bridge: Bridge) -> int:
    """Count the open sockets, of this process, of connections to the bridge: one at each end."""
    found = psutil.Process().net_connections("tcp")
    return sum(bridge.port in (one.laddr.port, one.raddr.port) for one in found if one.fd >= 0 and one.raddr)


async def test_samples_come_over_the_network_numbered_and_exact(bridge: Bridge) -> None:
    source = SerialSource(bridge.url)
    assert await source.open() == INFO
    assert source.latency_hint == ""
    bridge.send_samples(300)  # 255 among them: the byte that RFC 2217 doubles
    chunks = await read_until(source, 300)
    assert np.array_equal(np.concatenate([indices(chunk) for chunk in chunks]), np.arange(300))
    assert source.health.lost_samples == source.health.bad_frames == 0
    await source.close()
    await eventually(lambda: bridge.ended == 1)


async def test_a_hang_up_is_a_loss_and_opening_again_goes_on(bridge: Bridge) -> None:
    source = SerialSource(bridge.url)
    await source.open()
    bridge.send_samples(20)
    await read_until(source, 20)
    await bridge.hang_up()
    with pytest.raises(SourceLostError, match="is lost"):
        await read_until(source, 1)
    with pytest.raises(PortMissingError, match="nobody takes a connection"):
        await source.open()
    await bridge.listen(bridge.port)
    await source.open()
    bridge.send_samples(10)
    (chunk,) = await read_until(source, 10)
    assert chunk.first_index == 20
    await source.close()


async def test_opening_and_closing_leaks_no_thread_and_no_socket(bridge: Bridge) -> None:
    source = SerialSource(bridge.url)
    for _ in range(3):
        await source.open()
        assert ends_of(bridge) == 2
        await source.close()
        await eventually(lambda: ends_of(bridge) == 0)
    assert reading_threads() == 0


async def test_the_loop_runs_on_while_a_connection_is_closed() -> None:
    """pyserial sleeps 0.3 s there."""
    bridge = Bridge("rfc2217")
    await bridge.listen()
    source = SerialSource(bridge.url)
    await source.open()
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.005)
            turns += 1

    counting = asyncio.create_task(count_turns())
    await source.close()
    counting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await counting
    assert turns > 5
    await bridge.hang_up()


async def test_nagle_waits_for_nobody(bridge: Bridge) -> None:
    opened = await asyncio.to_thread(open_network, bridge.url, 115_200, 0.1)
    sock = socket.socket(fileno=os.dup(_descriptor(opened)))
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) != 0
    sock.close()
    await asyncio.to_thread(opened.close)
    await asyncio.to_thread(opened.close)
    assert not opened.is_open


def _descriptor(opened: object) -> int:
    connection = opened._connection if isinstance(opened, SocketPort) else opened._socket  # type: ignore[attr-defined]
    return int(connection.fileno())


async def test_plain_bytes_are_no_rfc_2217(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.serial_network.AGREE_S", 0.2)
    bridge = Bridge("socket")
    await bridge.listen()
    with pytest.raises(SourceNotFoundError, match=r"answers, but not as RFC 2217 says .* use socket://"):
        await SerialSource(f"rfc2217://127.0.0.1:{bridge.port}").open()
    await bridge.hang_up()


@pytest.mark.parametrize(
    "port",
    [
        "socket://", "socket://127.0.0.1", "socket://:5000", "socket://127.0.0.1:0", "socket://127.0.0.1:99999",
        "socket://127.0.0.1:x", "rfc2217://host:1/path", "socket://host:1?logging=debug", "http://host:80",
        "socket://me@host:1", "socket://[::1",
    ],
)  # fmt: skip
async def test_an_address_that_is_none_is_a_wrong_setting(port: str) -> None:
    with pytest.raises(SettingsError, match=r"is socket://host:port or rfc2217://host:port, .* got"):
        await SerialSource(port).open()


async def test_a_silent_peer_is_told_without_a_baud_rate() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"socket://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(SourceNotFoundError, match=f"nothing came from {url} within 0.05 s"):
            await SerialSource(url, describe_timeout_s=0.05).open()


async def test_a_peer_that_does_not_read_holds_up_nobody() -> None:
    """Words fill both buffers, then are dropped whole; the loop runs on, and closing has an end."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        opened = await asyncio.to_thread(open_network, f"socket://127.0.0.1:{port}", 0, 0.02)
        reader = make_reader(opened, lambda *_: None, lambda _: None)
        for _ in range(4000):
            reader.write(b"x" * 4096)
        assert unsent_bytes(opened) > 0
        async with asyncio.timeout(TIME_LIMIT_S):
            await reader.say_farewell(b"stop\n", 0.05)
            reader.close()
            await reader.wait_closed()
        assert not opened.is_open
