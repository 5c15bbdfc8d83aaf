"""Mains that leads and skin pick up: a hum and its third harmonic, not equally strong at each site."""

import numpy as np
from numpy.typing import NDArray

# What came through a transformer: amplitude of the third harmonic over that of the hum.
_THIRD = 0.3
# Sites differ, as the impedances of both electrodes of a pair do: this is what turns common hum into a difference.
_IMBALANCE = (0.5, 1.5)
_PHASE_SPREAD_RAD = 0.5


class Mains:
    """A hum of about `rms_uv`, of `mains_hz`; the same mains everywhere, so nearly in phase."""

    def __init__(
        self, sites: int, rms_uv: float, mains_hz: float, rate_hz: float, generator: np.random.Generator
    ) -> None:
        amplitude_uv = rms_uv * np.sqrt(2.0 / (1.0 + _THIRD**2))
        self._amplitude_uv = amplitude_uv * generator.uniform(*_IMBALANCE, sites)
        self._phase = generator.uniform(0.0, 2.0 * np.pi) + generator.uniform(0.0, _PHASE_SPREAD_RAD, sites)
        self._turn = 2.0 * np.pi * mains_hz / rate_hz
        # Above half the rate the harmonic would fold; the front end's filter takes it away.
        self._third = _THIRD if 3.0 * mains_hz < 0.45 * rate_hz else 0.0
        self._index = 0

    def next(self, n_samples: int) -> NDArray[np.float64]:
        """Return the next [n, sites] µV."""
        index = np.arange(self._index, self._index + n_samples)
        self._index += n_samples
        angle = (self._turn * index)[:, np.newaxis] + self._phase
        wave = np.sin(angle)
        if self._third:
            wave += self._third * np.sin(3.0 * angle)
        hum: NDArray[np.float64] = wave * self._amplitude_uv
        return hum
