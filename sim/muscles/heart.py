"""The heart as sites on the chest hear it, beat by beat.

The wave is the sum of five bells: angles, heights and widths of McSharry et al. 2003, IEEE TBME 50:289-294, doi
10.1109/TBME.2003.808805. On chest sites it spoils the estimate of effort more than that of the motion (Hargrove 2009).
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

# P, Q, R, S, T: place after R, height over that of R, width; of a beat that lasts a second.
_PLACE_S = np.deg2rad((-70.0, -15.0, 0.0, 15.0, 100.0)) / (2.0 * np.pi)
_WIDTH = np.array((0.25, 0.1, 0.1, 0.1, 0.4))
_SLOPE = np.array((1.2, -5.0, 30.0, -7.5, 0.75))
_WIDTH_S = _WIDTH / (2.0 * np.pi)
_HEIGHT = _SLOPE * _WIDTH**2 / (30.0 * 0.1**2)
_BEFORE_S, _AFTER_S = 0.36, 0.54
# The interval between beats follows the breath, and varies by chance besides: shares of its mean. Together some 50 ms.
_BREATH_HZ = 0.25
_BREATH_SHARE = 0.04
_CHANCE_SHARE = 0.03


class Heart:
    """`rate_per_min` beats whose R wave has `peak_uv` [sites]; 0 where none is heard."""

    def __init__(
        self, peak_uv: NDArray[np.float64], rate_per_min: float, rate_hz: float, generator: np.random.Generator
    ) -> None:
        self._peak_uv = peak_uv
        self._mean_s = 60.0 / rate_per_min
        # A quicker heart has a shorter wave, by the root (as there).
        self._scale = float(np.sqrt(self._mean_s))
        self._rate_hz = rate_hz
        self._generator = generator
        self._newest_s = -generator.uniform(0.0, self._mean_s)
        self._beats_s = deque([self._newest_s])
        self._index = 0

    def next(self, n_samples: int) -> NDArray[np.float64]:
        """Return the next [n, sites] µV."""
        time_s = np.arange(self._index, self._index + n_samples) / self._rate_hz
        self._index += n_samples
        wave = np.zeros(n_samples)
        if not n_samples or not self._peak_uv.any():
            return np.zeros((n_samples, len(self._peak_uv)))
        while self._newest_s - _BEFORE_S * self._scale <= time_s[-1]:
            self._draw_beat()
        while self._beats_s[0] + _AFTER_S * self._scale < time_s[0]:
            self._beats_s.popleft()
        for beat_s in self._beats_s:
            # Only within its bounds, so that the sum does not depend on which beats are looked at together.
            first, last = np.searchsorted(time_s, (beat_s - _BEFORE_S * self._scale, beat_s + _AFTER_S * self._scale))
            after = (time_s[first:last, np.newaxis] - beat_s) / self._scale - _PLACE_S
            wave[first:last] += (np.exp(-0.5 * (after / _WIDTH_S) ** 2) * _HEIGHT).sum(axis=1)
        heard: NDArray[np.float64] = wave[:, np.newaxis] * self._peak_uv
        return heard

    def _draw_beat(self) -> None:
        breath = _BREATH_SHARE * np.sin(2.0 * np.pi * _BREATH_HZ * self._newest_s)
        chance = np.clip(_CHANCE_SHARE * self._generator.standard_normal(), -0.2, 0.2)
        self._newest_s += self._mean_s * (1.0 + breath + chance)
        self._beats_s.append(self._newest_s)
