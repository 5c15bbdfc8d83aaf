"""LSL streams as other people's programs send them: all kinds of numbers, rates that are missing or wrong, lumps."""

import asyncio
import uuid
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.errors import SettingsError, SourceLostError
from drivers.lsl_source import LslSource
from drivers.source import EmgSource, Unit
from tests.rigs.lsl_sender import Sender

NAME = f"kinds {uuid.uuid4()}"
TIME_LIMIT_S = 40.0


async def read(source: EmgSource, samples: int) -> NDArray[np.float64]:
    """Read so many samples, check that indices and gaps agree, and return the first channel."""
    parts: list[NDArray[np.float64]] = []
    next_index = -1
    async with asyncio.timeout(TIME_LIMIT_S):
        async for chunk in source.chunks():
            assert next_index in (-1, chunk.first_index - chunk.lost_before)
            next_index = chunk.next_index
            parts.append(chunk.samples[:, 0])
            if sum(map(len, parts)) >= samples:
                break
    return np.concatenate(parts)


async def test_every_kind_of_number_arrives_as_it_was_sent(pylsl: Any, senders: list[Sender]) -> None:
    kinds = ("float32", "double64", "int32", "int16", "int8", "int64")
    # int8 wraps around at 127: 20 samples a second do not get there.
    senders += [
        Sender(pylsl, f"{NAME} {kind}", kind=kind, channels=2, rate_hz=20, says_hz=20, per_push=1) for kind in kinds
    ]
    sources = [LslSource(f"{NAME} {kind}") for kind in kinds]
    for info in await asyncio.gather(*(source.open() for source in sources)):
        assert (info.channel_count, info.rate_hz, info.unit) == (2, 20.0, Unit.MICROVOLT)
    received = await asyncio.gather(*(read(source, 10) for source in sources))
    for numbers in received:
        assert numbers.dtype == np.float64
        np.testing.assert_array_equal(numbers, np.arange(numbers[0], numbers[0] + len(numbers)))
    await asyncio.gather(*(source.close() for source in sources))


async def test_a_stream_without_a_rate_needs_to_be_told_one_and_keeps_it(pylsl: Any, senders: list[Sender]) -> None:
    senders.append(Sender(pylsl, NAME, says_hz=0.0))
    with pytest.raises(SettingsError, match="names no regular rate; set rate_hz"):
        await LslSource(NAME).open()
    with pytest.raises(SettingsError, match=r"sends \d+ samples/s where the settings say 800 Hz.*set rate_hz"):
        await LslSource(NAME, rate_hz=800.0).open()
    source = LslSource(NAME, rate_hz=1000.0)
    assert (await source.open()).rate_hz == 1000.0
    numbers = await read(source, 1000)
    np.testing.assert_array_equal(numbers, np.arange(numbers[0], numbers[0] + len(numbers)))
    assert source.health.lost_samples == 0
    await source.close()


@pytest.mark.parametrize("factor", [0.8, 1.2])
async def test_a_rate_that_is_wrong_by_a_fifth_is_refused_and_the_true_one_taken(
    pylsl: Any, senders: list[Sender], factor: float
) -> None:
    senders.append(Sender(pylsl, NAME, rate_hz=1000.0 * factor, says_hz=1000.0))
    with pytest.raises(SettingsError, match=r"samples/s where it says 1000 Hz; .*set rate_hz"):
        await LslSource(NAME).open()
    source = LslSource(NAME, rate_hz=1000.0 * factor)
    assert (await source.open()).rate_hz == 1000.0 * factor
    await read(source, 500)
    assert source.health.lost_samples == 0
    await source.close()


async def test_a_rate_that_goes_wrong_later_ends_the_stream_and_says_so(pylsl: Any, senders: list[Sender]) -> None:
    sender = Sender(pylsl, NAME)
    senders.append(sender)
    source = LslSource(NAME)
    await source.open()
    sender.change_rate(1200.0)
    with pytest.raises(SourceLostError, match=r"it sends 1[12]\d\d samples/s and was opened at 1000 Hz"):
        await read(source, 20_000)
    await source.close()


@pytest.mark.parametrize("time_from", ["stamps", "arrival"])
async def test_lumps_and_jitter_lose_nothing_and_are_no_wrong_rate(
    pylsl: Any, senders: list[Sender], time_from: str
) -> None:
    senders.append(Sender(pylsl, NAME, seed=3))
    source = LslSource(NAME, time_from=time_from)
    await source.open()
    numbers = await read(source, 2500)
    np.testing.assert_array_equal(numbers, np.arange(numbers[0], numbers[0] + len(numbers)))
    assert source.health.lost_samples == 0
    await source.close()


async def test_an_outlet_that_comes_late_is_found_and_one_that_comes_again_is_opened_again(
    pylsl: Any, senders: list[Sender]
) -> None:
    source = LslSource(NAME, resolve_timeout_s=20.0)
    opening = asyncio.create_task(source.open())
    await asyncio.sleep(0.7)
    assert not opening.done()
    first = Sender(pylsl, NAME)
    senders.append(first)
    assert (await opening).name == NAME
    await read(source, 20)
    await asyncio.to_thread(first.close)
    with pytest.raises(SourceLostError, match="open it again"):
        await read(source, 1_000_000)
    senders.append(Sender(pylsl, NAME))
    await source.open()
    await read(source, 20)
    await source.close()


async def test_places_of_electrodes_are_read_where_all_are_given(pylsl: Any, senders: list[Sender]) -> None:
    places_mm = ((0.0, -10.5, 30.0), (1.0, -10.5, 30.0))
    senders.append(Sender(pylsl, f"{NAME} cap", unit="", channels=2, places_mm=places_mm))
    source = LslSource(f"{NAME} cap")
    opened = await source.open()
    assert opened.places_mm == places_mm
    assert (opened.labels, opened.unit) == (("site 0", "site 1"), Unit.ARBITRARY)
    await source.close()
