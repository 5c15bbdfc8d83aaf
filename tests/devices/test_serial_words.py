"""What is said to a device: whole or not at all, never at the loop's cost, the last words before the port closes."""

import asyncio
import contextlib
import os
import time
import tty
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from drivers import serial_port, serial_source
from drivers.protocols.catalogue import PROTOCOLS, ProtocolKind
from drivers.protocols.efferent_frame import EfferentParser
from drivers.serial_descriptor_reader import DescriptorReader
from drivers.serial_port import close_port, open_port
from drivers.serial_reader import PortReader
from drivers.serial_source import FAREWELL_S, SerialSource
from drivers.serial_thread_reader import ThreadReader
from tests.rigs.front_end import TIME_LIMIT_S, Device, eventually, open_descriptors

LAST_WORDS = b"that was all, please stop sending now\n"


class Polite(EfferentParser):
    """The efferent framing, if it knew a stop."""

    def farewell(self) -> bytes:
        return LAST_WORDS


@pytest.fixture(params=[DescriptorReader, ThreadReader], autouse=True)
def reader_kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> type[PortReader]:
    monkeypatch.setattr(serial_port, "BLOCKING_S", 0.02)
    monkeypatch.setattr(serial_source, "make_reader", request.param)
    monkeypatch.setitem(PROTOCOLS, "polite", ProtocolKind("a test's", Polite, 921_600))
    kind: type[PortReader] = request.param
    return kind


@pytest_asyncio.fixture
async def device() -> AsyncIterator[Device]:
    device = Device()
    yield device
    device.unplug()


@contextlib.contextmanager
def terminal() -> Iterator[tuple[int, str]]:
    """A port whose other end reads nothing unless the test does."""
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    try:
        yield master, os.ttyname(slave)
    finally:
        os.close(slave)
        os.close(master)


async def test_the_last_words_reach_the_device(device: Device) -> None:
    source = SerialSource(device.port, "polite")
    await source.open()
    await device.send(50)
    await source.close()
    await eventually(lambda: device.heard == b"describe\n" + LAST_WORDS)


async def test_the_last_words_of_a_resting_source_reach_the_device(device: Device) -> None:
    source = SerialSource(device.port, "polite")
    await source.open()
    source.rest(time.monotonic_ns() + 9_000_000)
    await source.close()
    await eventually(lambda: device.heard.endswith(LAST_WORDS))


async def test_nothing_is_handed_on_after_close_and_no_error_is_kept(device: Device) -> None:
    source = SerialSource(device.port, "polite")
    await source.open()
    closing = asyncio.create_task(source.close())
    await device.send(50)
    await closing
    assert source.health.samples == 0
    assert source.health.last_error == ""


async def test_last_words_to_a_device_that_is_gone_take_no_time_and_leave_nothing(device: Device) -> None:
    descriptors = open_descriptors()
    source = SerialSource(device.port, "polite")
    await source.open()
    device.unplug()
    async with asyncio.timeout(TIME_LIMIT_S):
        await source.close()
    assert open_descriptors() < descriptors  # the device's own two are gone as well


async def test_a_cancelled_farewell_frees_the_port(reader_kind: type[PortReader]) -> None:
    with terminal() as (_, port):
        descriptors = open_descriptors()
        reader = reader_kind(open_port(port, 115_200).serial, lambda *_: None, lambda _: None)  # type: ignore[call-arg]
        source = SerialSource(port, "polite")
        source._reader = reader
        for _ in range(100):  # so much that it cannot leave
            reader.write(b"x" * 4096)
            await asyncio.sleep(0.001)
        closing = asyncio.create_task(source.close())
        await asyncio.sleep(0.01)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        await reader.wait_closed()
        assert open_descriptors() == descriptors


async def test_words_that_do_not_leave_hold_up_nobody(reader_kind: type[PortReader]) -> None:
    with terminal() as (_, port):
        reader = reader_kind(open_port(port, 115_200).serial, lambda *_: None, lambda _: None)  # type: ignore[call-arg]
        for _ in range(100):
            reader.write(b"x" * 4096)
            await asyncio.sleep(0.001)
        turns = 0

        async def count_turns() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0.005)
                turns += 1

        counting = asyncio.create_task(count_turns())
        async with asyncio.timeout(TIME_LIMIT_S):
            await reader.say_farewell(LAST_WORDS, FAREWELL_S)
            turns_meanwhile = turns
            reader.close()
            await reader.wait_closed()
        counting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await counting
        assert turns_meanwhile > 0


async def test_a_word_that_the_port_takes_in_part_is_finished_later_and_none_is_cut() -> None:
    """The system takes some kilobytes and cuts a write in the middle; the rest follows when the device reads."""
    with terminal() as (master, port):
        opened = open_port(port, 115_200)
        reader = DescriptorReader(opened.serial, lambda *_: None, lambda _: None)
        words = [b"word %06d %s\n" % (n, b"." * (n % 977)) for n in range(600)]
        for word in words:
            reader.write(word)
        heard, last = b"", b""
        async with asyncio.timeout(TIME_LIMIT_S):
            while not last or not heard.endswith(last):
                with contextlib.suppress(BlockingIOError):
                    heard += os.read(master, 1 << 16)
                await asyncio.sleep(0)
                if not last and not reader._unwritten:
                    last = b"and one more\n"
                    reader.write(last)
        reader.close()
    said = heard.removesuffix(last).splitlines(keepends=True)
    assert said == words[: len(said)]  # the first ones, whole; what found no room was dropped whole
    assert 2 < len(said) < len(words)


async def test_after_close_nothing_is_said(reader_kind: type[PortReader]) -> None:
    with terminal() as (master, port):
        opened = open_port(port, 115_200)
        reader = reader_kind(opened.serial, lambda *_: None, lambda _: None)  # type: ignore[call-arg]
        reader.close()
        reader.write(b"x")
        await reader.wait_closed()
        await reader.say_farewell(b"y", 1.0)
        with pytest.raises(BlockingIOError):
            os.read(master, 10)
        close_port(opened.serial)
