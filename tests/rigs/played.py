"""Emulated devices as the conformance suite wants them: one for its bytes, one that really is there."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivers.source import EmgSource, StreamInfo
from sim.emulator.catalogue import make_voice
from sim.emulator.device import Device
from sim.emulator.emulator import Emulator
from sim.emulator.lsl_device import LslDevice
from sim.emulator.pacing import Pacing
from sim.emulator.pty_device import PtyDevice
from sim.errors import SimError

# Frames that hold more samples than this are no frames of a device for control.
_MOST_SAMPLES_PER_FRAME = 256
_TURN_NS = 10_000_000
_TURNS_PER_TALK = 5
_PERIOD = 97


def protocol_of(device: str) -> str:
    """Return the protocol that an emulated device of this name speaks, mostly of the same name."""
    return {"cyton_daisy": "cyton", "csv_bare": "csv_lines"}.get(device, device)


class Ramps:
    """A feed of slowly rising counts, another on each channel, that costs next to nothing."""

    def __init__(self, info: StreamInfo, scale: float) -> None:
        self.info, self.scale = info, scale
        self._next = 0
        # 97 and 8 share no divisor, so that neighbours differ; small enough for converters of eight bits
        rows = np.arange(_PERIOD, dtype=np.int32)[:, None]
        self._period = ((rows * 8 + np.arange(info.channel_count)) % _PERIOD - 48).astype(np.int32)

    def next_counts(self, n_samples: int) -> NDArray[np.int32]:
        first, self._next = self._next, (self._next + n_samples) % _PERIOD
        if first + n_samples <= _PERIOD:
            return self._period[first : first + n_samples].copy()
        return self._period[np.arange(first, first + n_samples) % _PERIOD]

    def set_intent(self, motion: str, effort: float) -> None:
        raise SimError(f"ramps mean nothing, not {motion} with {effort}")


class ExampleVoice:
    """The device's side of a serial protocol, from its emulator: one sample after the other, no time passes."""

    def __init__(self, protocol: str) -> None:
        self._taken, self._at_once = 0, 1
        self._start(protocol)
        self.frame()
        self.samples_per_frame = self._at_once = self._taken
        self._taken = 0
        self._start(protocol)
        self._now_ns = 0
        self._opened = False

    def answer(self, words: bytes, elapsed_s: float) -> bytes:  # noqa: ARG002 - the emulator knows what time it is
        said = b""
        if not self._opened:
            self._opened = True
            said = self._voice.opened(self._now_ns)
        if words:
            said += self._voice.hear(words, self._now_ns)
        for _ in range(_TURNS_PER_TALK):
            self._now_ns += _TURN_NS
            said += self._voice.due(self._now_ns)
            if self._voice.streaming:
                said += self.frame()
        return said

    def _start(self, protocol: str) -> None:
        self._voice = make_voice(protocol, "conformance", "1")
        self._feed = Ramps(self._voice.info, self._voice.uv_per_count)
        self._voice.switch_on()

    def frame(self) -> bytes:
        """Return the next frame; a device whose frames hold several samples takes so many first."""
        for _ in range(_MOST_SAMPLES_PER_FRAME):
            self._taken += self._at_once
            time_us = round(self._taken * 1e6 / self._voice.info.rate_hz)
            if packets := self._voice.frames(self._feed.next_counts(self._at_once), time_us, 1):
                return b"".join(packets)
        raise AssertionError(f"{_MOST_SAMPLES_PER_FRAME} samples gave no frame")


@dataclass(slots=True)
class PlayedEmulator:
    """An emulated device that a thread plays; `make_source` makes a source for its address."""

    emulator: Emulator
    device: Device
    make_source: Callable[[str], EmgSource]

    def source(self) -> EmgSource:
        return self.make_source(self.device.address)

    def unplug(self) -> None:
        self.emulator.unplug()

    def plug(self) -> None:
        self.emulator.plug()


@contextlib.contextmanager
def played_serial(protocol: str, make_source: Callable[[str], EmgSource]) -> Iterator[PlayedEmulator]:
    voice = make_voice(protocol, "conformance", "1")
    feed = Ramps(voice.info, voice.uv_per_count)
    with tempfile.TemporaryDirectory() as folder:
        # By a link, because another process may take the pty's number while the device is unplugged.
        device = PtyDevice(voice, Path(folder) / "emg")
        with Emulator(feed, [device], Pacing(voice.info.rate_hz)) as emulator:
            yield PlayedEmulator(emulator, device, make_source)


@contextlib.contextmanager
def played_lsl(name: str, make_source: Callable[[str], EmgSource]) -> Iterator[PlayedEmulator]:
    info = StreamInfo(name, 8, 1000.0, source_id=name)
    device = LslDevice(info, 1.0)
    with Emulator(Ramps(info, 1.0), [device], Pacing(info.rate_hz)) as emulator:
        yield PlayedEmulator(emulator, device, make_source)


@contextlib.contextmanager
def played_lsl_pair(names: tuple[str, str], make_source: Callable[[str], EmgSource]) -> Iterator[PlayedEmulator]:
    """Two streams with the same samples; the source is made for the first's name."""
    infos = [StreamInfo(name, 8, 1000.0, source_id=name) for name in names]
    devices = [LslDevice(info, 1.0) for info in infos]
    with Emulator(Ramps(infos[0], 1.0), devices, Pacing(1000.0)) as emulator:
        yield PlayedEmulator(emulator, devices[0], make_source)
