"""Two real outlets, each with a clock of its own, read as one source."""

import asyncio
import uuid
from typing import Any

import numpy as np
import pytest

from drivers.chunk import Chunk
from drivers.errors import SettingsError, SourceLostError
from drivers.lsl_merged_source import LslMergedSource, merged_info
from drivers.source import StreamInfo, Unit
from tests.rigs.lsl_sender import Sender

LEFT, RIGHT = f"left {uuid.uuid4()}", f"right {uuid.uuid4()}"
TIME_LIMIT_S = 40.0
BOTH = ({"name": LEFT}, {"name": RIGHT})


async def read(source: LslMergedSource, samples: int) -> list[Chunk]:
    chunks: list[Chunk] = []
    async with asyncio.timeout(TIME_LIMIT_S):
        async for chunk in source.chunks():
            if chunks:
                assert chunk.first_index == chunks[-1].next_index + chunk.lost_before
            chunks.append(chunk)
            if sum(len(each.samples) for each in chunks) >= samples:
                break
    return chunks


async def test_two_streams_of_other_phase_and_speed_become_one(pylsl: Any, senders: list[Sender]) -> None:
    left = Sender(pylsl, LEFT, channels=2, rate_hz=1000.0)
    right = Sender(pylsl, RIGHT, channels=3, rate_hz=1002.0, phase_s=0.0123, per_push=16)
    senders += [left, right]
    source = LslMergedSource(BOTH)
    info = await source.open()
    assert (info.channel_count, info.rate_hz, info.unit) == (5, 1000.0, Unit.MICROVOLT)
    assert info.labels == (f"{LEFT} 1", f"{LEFT} 2", f"{RIGHT} 1", f"{RIGHT} 2", "site 2")
    chunks = await read(source, 2500)
    rows = np.concatenate([chunk.samples for chunk in chunks])
    np.testing.assert_array_equal(rows[:, 0], np.arange(rows[0, 0], rows[0, 0] + len(rows)))
    np.testing.assert_array_equal(rows[:, 2], rows[:, 4])
    # The rig's numbers begin with 0 at the first sample, and `taken_s` is the time of the one before that number.
    left_s = np.array([left.taken_s(number + 1) for number in rows[:, 0]])
    right_s = np.array([right.taken_s(number + 1) for number in rows[:, 2]])
    assert np.median(np.abs(right_s - left_s)) < 0.001
    assert np.abs(right_s - left_s).max() < 0.004  # while the lines settle
    assert source.health.extra["slipped_samples"] >= 2
    assert source.health.lost_samples == 0
    await source.close()


async def test_a_stated_delay_moves_one_stream_against_the_other_and_a_missing_rate_is_stated_too(
    pylsl: Any, senders: list[Sender]
) -> None:
    left, right = Sender(pylsl, LEFT), Sender(pylsl, RIGHT, says_hz=0.0)
    senders += [left, right]
    source = LslMergedSource([{"name": LEFT}, {"name": RIGHT, "delay_ms": 30.0}], rate_hz=1000.0)
    await source.open()
    rows = np.concatenate([chunk.samples for chunk in await read(source, 300)])
    apart_s = np.array([right.taken_s(b) - left.taken_s(a) for a, b in zip(rows[:, 0], rows[:, 8], strict=True)])
    assert np.abs(apart_s - 0.030).max() < 0.003
    await source.close()


async def test_a_gap_in_one_is_a_gap_in_all_and_the_loss_of_one_ends_it(pylsl: Any, senders: list[Sender]) -> None:
    left, right = Sender(pylsl, LEFT), Sender(pylsl, RIGHT)
    senders += [left, right]
    source = LslMergedSource(BOTH)
    await source.open()
    await read(source, 2000)
    right.lose(150)
    chunks = await read(source, 1000)
    assert 100 <= sum(chunk.lost_before for chunk in chunks) <= 160
    assert source.health.lost_samples == sum(chunk.lost_before for chunk in chunks)
    await asyncio.to_thread(right.close)
    with pytest.raises(SourceLostError, match=f"'{RIGHT}' is lost"):
        await read(source, 1_000_000)
    senders.append(Sender(pylsl, RIGHT))
    await source.open()
    await read(source, 20)
    await source.close()


async def test_one_stream_named_twice_is_refused(pylsl: Any, senders: list[Sender]) -> None:
    senders.append(Sender(pylsl, LEFT))
    with pytest.raises(SettingsError, match="are the same one"):
        await LslMergedSource([{"name": LEFT}, {"source_id": LEFT}]).open()


def test_streams_of_different_rates_are_refused() -> None:
    with pytest.raises(SettingsError, match="one nominal rate; these have: 'a' 1000 Hz, 'b' 500 Hz"):
        merged_info([StreamInfo("a", 2, 1000.0), StreamInfo("b", 2, 500.0)])


def test_one_stream_of_arbitrary_unit_makes_all_arbitrary() -> None:
    info = merged_info([StreamInfo("a", 1, 1000.0), StreamInfo("b", 1, 1000.0, Unit.ARBITRARY, ("thumb",))])
    assert (info.unit, info.labels, info.name) == (Unit.ARBITRARY, ("a 1", "thumb"), "a + b")


@pytest.mark.parametrize(
    "streams",
    [(), ({"name": "a"},), ({"name": "a"}, {"nmae": "b"}), ({}, {"delay_ms": float("nan")}), 3, ({"name": "a"}, "b")],
)
def test_settings_that_make_no_sense_are_refused(streams: Any) -> None:
    with pytest.raises(SettingsError, match="lsl_merged needs streams"):
        LslMergedSource(streams)


@pytest.mark.parametrize("settings", [{"resolve_timeout_s": 0.0}, {"rate_hz": -1.0}, {"rate_hz": float("inf")}])
def test_times_and_rates_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="lsl_merged needs a resolve_timeout_s above 0"):
        LslMergedSource(BOTH, **settings)


def test_reading_before_opening_is_refused() -> None:
    with pytest.raises(RuntimeError, match="open the source"):
        LslMergedSource(BOTH).chunks()
