"""A named set of features, updated hop by hop."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled
from controller.emg.features import mean_absolute_value, slope_sign_changes, waveform_length, zero_crossings

HopSum = Callable[[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]], None]

FEATURES: dict[str, HopSum] = {
    "mean_absolute_value": mean_absolute_value.hop_sum,
    "waveform_length": waveform_length.hop_sum,
    "zero_crossings": zero_crossings.hop_sum,
    "slope_sign_changes": slope_sign_changes.hop_sum,
}

# "TD4", the time-domain set of Hudgins et al. 1993.
FEATURE_SETS: dict[str, tuple[str, ...]] = {
    "td4": ("mean_absolute_value", "waveform_length", "zero_crossings", "slope_sign_changes"),
}


@compiled("void(f8[:, ::1], f8, f8[::1])")
def _mean_of_ring(ring: NDArray[np.float64], scale: float, out: NDArray[np.float64]) -> None:
    """Sum the ring's rows into `out` and scale. Summed anew each time: a running total would drift."""
    for column in range(ring.shape[1]):
        out[column] = 0.0
    for row in range(ring.shape[0]):
        for column in range(ring.shape[1]):
            out[column] += ring[row, column]
    for column in range(ring.shape[1]):
        out[column] *= scale


@dataclass(slots=True)
class FeatureSet:
    """Features of a sliding window of whole hops. One hop costs one hop's work, not the window's.

    `window_hops` hops of `hop_samples`; `threshold` [ch] for the counting features, in the signal's unit.
    `vector`: [features · ch], feature by feature, valid once `ready`; overwritten by the next `update`.
    The first `ch` values are always the mean absolute value, which is also the measure of effort.
    """

    name: str
    channel_count: int
    hop_samples: int
    window_hops: int
    threshold: NDArray[np.float64]
    vector: NDArray[np.float64] = field(init=False)
    hops_seen: int = 0
    _hop_sums: tuple[HopSum, ...] = field(init=False)
    _joined: NDArray[np.float64] = field(init=False)
    _ring: NDArray[np.float64] = field(init=False)
    _rows: list[NDArray[np.float64]] = field(init=False)

    def __post_init__(self) -> None:
        self._hop_sums = tuple(FEATURES[feature] for feature in FEATURE_SETS[self.name])
        count = len(self._hop_sums)
        self.threshold = np.ascontiguousarray(self.threshold, dtype=np.float64)
        self._joined = np.zeros((2 + self.hop_samples, self.channel_count))
        self._ring = np.zeros((self.window_hops, count * self.channel_count))
        self.vector = np.zeros(count * self.channel_count)
        # Views into the ring, made once: [window_hops * features] rows of one channel vector each.
        self._rows = list(self._ring.reshape(self.window_hops * count, self.channel_count))

    @property
    def ready(self) -> bool:
        """True once a whole window has been seen."""
        return self.hops_seen >= self.window_hops

    @property
    def effort(self) -> float:
        """Mean absolute value over all channels, in the signal's unit."""
        return float(self.vector[: self.channel_count].mean())

    @property
    def conditioned(self) -> NDArray[np.float64]:
        """Where the next hop's conditioned samples belong, [hop_samples, ch]."""
        return self._joined[2:]

    def update(self) -> NDArray[np.float64]:
        """Take the hop that was written into `conditioned`; return `vector`."""
        count = len(self._hop_sums)
        if self.hops_seen == 0:
            self._joined[:2] = self._joined[2]  # no sample before the first: no step, no turn
        slot = self.hops_seen % self.window_hops
        for index, hop_sum in enumerate(self._hop_sums):
            hop_sum(self._joined, self.threshold, self._rows[slot * count + index])
        self._joined[:2] = self._joined[-2:]
        self.hops_seen += 1
        _mean_of_ring(self._ring, 1.0 / (self.window_hops * self.hop_samples), self.vector)
        return self.vector

    def reset(self) -> None:
        """Forget the window; `ready` is False until a whole one has been seen again."""
        self.hops_seen = 0
        self._ring[:] = 0.0
