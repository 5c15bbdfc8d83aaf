"""The cuff, the armband and the sensors, each emulated on a real pty and read back through the serial source."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.errors import SourceLostError
from drivers.protocols.bgapi import Word, encode
from drivers.recordings.recording import Recording
from drivers.serial_source import SerialSource
from drivers.source import SourceHealth, StreamInfo, Unit
from sim.emulator.catalogue import make_voice
from sim.emulator.emulator import Emulator
from sim.emulator.feed import RecordingFeed
from sim.emulator.pacing import Pacing
from sim.emulator.pty_device import PtyDevice
from sim.emulator.voices.myo import MyoVoice
from sim.emulator.voices.umyo import UmyoVoice

PATIENCE_S = 30.0


@dataclass(frozen=True)
class Played:
    """What an emulated device is given to send, and what it makes of it."""

    lowest: int
    highest: int
    step: int = 1  # of the samples as they arrive
    offset: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)


DEVICES = {
    "emager": Played(-(1 << 15), (1 << 15) - 1, step=2),
    "myo": Played(-128, 127),
    "umyo": Played(-16_000, 16_000, offset=16_000),
}


def any_samples(played: Played, count: int, channels: int) -> NDArray[np.int64]:
    return np.random.default_rng(0).integers(played.lowest, played.highest + 1, (count, channels))


def endless_feed(samples: NDArray[np.int64], rate_hz: float) -> RecordingFeed:
    nothing = np.zeros(len(samples), dtype=np.int64)
    info = StreamInfo("played", samples.shape[1], rate_hz, Unit.ARBITRARY)
    recording = Recording(info, samples.astype(np.float64), (), nothing, nothing, nothing, nothing)
    return RecordingFeed(recording, loop=True)


async def read(source: SerialSource, samples: int) -> NDArray[np.float64]:
    """Return at least so many rows, none of them lost."""
    chunks = []
    async with asyncio.timeout(PATIENCE_S):
        async for chunk in source.chunks():
            chunks.append(chunk)
            if chunk.next_index >= samples:
                break
    rows = np.concatenate([chunk.samples for chunk in chunks])
    assert [chunk.lost_before for chunk in chunks] == [0] * len(chunks)
    assert chunks[-1].next_index == len(rows)
    return rows


@pytest.mark.parametrize("name", DEVICES)
async def test_what_the_device_was_given_arrives_as_it_was_and_once_more_after_closing(name: str) -> None:
    played, voice = DEVICES[name], make_voice(name)
    info = voice.info
    sent = any_samples(played, 4000, info.channel_count)
    expected = sent // played.step * played.step + played.offset
    device = PtyDevice(voice)
    with Emulator(endless_feed(sent, info.rate_hz), [device], Pacing(info.rate_hz)):
        source = SerialSource(device.address, name, options=played.options)
        for _ in range(2):
            described = await source.open()
            assert (described.channel_count, described.rate_hz) == (info.channel_count, info.rate_hz)
            assert described.unit is Unit.ARBITRARY
            rows = await read(source, round(0.3 * info.rate_hz))
            await source.close()
            (begin,) = np.flatnonzero((expected == rows[0]).all(axis=1))
            assert np.array_equal(rows, np.roll(expected, -begin, axis=0)[: len(rows)])
            assert source.health == SourceHealth(source.health.chunks, len(rows), extra=source.health.extra)


class LeavingArmband(MyoVoice):
    """Goes out of reach after a hundred values."""

    def frames(self, counts: NDArray[np.int32], newest_time_us: int, samples_per_packet: int) -> Sequence[bytes]:
        values = super().frames(counts, newest_time_us, samples_per_packet)
        left: int = getattr(self, "_left", 100)
        self._left = max(left - len(values), 0)
        return values if len(values) <= left else [*values[:left], encode(Word.DISCONNECTED, 0, 0x0208)]


async def test_an_armband_that_goes_out_of_reach_is_lost_and_says_why() -> None:
    voice = LeavingArmband()
    device = PtyDevice(voice)
    with Emulator(endless_feed(np.ones((8, 8), dtype=np.int64), 200.0), [device], Pacing(200.0)):
        source = SerialSource(device.address, "myo")
        await source.open()
        with pytest.raises(SourceLostError, match="the armband has disconnected: it was out of reach"):
            await read(source, 1000)
        assert source.health.samples == 200
        await source.close()


class FalteringSensor(UmyoVoice):
    """Loses fifty packets of its second sensor, a third of a second."""

    def frames(self, counts: NDArray[np.int32], newest_time_us: int, samples_per_packet: int) -> Sequence[bytes]:
        kept = []
        for frame in super().frames(counts, newest_time_us, samples_per_packet):
            is_second = frame[5:9] == b"\x5a\x0c\x11\xe1"
            self._sent = getattr(self, "_sent", 0) + is_second
            if not (is_second and 100 <= self._sent < 150):
                kept.append(frame)
        return kept


async def test_a_sensor_that_is_silent_for_a_while_is_a_gap_in_all_channels() -> None:
    voice = FalteringSensor(3)
    rate_hz = voice.info.rate_hz
    sent = np.arange(30_000).reshape(-1, 3) - 15_000
    device = PtyDevice(voice)
    gaps, rows = [], []
    with Emulator(endless_feed(sent, rate_hz), [device], Pacing(rate_hz), wait_for_reader=True):
        source = SerialSource(device.address, "umyo", options={"sensors": voice.info.labels})
        await source.open()
        async with asyncio.timeout(PATIENCE_S):
            async for chunk in source.chunks():
                rows.append(chunk.samples)
                gaps += [chunk.lost_before] if chunk.lost_before else []
                if chunk.next_index > rate_hz:
                    break
        assert gaps == [source.health.lost_samples]
        await source.close()
    times = np.concatenate(rows)
    assert set(np.diff(times[:, 0])) == {3.0, 3.0 * (gaps[0] + 1)}
    assert np.array_equal(np.diff(times, axis=1), np.ones((len(times), 2)))
    assert gaps[0] == 8 * 50
