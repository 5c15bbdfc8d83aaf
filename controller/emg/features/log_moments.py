"""Logarithms of the power spectrum's moments, taken in the time domain.

m_0 = (1/N) Σ x_i², m_2 = (1/N) Σ (Δx_i)², m_4 = (1/N) Σ (Δ²x_i)²: by Parseval's theorem the moments of order 0, 2 and 4
of the power spectrum (Hjorth 1970, Electroencephalogr Clin Neurophysiol 29:306-310; as features of EMG: Al-Timemy,
Khushaba, Bugmann, Escudero 2016, IEEE TNSRE 24(6):650-661). The vector holds ln m_0 (effort), ln(m_2 / m_0) and
ln(m_4 / m_2) (twice the log of the mean and of the upper frequency, per sample: effort cancels). Log of power spreads
evenly from weak to strong effort. ln m_0 is of the signal's unit squared, the ratios have no unit.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled

MOMENTS = 3
# Keeps the logarithm of a channel without power or threshold finite; far below any device's noise, whatever its unit.
LEAST_POWER = 1e-12


@compiled("void(f8[:, ::1], f8[:, ::1])")
def _hop_moments(samples: NDArray[np.float64], sums: NDArray[np.float64]) -> None:
    """Sum the squares of one hop and of its first and second differences: `samples` [2 + n, ch], `sums` [3, ch]."""
    sums[:] = 0.0
    for row in range(2, samples.shape[0]):
        for channel in range(samples.shape[1]):
            newest, step = samples[row, channel], samples[row, channel] - samples[row - 1, channel]
            turn = step - (samples[row - 1, channel] - samples[row - 2, channel])
            sums[0, channel] += newest * newest
            sums[1, channel] += step * step
            sums[2, channel] += turn * turn


@compiled("void(f8[:, :, ::1], f8, f8[::1], f8[:, ::1], f8[::1])")
def _logarithms(
    ring: NDArray[np.float64],
    samples: float,
    floor: NDArray[np.float64],
    moments: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Join the ring [hops, 3, ch] into `moments` [3, ch], each with `floor` [ch] added; write log and log-ratios."""
    channels = ring.shape[2]
    moments[:] = 0.0
    for hop in range(ring.shape[0]):
        for row in range(3):
            for channel in range(channels):
                moments[row, channel] += ring[hop, row, channel]
    for channel in range(channels):
        before = 0.0
        for row in range(3):
            moments[row, channel] = moments[row, channel] / samples + floor[channel]
            logarithm = np.log(moments[row, channel])
            out[row * channels + channel] = logarithm - before
            before = logarithm


@dataclass(slots=True)
class LogMoments:
    """Log moments of a sliding window of whole hops; one hop costs one hop's work.

    `vector` [3 · ch], row by row, overwritten by the next `update`, valid once `ready`. `threshold` [ch]: the counting
    features' own, in the signal's unit; its square is added to each moment, so that noise far below the noise at rest
    (a dead channel) stays finite and near one place, and a flat channel gives ratios of 0.
    """

    channel_count: int
    hop_samples: int
    window_hops: int
    threshold: NDArray[np.float64]
    vector: NDArray[np.float64] = field(init=False)
    hops_seen: int = 0
    _joined: NDArray[np.float64] = field(init=False)
    _ring: NDArray[np.float64] = field(init=False)
    _moments: NDArray[np.float64] = field(init=False)
    _floor: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self.vector = np.zeros(MOMENTS * self.channel_count)
        self._joined = np.zeros((2 + self.hop_samples, self.channel_count))
        self._ring = np.zeros((self.window_hops, MOMENTS, self.channel_count))
        self._moments = np.zeros((MOMENTS, self.channel_count))
        self._floor = np.maximum(np.asarray(self.threshold, dtype=np.float64) ** 2, LEAST_POWER)

    @property
    def ready(self) -> bool:
        """True once a whole window has been seen."""
        return self.hops_seen >= self.window_hops

    def update(self, conditioned: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take one hop of conditioned samples [hop_samples, ch]; return `vector`."""
        self._joined[:2] = conditioned[0] if self.hops_seen == 0 else self._joined[-2:]
        self._joined[2:] = conditioned
        _hop_moments(self._joined, self._ring[self.hops_seen % self.window_hops])
        self.hops_seen += 1
        samples = self.window_hops * self.hop_samples
        _logarithms(self._ring, samples, self._floor, self._moments, self.vector)
        return self.vector

    def reset(self) -> None:
        """Forget the window; what was before counts no more."""
        self.hops_seen = 0
        self._ring[:] = 0.0
