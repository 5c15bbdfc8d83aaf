"""A device that is plugged in and out a thousand times: the source opens it each time and keeps nothing of the last."""

import asyncio
import gc
import threading
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from controller import device_link
from controller.device_link import DeviceLink
from drivers import serial_port, serial_source
from drivers.chunk import Chunk
from drivers.serial_descriptor_reader import DescriptorReader
from drivers.serial_port import OpenPort, open_port
from drivers.serial_reader import PortReader
from drivers.serial_source import SerialSource
from drivers.serial_thread_reader import ThreadReader
from drivers.source import StreamInfo
from sim.emulator.pty_device import PtyDevice
from sim.emulator.voices.efferent import EfferentVoice
from tests.rigs.front_end import open_descriptors, reading_threads

INFO = StreamInfo("bench", 8, 1000.0)
CYCLES, LOOK_EVERY = 1000, 100
SAMPLES = 20
# 10 are usual; an asyncio.Event left behind is more than 100. At the median of all looks: the interpreter's own tables,
# such as that of its strings, grow seldom and then by a megabyte.
MOST_BYTES_PER_CYCLE = 64
# What tracemalloc does not see; the 64 kB read buffer of one cycle in five would be as much.
MOST_RESIDENT_BYTES = 12 << 20
TIME_LIMIT_S = 200.0


@dataclass(slots=True)
class Held:
    """What a process holds on to."""

    descriptors: int
    threads: int
    tasks: int
    python_bytes: int
    resident_bytes: int

    @staticmethod
    def now() -> "Held":
        gc.collect()
        return Held(
            open_descriptors(),
            threading.active_count(),
            len(asyncio.all_tasks()),
            tracemalloc.get_traced_memory()[0],
            psutil.Process().memory_info().rss,
        )


@contextmanager
def traced() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


class Replugged:
    """A front end that is pulled out as soon as its samples have come, and is back at once under the same link."""

    def __init__(self, link: Path) -> None:
        self.device = PtyDevice(EfferentVoice(INFO, 1.0), link)
        self.cycles = 0
        self.received: list[NDArray[np.float64]] = []
        self.done = asyncio.Event()
        self.held: list[Held] = []
        self._counts = np.arange(8 * SAMPLES, dtype=np.int32).reshape(SAMPLES, 8)
        self.device.plug()

    def opened(self, _: StreamInfo) -> None:
        if self.cycles and self.cycles % LOOK_EVERY == 0:
            self.held.append(Held.now())
        if self.cycles == CYCLES:
            self.done.set()
        else:
            self.device.send(self._counts, 10)

    def take(self, chunk: Chunk) -> None:
        self.received.append(chunk.samples)
        if sum(len(samples) for samples in self.received) == SAMPLES:
            assert np.array_equal(np.concatenate(self.received), self._counts)
            self.received.clear()
            self.device.unplug()

    def lost(self, _: str) -> None:
        self.cycles += 1
        self.device.plug()

    async def attend(self) -> None:
        while True:
            self.device.attend(time.monotonic_ns())
            await asyncio.sleep(0.0005)


def watched_openings(monkeypatch: pytest.MonkeyPatch) -> None:
    """See that each port is closed when the next is opened: one left to the collector is freed too late, or never."""
    last: list[OpenPort] = []

    def watched(port: str, baud: int) -> OpenPort:
        assert not any(opened.serial.is_open for opened in last), "the port before is still open"
        last[:] = [open_port(port, baud)]
        return last[0]

    monkeypatch.setattr(serial_source, "open_port", watched)


@pytest.mark.parametrize("kind", [DescriptorReader, ThreadReader])
async def test_a_thousand_replugs_leave_nothing_behind(
    kind: type[PortReader], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serial_port, "BLOCKING_S", 0.002)
    monkeypatch.setattr(serial_source, "make_reader", kind)
    watched_openings(monkeypatch)
    monkeypatch.setattr(device_link, "FIRST_BACK_OFF_S", 0.0)
    # One thread for what blocks: a pool that still grows would look like a leak.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    rig = Replugged(tmp_path / "emg")
    source = SerialSource(str(tmp_path / "emg"))
    link = DeviceLink(source, rig.opened, rig.take, rig.lost, lambda _: None)
    with traced():
        tasks = [asyncio.create_task(rig.attend()), asyncio.create_task(rig.done.wait())]
        await link.open()
        tasks.append(asyncio.create_task(link.read_for_ever()))
        try:
            async with asyncio.timeout(TIME_LIMIT_S):
                (first,), _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            first.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await source.close()
            rig.device.unplug()
    assert (open_descriptors(), reading_threads()) == (0, 0)
    assert len(rig.held) == CYCLES // LOOK_EVERY
    before, after = rig.held[0], rig.held[-1]
    assert (after.descriptors, after.threads, after.tasks) == (before.descriptors, before.threads, before.tasks)
    per_cycle = float(np.median(np.diff([held.python_bytes for held in rig.held]))) / LOOK_EVERY
    assert per_cycle < MOST_BYTES_PER_CYCLE, f"{per_cycle:.0f} bytes more with each cycle"
    assert after.resident_bytes - before.resident_bytes < MOST_RESIDENT_BYTES
