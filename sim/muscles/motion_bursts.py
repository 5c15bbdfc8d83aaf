"""Motion artefact: a socket or a cable moves, and electrodes slide or press for a moment.

Its power is below 20 Hz (De Luca et al. 2010, J Biomech 43:1573-1579, doi 10.1016/j.jbiomech.2010.01.027).
"""

import numpy as np
from numpy.typing import NDArray

_LENGTH_S = (0.15, 0.6)
_FREQUENCY_HZ = (2.0, 9.0)
# Amplitudes of bursts and of the sites within one differ: sigma of the logarithm.
_SPREAD = 0.6


class MotionBursts:
    """Bursts at random times, `per_minute` on average, with a peak of about `peak_uv`; `bump` makes one now."""

    def __init__(
        self, sites: int, per_minute: float, peak_uv: float, rate_hz: float, generator: np.random.Generator
    ) -> None:
        self._peak_uv = peak_uv
        self._rate_hz = rate_hz
        self._mean_gap = rate_hz * 60.0 / per_minute if per_minute > 0.0 else 0.0
        self._generator = generator
        self._amplitude_uv = np.zeros(sites)
        self._turn = 0.0
        self._length = 0
        self._at = 0  # sample within the burst
        self._gap = self._draw_gap()

    def bump(self, site: int | None = None) -> None:
        """Begin a burst with the next sample, at one site or at all; one that goes on is over."""
        self._draw_burst()
        if site is not None:
            self._amplitude_uv[np.arange(len(self._amplitude_uv)) != site] = 0.0

    def next(self, n_samples: int) -> NDArray[np.float64]:
        """Return the next [n, sites] µV; exact zeros between bursts."""
        burst = np.zeros((n_samples, len(self._amplitude_uv)))
        filled = 0
        while filled < n_samples:
            if self._at < self._length:
                count = min(n_samples - filled, self._length - self._at)
                at = np.arange(self._at, self._at + count)
                envelope = 0.5 * (1.0 - np.cos(2.0 * np.pi * (at + 1) / (self._length + 1)))
                burst[filled : filled + count] = (envelope * np.sin(self._turn * at))[
                    :, np.newaxis
                ] * self._amplitude_uv
                self._at += count
                if self._at == self._length:
                    self._gap = self._draw_gap()
            elif self._gap is None:
                break
            elif self._gap > 0:
                count = min(n_samples - filled, self._gap)
                self._gap -= count
            else:
                self._draw_burst()
                continue
            filled += count
        return burst

    def _draw_gap(self) -> int | None:
        return 1 + int(self._generator.exponential(self._mean_gap)) if self._mean_gap else None

    def _draw_burst(self) -> None:
        self._length = max(2, round(self._generator.uniform(*_LENGTH_S) * self._rate_hz))
        self._at = 0
        self._turn = 2.0 * np.pi * self._generator.uniform(*_FREQUENCY_HZ) / self._rate_hz
        common = self._generator.normal(0.0, _SPREAD)
        sizes = np.exp(common + self._generator.normal(0.0, _SPREAD, len(self._amplitude_uv)))
        self._amplitude_uv = self._peak_uv * sizes * self._generator.choice((-1.0, 1.0), len(self._amplitude_uv))
