import asyncio
import threading
import time
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio

from drivers import serial_port, serial_source
from drivers.chunk import Chunk
from drivers.errors import PortMissingError, SettingsError, SourceLostError, SourceNotFoundError
from drivers.protocols import efferent_frame
from drivers.protocols.efferent_frame import EfferentEncoder
from drivers.serial_descriptor_reader import DescriptorReader
from drivers.serial_port import OpenPort, open_port
from drivers.serial_source import SerialSource
from drivers.serial_thread_reader import ThreadReader
from drivers.serial_usb import UsbPort
from drivers.source import EmgSource
from tests.rigs.front_end import (
    INFO,
    SCALE,
    TIME_LIMIT_S,
    Device,
    eventually,
    indices,
    open_descriptors,
    read_until,
    reading_threads,
)


@pytest_asyncio.fixture
async def device() -> AsyncIterator[Device]:
    device = Device()
    yield device
    device.unplug()


@pytest.fixture(params=[DescriptorReader, ThreadReader], autouse=True)
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test with the POSIX way of reading and with the thread that other systems use."""
    monkeypatch.setattr(serial_port, "BLOCKING_S", 0.02)  # how long the thread takes to end
    monkeypatch.setattr(serial_source, "make_reader", request.param)


async def test_the_device_is_asked_and_its_answer_is_what_open_returns(device: Device) -> None:
    source: EmgSource = SerialSource(device.port)
    assert await source.open() == INFO
    assert device.heard == b"describe\n"
    await source.close()


async def test_samples_arrive_scaled_and_numbered(device: Device) -> None:
    source = SerialSource(device.port)
    await source.open()
    await device.send(30)
    chunks = await read_until(source, 30)
    received = np.concatenate([chunk.samples for chunk in chunks])
    assert np.allclose(received, np.arange(30).reshape(-1, 1) * np.full(8, SCALE))
    assert chunks[0].first_index == 0
    assert source.health.samples == 30
    assert source.health.lost_samples == source.health.bad_frames == 0
    await source.close()


async def test_packets_cut_into_single_bytes_arrive_whole(device: Device) -> None:
    source = SerialSource(device.port)
    await source.open()
    data = device.packets(12, per_packet=2)

    async def drip() -> None:
        for i in range(len(data)):
            await device.write(data[i : i + 1])
            await asyncio.sleep(0)

    dripping = asyncio.create_task(drip())
    chunks = await read_until(source, 12)
    await dripping
    assert np.array_equal(np.concatenate([indices(chunk) for chunk in chunks]), np.arange(12))
    assert source.health.bad_frames == 0
    await source.close()


async def test_a_loop_that_was_held_up_gets_one_larger_chunk(device: Device) -> None:
    source = SerialSource(device.port)
    await source.open()
    await device.send(10)
    await read_until(source, 10)
    data = device.packets(100, per_packet=5)
    assert len(data) < 4000  # fits into the pty while nobody reads
    await device.write(data)
    time.sleep(0.02)  # noqa: ASYNC251 - the stall that is meant
    (chunk,) = await read_until(source, 100)
    assert (chunk.first_index, len(chunk.samples)) == (10, 100)
    await source.close()


async def test_a_reader_that_is_late_gets_one_chunk_and_beyond_half_a_second_the_oldest_are_lost(
    device: Device,
) -> None:
    source = SerialSource(device.port)
    await source.open()
    await device.send(300)
    await asyncio.sleep(0.05)
    (chunk,) = await read_until(source, 300)
    assert (chunk.first_index, len(chunk.samples), chunk.lost_before) == (0, 300, 0)

    await device.send(800)
    await eventually(lambda: source.health.lost_samples == 300)
    (chunk,) = await read_until(source, 800)
    assert (chunk.first_index, len(chunk.samples), chunk.lost_before) == (600, 500, 300)
    assert np.array_equal(indices(chunk), np.arange(600, 1100))
    assert source.health.extra == {"dropped_samples": 300}
    await source.close()


async def test_lost_packets_are_a_gap_between_two_chunks(device: Device) -> None:
    source = SerialSource(device.port)
    await source.open()
    data = device.packets(10)
    device.encoder.next_index += 15
    await device.write(data + device.packets(10))
    first, second = await read_until(source, 35)
    assert (first.lost_before, second.lost_before) == (0, 15)
    assert second.first_index == 25
    assert source.health.lost_samples == 15
    await source.close()


async def test_what_was_held_back_shows_its_age(device: Device) -> None:
    source = SerialSource(device.port)
    await source.open()
    await device.send(10, device_time_us=2_000_000)
    (first,) = await read_until(source, 10)
    sent_ns = time.monotonic_ns()
    assert 0 <= sent_ns - first.newest_t_ns < 50_000_000
    await asyncio.sleep(0.2)
    await device.send(10, device_time_us=2_010_000)  # taken 10 ms after the first, sent 200 ms after
    (late,) = await read_until(source, 10)
    assert time.monotonic_ns() - late.newest_t_ns > 180_000_000
    await source.close()


async def test_unplugging_is_a_loss_after_what_had_come(device: Device) -> None:
    source = SerialSource(device.port)
    await source.open()
    await device.send(20)
    await asyncio.sleep(0.05)
    device.unplug()
    received: list[Chunk] = []

    async def read_all() -> None:
        chunks = source.chunks()
        async with asyncio.timeout(TIME_LIMIT_S):
            while True:
                received.append(await anext(chunks))

    with pytest.raises(SourceLostError, match=f"the device on {device.port} is lost"):
        await read_all()
    assert sum(len(chunk.samples) for chunk in received) == 20
    assert "is lost" in source.health.last_error
    await source.close()


async def test_unplugging_wakes_a_waiting_reader(device: Device) -> None:
    source = SerialSource(device.port)
    await source.open()
    waiting = asyncio.ensure_future(anext(source.chunks()))
    await asyncio.sleep(0.02)
    device.unplug()
    with pytest.raises(SourceLostError):
        await asyncio.wait_for(waiting, TIME_LIMIT_S)
    await source.close()


async def test_after_a_loss_the_source_can_be_opened_again(device: Device) -> None:
    source = SerialSource(device.port)
    await source.open()
    device.encoder = EfferentEncoder(INFO, SCALE, boot=2)
    await device.send(10)
    with pytest.raises(SourceLostError, match="started again"):
        await read_until(source, 10)
    assert await source.open() == INFO
    await device.send(10)
    (chunk,) = await read_until(source, 10)
    assert chunk.first_index == 10
    assert source.health.lost_samples == 0
    await source.close()


async def test_a_device_that_comes_back_under_another_name_is_found_by_its_serial_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = [UsbPort("/dev/ttyACM9", 0x2341, 0x0043, "another")]
    ports: list[UsbPort] = []
    monkeypatch.setattr(serial_port, "usb_ports", lambda: others + ports)
    source = SerialSource("usb:DM01MV82")
    with pytest.raises(
        PortMissingError, match=r"no port has the USB device 'DM01MV82'; .* /dev/ttyACM9 \(usb:another\)"
    ):
        await source.open()
    names = []
    kept = []  # the old terminal stays, so that the new one cannot have its name
    for boot in (1, 2):
        device = Device(boot)
        ports[:] = [UsbPort(device.port, 0x0403, 0x6015, "DM01MV82")]
        await source.open()
        await device.send(10)
        await read_until(source, 10)
        names.append(device.port)
        await source.close()
        kept.append(device)
    assert names[0] != names[1]
    for device in kept:
        device.unplug()


async def test_a_rest_delivers_all_at_once_and_waking_to_nothing_is_no_loss(device: Device) -> None:
    source = SerialSource(device.port)
    await source.open()
    for _ in range(3):
        source.rest(time.monotonic_ns() + 5_000_000)
        await asyncio.sleep(0.02)  # wakes up, and nothing has come
        await device.send(20)
        assert [len(chunk.samples) for chunk in await read_until(source, 20)] == [20]
    source.rest(time.monotonic_ns() + 60_000_000_000)  # never longer than the system's buffer lasts
    await device.send(1)
    assert len(await read_until(source, 1)) == 1
    source.rest(time.monotonic_ns() + 8_000_000)
    device.unplug()
    with pytest.raises(SourceLostError):
        await read_until(source, 1)
    await source.close()
    source.rest(time.monotonic_ns() + 8_000_000)


async def test_closing_while_it_rests_frees_the_port(device: Device) -> None:
    before = open_descriptors()
    source = SerialSource(device.port)
    await source.open()
    source.rest(time.monotonic_ns() + 9_000_000)
    await source.close()
    await asyncio.sleep(0.02)
    assert open_descriptors() == before


async def test_closing_ends_a_waiting_reader(device: Device) -> None:
    source = SerialSource(device.port)
    await source.open()

    async def read_all() -> list[Chunk]:
        return [chunk async for chunk in source.chunks()]

    reading = asyncio.create_task(read_all())
    await asyncio.sleep(0.02)
    await source.close()
    assert await asyncio.wait_for(reading, TIME_LIMIT_S) == []
    await source.close()
    assert [chunk async for chunk in source.chunks()] == []


async def test_a_cancelled_reader_loses_nothing_and_leaves_the_source_open(device: Device) -> None:
    source = SerialSource(device.port)
    await source.open()
    reading = asyncio.create_task(read_until(source, 1))
    await asyncio.sleep(0.02)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await device.send(10)
    (chunk,) = await read_until(source, 10)
    assert (chunk.first_index, len(chunk.samples)) == (0, 10)
    await source.close()


async def test_fifty_openings_leak_no_descriptor_and_no_thread(device: Device) -> None:
    source = SerialSource(device.port)
    await source.open()
    await source.close()
    descriptors, threads = open_descriptors(), reading_threads()
    for _ in range(50):
        await source.open()
        await source.close()
    assert open_descriptors() == descriptors
    assert reading_threads() == threads == 0


async def test_openings_that_fail_leak_nothing() -> None:
    silent = Device(answers=False)
    source = SerialSource(silent.port, describe_timeout_s=0.01)
    with pytest.raises(SourceNotFoundError):
        await source.open()
    descriptors = open_descriptors()
    for _ in range(5):
        with pytest.raises(SourceNotFoundError):
            await source.open()
    assert open_descriptors() == descriptors
    assert reading_threads() == 0
    silent.unplug()


async def test_cancelling_open_while_it_asks_frees_the_port() -> None:
    silent = Device(answers=False)
    descriptors = open_descriptors()
    opening = asyncio.create_task(SerialSource(silent.port).open())
    await eventually(lambda: silent.heard != b"")
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert (open_descriptors(), reading_threads()) == (descriptors, 0)
    silent.unplug()


async def test_cancelling_open_while_the_port_opens_closes_it_when_it_has(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    opened: list[OpenPort] = []

    def slow(port: str, baud: int) -> OpenPort:
        begun.set()
        go_on.wait(TIME_LIMIT_S)
        opened.append(open_port(port, baud))
        return opened[0]

    monkeypatch.setattr(serial_source, "open_port", slow)
    opening = asyncio.create_task(SerialSource(device.port).open())
    await eventually(begun.is_set)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    go_on.set()
    await eventually(lambda: bool(opened) and not opened[0].serial.is_open)


async def test_a_missing_port_is_not_found() -> None:
    with pytest.raises(PortMissingError, match="there is no port /dev/nowhere"):
        await SerialSource("/dev/nowhere").open()


async def test_silence_is_told() -> None:
    silent = Device(answers=False)
    with pytest.raises(SourceNotFoundError, match=r"nothing came from .* at 921600 baud within 0.05 s"):
        await SerialSource(silent.port, describe_timeout_s=0.05).open()
    silent.unplug()


async def refused_after(data: bytes) -> str:
    """Open a device that sends only this; return why it was refused."""
    device = Device(answers=False)
    source = SerialSource(device.port, describe_timeout_s=0.2)
    opening = asyncio.create_task(source.open())
    await eventually(lambda: device.heard != b"")
    await device.write(data)
    with pytest.raises(SourceNotFoundError) as raised:
        await opening
    device.unplug()
    return str(raised.value)


async def test_bytes_of_another_protocol_are_told_from_silence() -> None:
    message = await refused_after(b"\xa0\x01\x02\x03\xc0" * 20)
    assert message.startswith("100 bytes came from")
    assert "but no efferent frame" in message


async def test_samples_that_are_never_described_are_told() -> None:
    message = await refused_after(EfferentEncoder(INFO).data(np.zeros((5, 8), dtype=np.int32), 0))
    assert "no description" in message


async def test_a_device_that_goes_while_it_is_opened_is_told() -> None:
    device = Device(answers=False)
    opening = asyncio.create_task(SerialSource(device.port).open())
    await eventually(lambda: device.heard != b"")
    device.unplug()
    with pytest.raises(SourceNotFoundError, match="went before it described itself"):
        await asyncio.wait_for(opening, TIME_LIMIT_S)


async def test_a_device_that_starts_slowly_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efferent_frame, "ASK_AGAIN_S", 0.02)
    monkeypatch.setattr(serial_source, "SAY_EVERY_S", 0.02)
    device = Device(answers=False)
    opening = asyncio.create_task(SerialSource(device.port).open())
    await eventually(lambda: device.heard.count(b"describe\n") >= 3)
    await device.write(device.encoder.description())
    assert await opening == INFO
    device.unplug()


@pytest.mark.parametrize(
    ("port", "protocol", "baud", "timeout_s"),
    [("", "efferent", 9600, 1.0), ("x", "morse", 9600, 1.0), ("x", "efferent", -1, 1.0), ("x", "efferent", 9600, -1.0)],
)
def test_settings_that_make_no_sense_are_refused(port: str, protocol: str, baud: int, timeout_s: float) -> None:
    with pytest.raises(SettingsError):
        SerialSource(port, protocol, baud, timeout_s)


def test_reading_before_opening_is_refused() -> None:
    with pytest.raises(RuntimeError, match="open the source"):
        SerialSource("x").chunks()
