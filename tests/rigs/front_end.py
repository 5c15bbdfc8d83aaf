"""A front end of the efferent framing on a real pseudo-terminal, and how a test reads from its source."""

import asyncio
import contextlib
import gc
import os
import threading
import tty
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivers.chunk import Chunk
from drivers.protocols.efferent_frame import EfferentEncoder
from drivers.source import EmgSource, StreamInfo, Unit

INFO = StreamInfo("bench", 8, 1000.0, Unit.MICROVOLT, tuple("abcdefgh"), "unit 1")
SCALE = 0.1
TIME_LIMIT_S = 30.0


class Device:
    """A front end on a real pty, which answers `describe` unless it is told to be silent."""

    def __init__(self, boot: int = 1, answers: bool = True) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.port = os.ttyname(self._slave)
        self.encoder = EfferentEncoder(INFO, SCALE, boot)
        self.heard = b""
        self._answers = answers
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._master, self._hear)

    def _hear(self) -> None:
        self.heard += os.read(self._master, 1000)
        if self._answers and self.heard.endswith(b"describe\n"):
            os.write(self._master, self.encoder.description())

    async def write(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self._master, data) :]
            except BlockingIOError:
                await asyncio.sleep(0)

    async def send(self, samples: int, device_time_us: int = 0, per_packet: int = 10) -> None:
        """Send samples whose first channel holds their index."""
        await self.write(self.packets(samples, device_time_us, per_packet))

    def packets(self, samples: int, device_time_us: int = 0, per_packet: int = 10) -> bytes:
        first = self.encoder.next_index
        counts = np.repeat(np.arange(first, first + samples).reshape(-1, 1), 8, axis=1)
        return self.encoder.data(counts, device_time_us or 1000 * (first + samples), per_packet)

    def unplug(self) -> None:
        if self._master >= 0:
            self._loop.remove_reader(self._master)
            os.close(self._slave)
            os.close(self._master)
            self._master = -1


def indices(chunk: Chunk) -> NDArray[np.float64]:
    return np.round(chunk.samples[:, 0] / SCALE)


async def read_until(source: EmgSource, samples: int) -> list[Chunk]:
    """Read until so many samples have come or are known to be lost."""
    chunks: list[Chunk] = []
    async with asyncio.timeout(TIME_LIMIT_S):
        async for chunk in source.chunks():
            chunks.append(chunk)
            if sum(len(one.samples) + one.lost_before for one in chunks) >= samples:
                break
    return chunks


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(TIME_LIMIT_S):
        while not holds():
            await asyncio.sleep(0.001)


def open_descriptors() -> int:
    """Count the open terminals: other descriptors (liblsl's sockets, say) come and go behind every test's back."""
    gc.collect()
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the one that lists them
            count += str(entry.readlink()).startswith(("/dev/pts", "/dev/ptmx", "/dev/tty"))
    return count


def reading_threads() -> int:
    return sum(thread.name.startswith("serial ") for thread in threading.enumerate())
