"""Emulated boards on real pseudo-terminals, read by the serial source: the very counts that they were given."""

import asyncio
import os
import tty
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.errors import SourceLostError
from drivers.protocols.spikerbox_frames import pack_frames
from drivers.protocols.spikerbox_messages import message
from drivers.serial_source import SerialSource
from drivers.source import StreamInfo
from sim.emulator.catalogue import make_voice
from sim.emulator.emulator import Emulator
from sim.emulator.pacing import Pacing
from sim.emulator.pty_device import PtyDevice
from tests.rigs.played import Ramps, protocol_of

PATIENCE_S = 30.0
SAMPLES = 300


async def read(
    device: str, options: dict[str, Any], channels: int | None = None, samples: int = SAMPLES
) -> tuple[StreamInfo, NDArray[np.float64]]:
    """Return what an emulated device describes, and so many samples that follow each other without a gap."""
    voice = make_voice(device, channels=channels)
    pty = PtyDevice(voice)
    with Emulator(Ramps(voice.info, voice.uv_per_count), [pty], Pacing(voice.info.rate_hz)):
        source = SerialSource(pty.address, protocol_of(device), options=options)
        async with asyncio.timeout(PATIENCE_S):
            info = await source.open()
            rows = np.empty((0, info.channel_count))
            async for chunk in source.chunks():
                # a machine that is held up may lose some, and then we look at what follows
                rows = chunk.samples if chunk.lost_before else np.concatenate([rows, chunk.samples])
                if len(rows) >= samples:
                    break
        await source.close()
    return info, rows


@pytest.mark.parametrize(
    ("device", "options", "channels", "unit_per_count", "zero"),
    [
        ("spikerbox", {}, None, 1.0, 0),
        ("spikerbox", {"channels": 3}, 3, 1.0, 0),
        ("chords", {}, None, 1.0, 0),
        ("olimex", {"rate_hz": 256.0}, None, 1.0, 0),
        ("csv_lines", {}, 5, 5e6 / 1000 / 1024, 0),
        ("csv_bare", {"rate_hz": 250.0}, 3, 1.0, 512),
    ],
)
async def test_counts_arrive_as_they_were_taken(
    device: str, options: dict[str, Any], channels: int | None, unit_per_count: float, zero: int
) -> None:
    info, rows = await read(device, options, channels)
    counts = rows / unit_per_count - zero
    assert channels in (None, info.channel_count)
    # from sample to sample the ramps rise by 8, from channel to channel by 1, and begin again after 97
    np.testing.assert_array_equal(np.mod(np.diff(counts, axis=0), 97), 8)
    np.testing.assert_array_equal(np.mod(np.diff(counts, axis=1), 97), 1)
    assert (counts.min(), counts.max()) == (-48, 48)


async def test_the_rate_of_bare_lines_is_measured_where_nobody_names_it() -> None:
    info, _ = await read("csv_bare", {})
    assert abs(info.rate_hz / 250.0 - 1.0) < 0.05  # how well depends on the machine; the unit test asks for more


async def test_a_sketch_of_another_rate_than_it_was_opened_with_is_ended() -> None:
    with pytest.raises(SourceLostError, match=r"it sends 2\d\d samples/s and was described with 125"):
        await read("olimex", {"rate_hz": 125.0}, samples=100_000)


async def test_events_that_a_board_reports_are_counted() -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    source = SerialSource(os.ttyname(slave), "spikerbox")
    frames = pack_frames(np.zeros((40, 2), dtype=np.int32), 10).tobytes()
    try:
        async with asyncio.timeout(PATIENCE_S):
            opening = asyncio.create_task(source.open())
            while not opening.done():
                os.write(master, message("HWT:MUSCLESS;") + frames)
                await asyncio.sleep(0.02)
            await opening
            os.write(master, frames[:3] + message("EVNT:3;") + frames[3:])
            while source.health.extra.get("device_markers") != 1:
                await asyncio.sleep(0.01)
    finally:
        await source.close()
        os.close(master)
        os.close(slave)
