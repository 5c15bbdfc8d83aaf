"""What can be turned while an emulated device runs reaches its reader."""

import asyncio

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.serial_source import SerialSource
from sim.emulator.control import Jitter, LoseBytes, Mains, Noise, parse_control
from sim.emulator.obey import obey
from sim.errors import SimError
from tests.rigs.played import PlayedEmulator, played_lsl, played_serial

PATIENCE_S = 30.0


def turn(played: PlayedEmulator, words: str) -> None:
    line = parse_control(words)
    assert isinstance(line, Jitter | LoseBytes | Mains | Noise)
    obey(line, played.emulator)


async def samples(source: SerialSource, count: int) -> NDArray[np.float64]:
    """Return the next samples; a ramp of some counts is all that the feed holds."""
    parts: list[NDArray[np.float64]] = []
    async with asyncio.timeout(PATIENCE_S):
        async for chunk in source.chunks():
            parts.append(chunk.samples)
            if sum(map(len, parts)) >= count:
                break
    return np.concatenate(parts)


async def test_noise_and_hum_are_heard_and_go_again() -> None:
    with played_serial("efferent", SerialSource) as played:
        source = SerialSource(played.device.address)
        await source.open()
        for words, rms_uv in (("noise 200", 200.0), ("noise 0", 0.0), ("mains 300 60", 300.0), ("mains 0", 0.0)):
            turn(played, words)
            await samples(source, 200)  # what was on its way
            heard = await samples(source, 1000)
            assert heard[:, 0].std() == pytest.approx(rms_uv, rel=0.1, abs=2.0)
        await source.close()


async def test_bytes_are_lost_while_it_is_asked_for() -> None:
    with played_serial("efferent", SerialSource) as played:
        source = SerialSource(played.device.address)
        await source.open()
        await samples(source, 300)
        assert source.health.bad_frames == 0
        turn(played, "loss 0.01")
        await samples(source, 300)
        assert source.health.bad_frames > 10
        turn(played, "loss 0")
        await samples(source, 100)
        bad = source.health.bad_frames
        await samples(source, 300)
        assert source.health.bad_frames == bad
        await source.close()


async def test_jitter_makes_arrivals_uneven() -> None:
    with played_serial("efferent", SerialSource) as played:
        turn(played, "jitter 30")
        assert played.emulator.pacing.jitter_ms == 30.0
        source = SerialSource(played.device.address)
        await source.open()
        lengths: list[int] = []
        async with asyncio.timeout(PATIENCE_S):
            async for chunk in source.chunks():
                lengths.append(len(chunk.samples))
                if sum(lengths) > 600:
                    break
        assert max(lengths) > 10
        await source.close()


def test_a_stream_has_no_line_that_loses_bytes() -> None:
    with played_lsl("knobs", SerialSource) as played, pytest.raises(SimError, match="no line that could lose bytes"):
        turn(played, "loss 0.1")
