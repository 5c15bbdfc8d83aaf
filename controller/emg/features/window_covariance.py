"""Covariance of a sliding window, kept by hops: C = Σ x xᵀ / N - m mᵀ, m = Σ x / N, in the signal's unit squared."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled


@compiled("void(f8[:, ::1], f8[::1])")
def _hop_sums(hop: NDArray[np.float64], sums: NDArray[np.float64]) -> None:
    """Write Σ |x| [ch], Σ x [ch] and the upper triangle of Σ x xᵀ of a hop [n, ch] one after the other."""
    samples, channels = hop.shape
    for position in range(sums.shape[0]):
        sums[position] = 0.0
    for sample in range(samples):
        row = hop[sample]
        for channel in range(channels):
            sums[channel] += abs(row[channel])
            sums[channels + channel] += row[channel]
        position = 2 * channels
        for first in range(channels):
            value = row[first]
            for second in range(first, channels):
                sums[position + second - first] += value * row[second]
            position += channels - first


@compiled("f8(f8[:, ::1], i8, f8, f8[::1])")
def _window_level(ring: NDArray[np.float64], oldest: int, scale: float, level: NDArray[np.float64]) -> float:
    """Write the mean absolute value per channel [ch]; return its mean over the channels."""
    hops, channels = ring.shape[0], level.shape[0]
    for channel in range(channels):
        level[channel] = 0.0
    for hop in range(hops):
        row = ring[(oldest + hop) % hops]
        for channel in range(channels):
            level[channel] += row[channel]
    total = 0.0
    for channel in range(channels):
        level[channel] *= scale
        total += level[channel]
    mean: float = total / channels
    return mean


@compiled("void(f8[:, ::1], i8, f8, f8[::1], f8[:, ::1])")
def _window_covariance(
    ring: NDArray[np.float64], oldest: int, scale: float, total: NDArray[np.float64], covariance: NDArray[np.float64]
) -> None:
    """Write the window's covariance [ch, ch].

    Summed anew each time, the oldest hop first: a running total would drift, and another order would give other last
    bits for the same window.
    """
    hops, channels = ring.shape[0], covariance.shape[0]
    for position in range(channels, total.shape[0]):
        total[position] = 0.0
    for hop in range(hops):
        row = ring[(oldest + hop) % hops]
        for position in range(channels, total.shape[0]):
            total[position] += row[position]
    position = 2 * channels
    for first in range(channels):
        for second in range(first, channels):
            mean_product = total[channels + first] * scale * (total[channels + second] * scale)
            value = total[position] * scale - mean_product
            covariance[first, second] = value
            covariance[second, first] = value
            position += 1


@dataclass(slots=True)
class WindowCovariance:
    """Second moments of the last `window_hops` hops of `hop_samples`. A hop costs one hop's work, not the window's.

    `level`: mean absolute value per channel [ch], `effort`: its mean over the channels, in the signal's unit; both are
    overwritten by the next `update`.
    """

    channel_count: int
    hop_samples: int
    window_hops: int
    effort: float = 0.0
    hops_seen: int = 0
    conditioned: NDArray[np.float64] = field(init=False)
    level: NDArray[np.float64] = field(init=False)
    _ring: NDArray[np.float64] = field(init=False)
    _total: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        width = 2 * self.channel_count + self.channel_count * (self.channel_count + 1) // 2
        self.conditioned = np.zeros((self.hop_samples, self.channel_count))
        self.level = np.zeros(self.channel_count)
        self._ring = np.zeros((self.window_hops, width))
        self._total = np.zeros(width)

    @property
    def ready(self) -> bool:
        """True once a whole window has been seen."""
        return self.hops_seen >= self.window_hops

    def update(self) -> None:
        """Take the hop that was written into `conditioned`."""
        _hop_sums(self.conditioned, self._ring[self.hops_seen % self.window_hops])
        self.hops_seen += 1
        self.effort = _window_level(self._ring, self.hops_seen % self.window_hops, self._per_sample, self.level)

    def write_covariance(self, covariance: NDArray[np.float64]) -> None:
        """Write the covariance of the window, mean removed, into `covariance` [ch, ch]."""
        _window_covariance(self._ring, self.hops_seen % self.window_hops, self._per_sample, self._total, covariance)

    def reset(self) -> None:
        """Forget the window; `ready` is False until a whole one has been seen again."""
        self.hops_seen = 0
        self._ring[:] = 0.0

    @property
    def _per_sample(self) -> float:
        return 1.0 / (self.window_hops * self.hop_samples)
