"""Noise of skin, electrode and amplifier: white, with more of it below some 10 Hz.

Electrodes on skin make 1 to 20 µV RMS, by skin and treatment (Huigen, Peper & Grimbergen 2002, doi 10.1007/BF02344216),
thermal at high frequencies and falling steeply at low ones (Gondran et al. 1996, doi 10.1007/BF02523851).
"""

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled

_CORNER_HZ = 10.0
# Of the power, how much is the electrode's slow noise.
_SLOW_SHARE = 0.5


@compiled("void(f8[:,:], f8, f8[:])")
def _slow_down(rows: NDArray[np.float64], keep: float, last: NDArray[np.float64]) -> None:
    """Turn white rows [n, sites] into those of a first-order low-pass, at the same RMS, going on from `last`."""
    gain = np.sqrt(1.0 - keep * keep)
    for row in range(rows.shape[0]):
        for site in range(rows.shape[1]):
            last[site] = keep * last[site] + gain * rows[row, site]
            rows[row, site] = last[site]


class SkinNoise:
    """Noise of `rms_uv` at each of the sites, independent of each other."""

    def __init__(self, sites: int, rms_uv: float, rate_hz: float, generator: np.random.Generator) -> None:
        self._white_uv = rms_uv * np.sqrt(1.0 - _SLOW_SHARE)
        self._slow_uv = rms_uv * np.sqrt(_SLOW_SHARE)
        self._keep = float(np.exp(-2.0 * np.pi * _CORNER_HZ / rate_hz))
        self._generator = generator
        self._last = generator.standard_normal(sites)

    def next(self, n_samples: int) -> NDArray[np.float64]:
        """Return the next [n, sites] µV."""
        sites = len(self._last)
        drawn = self._generator.standard_normal((n_samples, 2 * sites))
        slow = np.ascontiguousarray(drawn[:, sites:])
        _slow_down(slow, self._keep, self._last)
        noise: NDArray[np.float64] = self._white_uv * drawn[:, :sites] + self._slow_uv * slow
        return noise
