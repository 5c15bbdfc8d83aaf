"""Where an emulated device gets its samples: a virtual wearer, or a recording."""

import math
from collections import deque
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drivers.recordings.recording import Recording
from drivers.source import StreamInfo
from sim.emg.led_wearer import LedWearer
from sim.emg.script import Script
from sim.errors import SimError

# Symmetric, so that a clipped signal is as far from zero on both sides; 24 bits are what the wire carries.
_COUNT_LIMIT = (1 << 23) - 1
# Close to the 0.0224 µV of an ADS1299 at gain 24, and a power of two: every sample is exact as float32 too, so that
# serial and LSL deliver the very same numbers.
GENERATOR_UV_PER_COUNT = 2.0**-6


class Feed(Protocol):
    """Samples in the order in which a device takes them. `scale` is the unit of `info` per count."""

    info: StreamInfo
    scale: float

    def next_counts(self, n_samples: int) -> NDArray[np.int32]:
        """Return the next [n, channels] counts; fewer than asked for only at the end, and then none."""
        ...

    def set_intent(self, motion: str, effort: float) -> None:
        """Make the wearer mean a motion from the next sample on. Raises `SimError` where there is none to ask."""
        ...


class WearerFeed:
    """A virtual wearer, led by hand with `set_intent`, or by a script that also ends the feed.

    `uv_per_count`: how finely the device that sends this feed measures.
    """

    def __init__(
        self,
        wearer: LedWearer,
        script: Script | None = None,
        name: str = "",
        source_id: str = "",
        uv_per_count: float = GENERATOR_UV_PER_COUNT,
    ) -> None:
        self.info = named(wearer.info, name, source_id)
        self.scale = uv_per_count
        self._wearer = wearer
        self._scripted = script is not None
        self._steps = deque(script.steps if script else ())
        self._left_in_step = 0
        for step in self._steps:
            wearer.check_intent(step.motion, step.effort)

    def next_counts(self, n_samples: int) -> NDArray[np.int32]:
        """Return the next [n, channels] counts of `uv_per_count`."""
        if not self._scripted:
            return _to_counts(self._wearer.next(n_samples), self.scale)
        parts = [np.empty((0, self.info.channel_count))]
        missing = n_samples
        while missing > 0 and (self._left_in_step or self._steps):
            if not self._left_in_step:
                step = self._steps.popleft()
                self._wearer.set_intent(step.motion, step.effort)
                self._left_in_step = max(1, round(step.seconds * self.info.rate_hz))
            count = min(missing, self._left_in_step)
            parts.append(self._wearer.next(count))
            missing -= count
            self._left_in_step -= count
        return _to_counts(np.concatenate(parts), self.scale)

    def set_intent(self, motion: str, effort: float) -> None:
        """Make the wearer mean `motion`. Raises `SimError` for what the wearer cannot, and when a script leads."""
        if self._scripted:
            raise SimError("a script leads this wearer; start the emulator without one to lead it by hand")
        self._wearer.set_intent(motion, effort)


class RecordingFeed:
    """A recording, once or for ever. Its breaks are played as if the samples had followed each other.

    Whole numbers keep their value (scale 1), as most devices record counts; others are rounded to a power of two that
    leaves at least 22 bits for the largest sample. Raises `SimError` for a recording that no device could send.
    """

    def __init__(self, recording: Recording, loop: bool = False, name: str = "", source_id: str = "") -> None:
        if len(recording) == 0:
            raise SimError("the recording holds no samples to emulate; choose other sessions or repetitions")
        if not np.isfinite(recording.samples).all():
            raise SimError("the recording holds samples that are not numbers; a device cannot send those")
        self.info = named(recording.info, name, source_id)
        self.scale = _fitting_scale(recording.samples)
        self._counts = _to_counts(recording.samples, self.scale)
        self._loop = loop
        self._next = 0

    def next_counts(self, n_samples: int) -> NDArray[np.int32]:
        """Return the next [n, channels] counts; from the start again after the end when looped."""
        if self._loop:
            rows = (self._next + np.arange(n_samples)) % len(self._counts)
            self._next = (self._next + n_samples) % len(self._counts)
            looped: NDArray[np.int32] = self._counts[rows]
            return looped
        counts = self._counts[self._next : self._next + n_samples]
        self._next += len(counts)
        return counts

    def set_intent(self, motion: str, effort: float) -> None:
        """Refuse: a recording means what it means."""
        raise SimError(f"a recording cannot be told to mean '{motion}' ({effort:g}); use the generator for that")


def named(info: StreamInfo, name: str, source_id: str) -> StreamInfo:
    """Return `info` under another name and source id; an empty one keeps what is there."""
    return replace(info, name=name or info.name, source_id=source_id or info.source_id)


def _fitting_scale(samples: NDArray[np.float64]) -> float:
    largest = float(np.abs(samples).max())
    if largest <= _COUNT_LIMIT and np.array_equal(samples, np.rint(samples)):
        return 1.0
    return 2.0 ** (math.frexp(largest)[1] - 23)


def _to_counts(samples: NDArray[np.float64], scale: float) -> NDArray[np.int32]:
    return np.clip(np.rint(samples / scale), -_COUNT_LIMIT, _COUNT_LIMIT).astype(np.int32)
