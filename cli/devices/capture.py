"""What a source delivered over some seconds, and when."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from drivers.chunk import Chunk
from drivers.errors import SourceLostError
from drivers.source import EmgSource, StreamInfo

# What waited in buffers while the device was opened says nothing about how it streams.
SETTLE_S = 0.5
HOP_S = 0.01  # the default hop of a controller


@dataclass(slots=True)
class Capture:
    """Chunks and their arrivals (monotonic ns), between `begin_ns` and `end_ns`; the counters are of that time alone.

    `lost`: why the device went before the time was over, empty if it did not.
    """

    info: StreamInfo
    begin_ns: int
    end_ns: int = 0
    chunks: list[Chunk] = field(default_factory=list)
    arrivals_ns: list[int] = field(default_factory=list)
    bad_frames: int = 0
    discarded_bytes: int = 0
    lost: str = ""

    @property
    def seconds(self) -> float:
        """How long was measured."""
        return (self.end_ns - self.begin_ns) / 1e9

    def stretches(self) -> list[NDArray[np.float64]]:
        """Return the samples in stretches [n, channels], the longest first; gaps up to a hop are closed, as live."""
        parts: list[list[NDArray[np.float64]]] = []
        for chunk in self.chunks:
            if not parts or chunk.lost_before > HOP_S * self.info.rate_hz:
                parts.append([])
            parts[-1].append(chunk.samples)
        return sorted((np.concatenate(part) for part in parts), key=len, reverse=True)


async def capture(source: EmgSource, seconds: float, tell: Callable[[float], None]) -> Capture:
    """Open the source, let it settle, and keep what comes; `tell` hears how many seconds are done.

    A device that falls silent or goes ends nothing early: that is a result. Raises what `open` raises.
    """
    info = await source.open()
    try:
        await _read_for(source, SETTLE_S, lambda _chunk: None)
        health = source.health
        before = (health.bad_frames, health.discarded_bytes)
        taken = Capture(info, time.monotonic_ns())

        def keep(chunk: Chunk) -> None:
            taken.chunks.append(chunk)
            taken.arrivals_ns.append(time.monotonic_ns())
            tell((taken.arrivals_ns[-1] - taken.begin_ns) / 1e9)

        try:
            await _read_for(source, seconds, keep)
        except SourceLostError as error:
            taken.lost = str(error)
        taken.end_ns = time.monotonic_ns()
        taken.bad_frames = health.bad_frames - before[0]
        taken.discarded_bytes = health.discarded_bytes - before[1]
        return taken
    finally:
        await source.close()


async def _read_for(source: EmgSource, seconds: float, take: Callable[[Chunk], None]) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            async for chunk in source.chunks():
                take(chunk)
