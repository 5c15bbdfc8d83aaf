"""What electrodes and leads pick up besides muscle: noise and mains hum, added to what a device takes."""

import numpy as np
from numpy.typing import NDArray

from sim.errors import SimError

# The third harmonic of a hum that came through a transformer, as amplitude of the whole.
_THIRD = 0.3
# The ends of 24 bits, which every front end of ours has.
_RAIL = (1 << 23) - 1


class Interference:
    """Adds white noise, another on each channel, and one hum with its third harmonic to counts [n, channels].

    `uv_per_count`: how many microvolts a count is; of devices without a scale what their amplifier makes one count of.
    Repeats itself by `seed`.
    """

    def __init__(self, rate_hz: float, uv_per_count: float, seed: int = 0) -> None:
        self.noise_uv = self.mains_uv = 0.0
        self.mains_hz = 50.0
        self._rate_hz, self._uv_per_count = rate_hz, uv_per_count
        self._generator = np.random.default_rng(seed)
        self._index = 0

    def set_noise(self, rms_uv: float) -> None:
        """Add noise of so many µV RMS from now on; 0 for none."""
        if not 0 <= rms_uv <= 100_000:
            raise SimError(f"noise is 0 to 100000 µV RMS, not {rms_uv:g}")
        self.noise_uv = rms_uv

    def set_mains(self, rms_uv: float, mains_hz: float = 50.0) -> None:
        """Add a hum of so many µV RMS from now on; 0 for none."""
        if not 0 <= rms_uv <= 100_000 or mains_hz not in (50.0, 60.0):
            raise SimError(f"a hum is 0 to 100000 µV RMS of 50 or 60 Hz, not {rms_uv:g} µV of {mains_hz:g} Hz")
        self.mains_uv, self.mains_hz = rms_uv, mains_hz

    def add(self, counts: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the counts with all of it; the same array where there is nothing to add."""
        index = np.arange(self._index, self._index + len(counts))
        self._index += len(counts)
        if not (self.noise_uv or self.mains_uv):
            return counts
        added_uv = np.zeros(counts.shape)
        if self.noise_uv:
            added_uv += self._generator.normal(0.0, self.noise_uv, counts.shape)
        if self.mains_uv:
            turn = 2.0 * np.pi * self.mains_hz / self._rate_hz * index
            wave = np.sin(turn) + _THIRD * np.sin(3.0 * turn)
            added_uv += (wave * self.mains_uv * np.sqrt(2.0 / (1.0 + _THIRD**2)))[:, np.newaxis]
        noisy = np.rint(counts + added_uv / self._uv_per_count)
        return np.clip(noisy, -_RAIL, _RAIL).astype(np.int32)
