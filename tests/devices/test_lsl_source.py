import asyncio
import threading
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray

from drivers.chunk import Chunk
from drivers.errors import SettingsError, SourceLostError, SourceNotFoundError
from drivers.lsl_inlet import PULL_TIMEOUT_S
from drivers.lsl_source import LslSource
from drivers.source import EmgSource, Unit
from tests.rigs.lsl_sender import CHANNELS, RATE_HZ, Sender

# Streams of other processes on this machine are seen as well: other test runs have other names.
NAME = f"bench {uuid.uuid4()}"
TIME_LIMIT_S = 40.0


@pytest_asyncio.fixture
async def sender(pylsl: Any) -> AsyncIterator[Sender]:
    sender = Sender(pylsl, NAME)
    yield sender
    sender.close()


@pytest_asyncio.fixture
async def twin(pylsl: Any) -> AsyncIterator[Sender]:
    twin = Sender(pylsl, NAME, source_id="other")
    yield twin
    twin.close()


@pytest_asyncio.fixture
async def sender_in_volts(pylsl: Any) -> AsyncIterator[Sender]:
    sender = Sender(pylsl, f"{NAME} in volts", unit="volts")
    yield sender
    sender.close()


def numbers(chunks: list[Chunk]) -> NDArray[np.float64]:
    return np.concatenate([chunk.samples[:, 0] for chunk in chunks])


async def read(source: EmgSource, samples: int) -> list[Chunk]:
    chunks: list[Chunk] = []
    async with asyncio.timeout(TIME_LIMIT_S):
        async for chunk in source.chunks():
            chunks.append(chunk)
            if sum(len(one.samples) for one in chunks) >= samples:
                break
    return chunks


def lsl_threads() -> int:
    return sum(thread.name.startswith("LSL ") for thread in threading.enumerate())


def sockets_held() -> int:
    return sum(path.is_socket() for path in Path("/proc/self/fd").iterdir())


async def test_a_stream_is_found_described_and_delivered_without_a_gap(sender: Sender) -> None:
    source: EmgSource = LslSource(NAME)
    info = await source.open()
    assert (info.name, info.channel_count, info.rate_hz, info.unit) == (NAME, CHANNELS, RATE_HZ, Unit.MICROVOLT)
    assert info.labels[:2] == ("site 0", "site 1")
    chunks = await read(source, 400)
    received = numbers(chunks)
    assert np.array_equal(received, np.arange(received[0], received[0] + len(received)))
    expected_index = chunks[0].first_index
    for chunk in chunks:
        assert (chunk.first_index, chunk.lost_before) == (expected_index, 0)
        assert chunk.samples.dtype == np.float64
        assert chunk.samples.flags.c_contiguous
        expected_index = chunk.next_index
    assert source.health.samples == len(received)
    await source.close()
    assert lsl_threads() == 0


async def test_stamps_become_monotonic_times_that_are_never_the_future(sender: Sender) -> None:
    source = LslSource(NAME)
    await source.open()
    ages_ms = []
    async with asyncio.timeout(TIME_LIMIT_S):
        async for chunk in source.chunks():
            ages_ms.append((time.monotonic_ns() - chunk.newest_t_ns) / 1e6)
            if len(ages_ms) == 40:
                break
    assert min(ages_ms) >= 0
    assert 20 <= np.median(ages_ms) < 40  # the sender stamps its samples 20 ms before it sends them
    sender.stamp_offset_s = 1.0
    await read(source, 200)
    (chunk, *_) = await read(source, 1)
    assert 0 <= time.monotonic_ns() - chunk.newest_t_ns < 100_000_000
    assert source.health.extra["future_stamps"] > 0
    await source.close()


async def test_volts_are_delivered_as_microvolts(sender_in_volts: Sender) -> None:
    source = LslSource(f"{NAME} in volts")
    assert (await source.open()).unit is Unit.MICROVOLT
    received = numbers(await read(source, 20))
    assert (received[0] % 1e6, received[1] - received[0]) == (0, 1e6)
    await source.close()


async def test_stamps_that_jump_and_stay_are_lost_samples(sender: Sender) -> None:
    source = LslSource(NAME)
    await source.open()
    await read(source, 3000)
    sender.lose(100)
    chunks = await read(source, 1500)
    gaps = [chunk.lost_before for chunk in chunks if chunk.lost_before]
    # In the first seconds the line still creeps quickly and takes some of the jump for a slow sender.
    assert 80 <= sum(gaps) <= 105
    assert source.health.lost_samples == sum(gaps)
    await source.close()


async def test_an_outlet_that_dies_is_a_loss(sender: Sender) -> None:
    source = LslSource(NAME)
    await source.open()
    await read(source, 20)
    await asyncio.get_running_loop().run_in_executor(None, sender.close)
    with pytest.raises(SourceLostError, match=f"'{NAME}' is lost"):
        await read(source, 1_000_000)
    await source.close()
    assert lsl_threads() == 0


async def test_a_late_reader_gets_the_newest_half_second(sender: Sender) -> None:
    source = LslSource(NAME)
    await source.open()
    await read(source, 20)
    await asyncio.sleep(0.8)
    (late, *_) = await read(source, 1)
    assert len(late.samples) == 500
    assert 200 < late.lost_before < 400
    assert source.health.extra["dropped_samples"] == late.lost_before
    await source.close()


async def test_closing_ends_a_waiting_reader_and_the_thread_without_holding_up_the_loop(sender: Sender) -> None:
    source = LslSource(NAME)
    await source.open()
    sender.pause()
    await asyncio.sleep(0.05)

    async def read_all() -> list[Chunk]:
        return [chunk async for chunk in source.chunks()]

    reading = asyncio.create_task(read_all())
    await asyncio.sleep(0.02)
    closing = asyncio.create_task(source.close())
    await asyncio.wait_for(reading, PULL_TIMEOUT_S / 2)
    await asyncio.wait_for(closing, TIME_LIMIT_S)
    assert lsl_threads() == 0
    await source.close()


async def test_opening_again_and_again_leaves_one_thread_at_most(sender: Sender) -> None:
    source = LslSource(NAME)
    for _ in range(3):
        await source.open()
        assert lsl_threads() == 1
        await read(source, 10)
    await source.close()
    assert lsl_threads() == 0


async def test_what_is_not_there_is_named_with_what_is(sender: Sender) -> None:
    wanted = f"not {NAME}"
    with pytest.raises(SourceNotFoundError, match=f"no LSL stream with name '{wanted}', type 'EMG' was") as raised:
        await LslSource(wanted, resolve_timeout_s=0.8).open()
    assert f"'{NAME}' (type 'EMG')" in str(raised.value)


async def test_two_streams_that_match_are_refused_and_told_apart_by_source_id(sender: Sender, twin: Sender) -> None:
    with pytest.raises(SettingsError, match=rf"2 LSL streams match name '{NAME}'.*name one by its source_id"):
        await LslSource(NAME).open()
    source = LslSource(NAME, source_id="other")
    assert (await source.open()).source_id == "other"
    await source.close()


async def test_a_search_that_failed_keeps_no_port_while_its_error_is_held(pylsl: Any) -> None:
    held = sockets_held()
    errors = []
    for _ in range(8):
        with pytest.raises(SourceNotFoundError) as caught:
            await LslSource(f"{NAME} nowhere", resolve_timeout_s=0.2).open()
        errors.append(caught.value)
    # A search in progress holds four sockets per question.
    assert sockets_held() <= held, errors


async def test_a_stream_that_sends_nothing_is_told(sender: Sender) -> None:
    sender.pause()
    with pytest.raises(SourceNotFoundError, match="sent nothing within 1 s"):
        await LslSource(NAME, resolve_timeout_s=1.0).open()


async def test_text_is_refused(pylsl: Any) -> None:
    outlet = pylsl.StreamOutlet(pylsl.StreamInfo(f"{NAME} words", "EMG", 1, 0.0, "string", "words"))
    with pytest.raises(SettingsError, match="carries text"):
        await LslSource(f"{NAME} words").open()
    del outlet


@pytest.mark.parametrize("offset_s", [-1e6, -3.0, 3.0])
async def test_stamps_of_another_clock_are_refused_unless_arrival_counts(sender: Sender, offset_s: float) -> None:
    sender.stamp_offset_s = offset_s
    with pytest.raises(SettingsError, match="set time_from = 'arrival'"):
        await LslSource(NAME).open()
    source = LslSource(NAME, time_from="arrival")
    await source.open()
    (chunk, *_) = await read(source, 200)
    assert 0 <= time.monotonic_ns() - chunk.newest_t_ns < 1_000_000_000
    assert source.health.lost_samples == 0
    await source.close()


async def test_cancelling_open_ends_the_search(pylsl: Any) -> None:
    opening = asyncio.create_task(LslSource("nobody", resolve_timeout_s=60).open())
    await asyncio.sleep(0.05)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    # asyncio waits for its executor when the loop ends: a search that went on would hold up this test for 60 s.


@pytest.mark.parametrize("settings", [{"resolve_timeout_s": 0.0}, {"time_from": "sundial"}, {"rate_hz": -1.0}])
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        LslSource(**settings)


def test_reading_before_opening_is_refused() -> None:
    with pytest.raises(RuntimeError, match="open the source"):
        LslSource().chunks()
