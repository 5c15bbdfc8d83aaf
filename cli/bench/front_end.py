"""The device that drivers are measured with: a front end of our own framing, in a process of its own, on a real pty."""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cli.errors import UsageError
from drivers.recordings.recording import Recording
from drivers.source import StreamInfo
from sim.emulator.emulator import Emulator
from sim.emulator.feed import RecordingFeed
from sim.emulator.pacing import Pacing
from sim.emulator.pty_device import PtyDevice
from sim.emulator.voices.efferent import EfferentVoice

# 100 µV of EMG at 2^-6 µV per count. Small beside 24 bits: the upper byte is 00 or FF, as on every real line, and a
# framing that stuffs zeros has work to do.
NOISE_COUNTS = 6400.0
# What a microcontroller with USB can keep. Without it a pty, which holds 12 kB, would lose packets whenever the device
# itself is late by 16 ms at the larger load, and writes all that is due at once.
BUFFER_BYTES = 1 << 16
READY_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Load:
    """What the device sends."""

    channels: int
    rate_hz: float
    samples_per_packet: int


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """The running device. `writes`: int64 [packets, 2], newest sample's index and monotonic ns right before the write;
    rows that are not written yet are zero."""

    port: str
    writes: NDArray[np.int64]


def sent_counts(load: Load) -> NDArray[np.float64]:
    """Return the second of noise that the device repeats, in counts, [n, channels]; sample 0 is its first row."""
    generator = np.random.default_rng(0)
    return np.rint(generator.normal(0.0, NOISE_COUNTS, (round(load.rate_hz), load.channels)))


@contextmanager
def running_front_end(folder: Path, load: Load, lasts_s: float) -> Iterator[FrontEnd]:
    """Start the device, which sends its first sample when it has a reader; end it. Raises `UsageError`."""
    packets = int(lasts_s * load.rate_hz / load.samples_per_packet)
    writes = np.memmap(folder / "writes", np.int64, "w+", shape=(packets, 2))
    process = multiprocessing.get_context("spawn").Process(
        name="device", target=run_front_end, args=(folder, load, packets), daemon=True
    )
    process.start()
    try:
        deadline_s = time.monotonic() + READY_WITHIN_S
        while not (folder / "ready").exists():
            if time.monotonic() > deadline_s or not process.is_alive():
                raise UsageError(f"the emulated device did not start within {READY_WITHIN_S:g} s")
            time.sleep(0.02)
        yield FrontEnd(str(folder / "emg"), writes)
        if not process.is_alive():
            raise UsageError("the emulated device ended while measuring")
    finally:
        process.terminate()
        process.join(5.0)


def run_front_end(folder: Path, load: Load, packets: int) -> None:
    """Emulate the device for ever."""
    log: NDArray[np.int64] = np.memmap(folder / "writes", np.int64, "r+", shape=(packets, 2))
    samples = sent_counts(load)
    none = np.zeros(len(samples), dtype=np.int64)
    info = StreamInfo("bench", load.channels, load.rate_hz)
    feed = RecordingFeed(Recording(info, samples, ("noise",), none, none, none, none), loop=True)
    device = PtyDevice(EfferentVoice(info, feed.scale), folder / "emg", buffer_bytes=BUFFER_BYTES)
    with Emulator(feed, [device], Pacing(load.rate_hz, load.samples_per_packet), True, log) as emulator:
        (folder / "ready").touch()
        emulator.wait_ended()
