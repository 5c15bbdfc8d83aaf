"""The relay of the fault suite, between a real client and a real server."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sim.faults.relay import Relay

PIECE = b"a command"


@pytest_asyncio.fixture
async def relay() -> AsyncIterator[Relay]:
    """A relay to a server that says everything back."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    relay = Relay(lambda: server.sockets[0].getsockname()[1])
    await relay.start()
    yield relay
    await relay.stop()
    server.close()


async def test_passes_on_what_comes_both_ways(relay: Relay) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    writer.write(PIECE)
    assert await reader.readexactly(len(PIECE)) == PIECE
    writer.close()


async def test_what_is_delayed_keeps_its_order_when_the_delay_ends(relay: Relay) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    relay.delay_s = 0.2
    writer.write(b"first")
    await asyncio.sleep(0.05)
    relay.delay_s = 0.0
    writer.write(b"second")
    assert await reader.readexactly(11) == b"firstsecond"
    writer.close()


async def test_a_half_open_connection_takes_all_and_says_nothing_until_it_is_dropped(relay: Relay) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    writer.write(PIECE)
    assert await reader.readexactly(len(PIECE)) == PIECE
    relay.swallows = True
    writer.write(PIECE)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.2)
    relay.drop()
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()


async def test_nobody_behind_it_is_a_connection_that_ends() -> None:
    relay = Relay(lambda: 1)
    await relay.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()
    await relay.stop()
