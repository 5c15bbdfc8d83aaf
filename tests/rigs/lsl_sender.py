"""A real LSL outlet that pushes numbered samples from a thread of its own."""

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

CHANNELS = 8
RATE_HZ = 1000.0
# How long before it is pushed the newest sample was taken, by its stamp.
OLD_S = 0.02


class Sender:
    """Pushes `per_push` samples at a time; each sample holds its number in all channels.

    `says_hz` is the rate in its description, `rate_hz` the one at which it really takes samples. `phase_s` moves the
    times of all samples.
    """

    def __init__(
        self,
        pylsl: Any,
        name: str,
        source_id: str = "",
        unit: str = "microvolts",
        *,
        kind: str = "float32",
        channels: int = CHANNELS,
        rate_hz: float = RATE_HZ,
        says_hz: float = RATE_HZ,
        per_push: int = 10,
        phase_s: float = 0.0,
        seed: int | None = None,
        places_mm: Sequence[tuple[float, float, float]] = (),
    ) -> None:
        self._pylsl = pylsl
        self._channels, self._rate_hz, self._per_push = channels, rate_hz, per_push
        self._random = np.random.default_rng(seed) if seed is not None else None
        info = pylsl.StreamInfo(name, "EMG", channels, says_hz, kind, source_id or name)
        described = info.desc().append_child("channels")
        for n in range(channels):
            channel = described.append_child("channel")
            channel.append_child_value("label", f"site {n}")
            channel.append_child_value("unit", unit)
            if places_mm:
                location = channel.append_child("location")
                for axis, value_mm in zip("XYZ", places_mm[n], strict=True):
                    location.append_child_value(axis, str(value_mm))
        self._outlet = pylsl.StreamOutlet(info)
        self._number = 0
        self._start_s: float = pylsl.local_clock() + phase_s
        self.stamp_offset_s = 0.0
        self.stamp_step_s = 0.0
        self._paused = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._push, name="sender", daemon=True)
        self._thread.start()

    def pause(self) -> None:
        self._paused.set()

    def lose(self, samples: int) -> None:
        """Let the stamps jump, as if these samples had been taken and never sent."""
        self.stamp_step_s = samples / self._rate_hz

    def change_rate(self, rate_hz: float) -> None:
        """Take samples at another rate from now on; the stream goes on to say the old one."""
        self._start_s += self._number / self._rate_hz - self._number / rate_hz
        self._rate_hz = rate_hz

    def taken_s(self, number: float) -> float:
        """When the sample of that number was taken, on LSL's clock, if nothing was lost."""
        return self._start_s + (number - self._per_push) / self._rate_hz - OLD_S

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._outlet = None  # liblsl ends the stream when nobody holds the outlet

    def _push(self) -> None:
        while not self._stop.wait(self._wait_s()):
            if self._paused.is_set():
                continue
            numbers = np.arange(self._number, self._number + self._per_push)
            self._number += self._per_push
            newest_s = self.taken_s(self._number) + self.stamp_step_s + self.stamp_offset_s
            self._outlet.push_chunk(np.repeat(numbers.reshape(-1, 1), self._channels, axis=1), newest_s)

    def _wait_s(self) -> float:
        due_s: float = self._start_s + self._number / self._rate_hz - self._pylsl.local_clock()
        if self._random is not None:  # what is due waits up to 60 ms more, and then leaves in one lump
            due_s += float(self._random.uniform(0.0, 0.06)) * float(self._random.random() < 0.1)
        return max(0.0, due_s)
