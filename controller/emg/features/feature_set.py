"""A named set of features, updated hop by hop."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled
from controller.emg.features import mean_absolute_value, slope_sign_changes, waveform_length, zero_crossings

HopSum = Callable[[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]], None]


@dataclass(frozen=True, slots=True)
class Feature:
    """How one feature is summed over a hop, and whether it is an amplitude, which the vector holds as its root.

    Amplitudes spread in proportion to their size; their square root spreads evenly, as a linear decoder assumes
    (Hahne et al. 2014, IEEE TNSRE 22(2):269-279, for linear regression). docs/decisions/0006 has the figures.
    """

    hop_sum: HopSum
    amplitude: bool


FEATURES: dict[str, Feature] = {
    "mean_absolute_value": Feature(mean_absolute_value.hop_sum, amplitude=True),
    "waveform_length": Feature(waveform_length.hop_sum, amplitude=True),
    "zero_crossings": Feature(zero_crossings.hop_sum, amplitude=False),
    "slope_sign_changes": Feature(slope_sign_changes.hop_sum, amplitude=False),
}

# "TD4", the time-domain set of Hudgins et al. 1993.
FEATURE_SETS: dict[str, tuple[str, ...]] = {
    "td4": ("mean_absolute_value", "waveform_length", "zero_crossings", "slope_sign_changes"),
}


@compiled("f8(f8[:, ::1], f8, b1[::1], f8[::1], f8[::1], i8)")
def _mean_of_ring(
    ring: NDArray[np.float64],
    scale: float,
    amplitude: NDArray[np.bool_],
    means: NDArray[np.float64],
    vector: NDArray[np.float64],
    channel_count: int,
) -> float:
    """Sum the ring's rows and scale; return the mean of the first feature over its channels.

    Summed anew each time: a running total would drift.
    """
    for column in range(ring.shape[1]):
        means[column] = 0.0
    for row in range(ring.shape[0]):
        for column in range(ring.shape[1]):
            means[column] += ring[row, column]
    for column in range(ring.shape[1]):
        means[column] *= scale
        vector[column] = np.sqrt(means[column]) if amplitude[column] else means[column]
    effort = 0.0
    for column in range(channel_count):
        effort += means[column]
    return effort / channel_count


@dataclass(slots=True)
class FeatureSet:
    """Features of a sliding window of whole hops. One hop costs one hop's work, not the window's.

    `window_hops` hops of `hop_samples`; `threshold` [ch] for the counting features, in the signal's unit.
    `vector`: [features · ch], feature by feature, valid once `ready`; `means`: the same before the root is taken;
    `effort`: mean absolute value over all channels, in the signal's unit.
    All are overwritten by the next `update`. The first feature of every set is the mean absolute value.
    """

    name: str
    channel_count: int
    hop_samples: int
    window_hops: int
    threshold: NDArray[np.float64]
    vector: NDArray[np.float64] = field(init=False)
    means: NDArray[np.float64] = field(init=False)
    effort: float = 0.0
    hops_seen: int = 0
    _amplitude: NDArray[np.bool_] = field(init=False)
    _hop_sums: tuple[HopSum, ...] = field(init=False)
    _joined: NDArray[np.float64] = field(init=False)
    _ring: NDArray[np.float64] = field(init=False)
    _rows: list[NDArray[np.float64]] = field(init=False)

    def __post_init__(self) -> None:
        features = [FEATURES[feature] for feature in FEATURE_SETS[self.name]]
        self._hop_sums = tuple(feature.hop_sum for feature in features)
        self._amplitude = np.repeat([feature.amplitude for feature in features], self.channel_count)
        count = len(self._hop_sums)
        self.threshold = np.ascontiguousarray(self.threshold, dtype=np.float64)
        self._joined = np.zeros((2 + self.hop_samples, self.channel_count))
        self._ring = np.zeros((self.window_hops, count * self.channel_count))
        self.vector = np.zeros(count * self.channel_count)
        self.means = np.zeros(count * self.channel_count)
        # Views into the ring, made once: [window_hops * features] rows of one channel vector each.
        self._rows = list(self._ring.reshape(self.window_hops * count, self.channel_count))

    @property
    def ready(self) -> bool:
        """True once a whole window has been seen."""
        return self.hops_seen >= self.window_hops

    @property
    def level(self) -> NDArray[np.float64]:
        """Mean absolute value per channel [ch], in the signal's unit; a view."""
        return self.means[: self.channel_count]

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
        scale = 1.0 / (self.window_hops * self.hop_samples)
        self.effort = _mean_of_ring(self._ring, scale, self._amplitude, self.means, self.vector, self.channel_count)
        return self.vector

    def reset(self) -> None:
        """Forget the window; `ready` is False until a whole one has been seen again."""
        self.hops_seen = 0
        self._ring[:] = 0.0
