"""A driver alone: bytes written by a device → chunk in the hands of who reads, and what that costs."""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from cli.bench.front_end import FrontEnd, Load, running_front_end, sent_counts
from cli.bench.percentiles import percentiles
from cli.errors import UsageError
from drivers.chunk import Chunk
from drivers.serial_source import SerialSource
from drivers.source import SourceHealth

# The largest load, for its cost, and the usual one, for its delay.
LOADS = {"throughput": Load(64, 4000.0, 10), "latency": Load(8, 1000.0, 10)}
# Left out at the beginning: caches, and the first pages of every array.
WARM_UP_S = 1.0
# How long a loop is watched that does nothing.
IDLE_S = 1.0
# Samples that are compared with those sent; more of them would not fit into memory for long spans.
COMPARED_S = 5.0


@dataclass(frozen=True, slots=True)
class DriverRow:
    """One load. Losses and bad frames are counted from the opening on, `wrong_samples` in the first `COMPARED_S`.

    `cpu_percent`: of a core, by the reading process alone, less `idle_percent` of a loop that does nothing.
    `delay_ms`: right before the packet was written → its samples in the hands of the reader.
    """

    name: str
    channels: int
    rate_hz: float
    samples_per_packet: int
    duration_s: float
    samples: int
    chunks: int
    lost_samples: int
    bad_frames: int
    wrong_samples: int
    cpu_percent: float
    idle_percent: float
    delay_ms: dict[str, float]

    @property
    def problems(self) -> tuple[str, ...]:
        """What must not be, on any machine."""
        found = []
        if self.lost_samples or self.bad_frames:
            found.append(f"{self.name}: {self.lost_samples} samples lost, {self.bad_frames} bad frames")
        if self.wrong_samples:
            found.append(f"{self.name}: {self.wrong_samples} samples are not those that were sent")
        return tuple(found)


@dataclass(slots=True)
class _Heard:
    """What the reader notes: newest index and time of each chunk, and the first chunks themselves."""

    newest: list[int]
    at_ns: list[int]
    kept: list[Chunk]
    cpu_percent: float
    health: SourceHealth


def measure_driver(console: Console, duration_s: float) -> list[DriverRow]:
    """Measure each load for so long, one after the other."""
    rows = []
    for name, load in LOADS.items():
        # No bar: a thread that draws would count as the driver's.
        console.print(f"{name}: {load.channels} channels at {load.rate_hz:g} Hz, {duration_s:g} s")
        with tempfile.TemporaryDirectory(prefix="efferent-bench-") as folder:
            lasts_s = duration_s + WARM_UP_S + 10.0
            with running_front_end(Path(folder), load, lasts_s) as device:
                heard, idle_percent = asyncio.run(_listen(device.port, load, duration_s))
                rows.append(_row(name, load, duration_s, device, heard, idle_percent))
    return rows


async def _listen(port: str, load: Load, duration_s: float) -> tuple[_Heard, float]:
    cpu_s, began_s = time.process_time(), time.monotonic()
    await asyncio.sleep(IDLE_S)
    idle_percent = 100 * (time.process_time() - cpu_s) / (time.monotonic() - began_s)
    source = SerialSource(port)
    await source.open()
    try:
        heard = _Heard([], [], [], 0.0, source.health)
        await _read(source, heard, None, WARM_UP_S)
        cpu_s, began_s = time.process_time(), time.monotonic()
        await _read(source, heard, round(COMPARED_S * load.rate_hz), duration_s)
        heard.cpu_percent = 100 * (time.process_time() - cpu_s) / (time.monotonic() - began_s) - idle_percent
    finally:
        await source.close()
    return heard, idle_percent


async def _read(source: SerialSource, heard: _Heard, keep: int | None, seconds: float) -> None:
    """Read for so long; note what comes, nothing while warming up (`keep` None)."""
    until_ns = time.monotonic_ns() + round(seconds * 1e9)
    async for chunk in source.chunks():
        now_ns = time.monotonic_ns()
        if keep is not None:
            heard.newest.append(chunk.next_index - 1)
            heard.at_ns.append(now_ns)
            if keep > 0:
                keep -= len(chunk.samples)
                heard.kept.append(chunk)
        if now_ns >= until_ns:
            return


def _row(name: str, load: Load, duration_s: float, device: FrontEnd, heard: _Heard, idle_percent: float) -> DriverRow:
    if len(heard.newest) < 2:
        raise UsageError("nothing was measured: no samples came from the emulated device")
    return DriverRow(
        name,
        load.channels,
        load.rate_hz,
        load.samples_per_packet,
        duration_s,
        heard.newest[-1] - heard.newest[0],
        len(heard.newest) - 1,
        heard.health.lost_samples,
        heard.health.bad_frames,
        _wrong_samples(heard.kept, sent_counts(load)),
        round(heard.cpu_percent, 2),
        round(idle_percent, 2),
        percentiles(_delays_ns(device.writes, heard)),
    )


def _wrong_samples(kept: list[Chunk], sent: NDArray[np.float64]) -> int:
    wrong = 0
    for chunk in kept:
        rows = np.arange(chunk.first_index, chunk.next_index) % len(sent)
        wrong += int(np.count_nonzero((chunk.samples != sent[rows]).any(axis=1)))
    return wrong


def _delays_ns(writes: NDArray[np.int64], heard: _Heard) -> list[int]:
    """Return for each packet how long it took from its write to the chunk that holds its newest sample."""
    newest = np.array(heard.newest)
    logged = writes[writes[:, 1] > 0]
    logged = logged[(logged[:, 0] > newest[0]) & (logged[:, 0] <= newest[-1])]
    at_ns = np.array(heard.at_ns)[np.searchsorted(newest, logged[:, 0])]
    return [int(delay_ns) for delay_ns in at_ns - logged[:, 1]]
