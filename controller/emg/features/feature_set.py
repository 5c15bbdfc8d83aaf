"""A named set of features, updated hop by hop."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled
from controller.emg.features.named_sets import FEATURE_SETS, LEVEL, MEANS, OWN, HopSum, WindowFeature


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

    `name`: of `FEATURE_SETS`. `window_hops` hops of `hop_samples`; `threshold` [ch]: a quarter of the RMS at rest, in
    the signal's unit, for what counts or needs a floor. `vector` [f]: feature by feature, within each number by number
    and channel by channel, valid once `ready`; `channel_of_column` [f]: the channel that each belongs to.
    `effort`: mean absolute value over all channels, in the signal's unit.
    `vector` and `effort` are overwritten by the next `update`.
    """

    name: str
    channel_count: int
    hop_samples: int
    window_hops: int
    threshold: NDArray[np.float64]
    vector: NDArray[np.float64] = field(init=False)
    channel_of_column: NDArray[np.int64] = field(init=False)
    conditioned: NDArray[np.float64] = field(init=False)
    effort: float = 0.0
    hops_seen: int = 0
    _amplitude: NDArray[np.bool_] = field(init=False)
    _hop_sums: tuple[tuple[HopSum, NDArray[np.float64]], ...] = field(init=False)
    _own: list[WindowFeature] = field(init=False)
    _means: NDArray[np.float64] = field(init=False)
    _values: NDArray[np.float64] = field(init=False)
    _joined: NDArray[np.float64] = field(init=False)
    _ring: NDArray[np.float64] = field(init=False)
    _rows: list[NDArray[np.float64]] = field(init=False)

    def __post_init__(self) -> None:
        channels, members = self.channel_count, FEATURE_SETS[self.name]
        self.threshold = np.ascontiguousarray(self.threshold, dtype=np.float64)
        means = [MEANS[name] for name in members.means]
        hidden = 0 if LEVEL in means[:1] else 1  # summed for the effort, and not in the vector
        means = [LEVEL] * hidden + means
        width = members.columns_per_channel * channels
        values = np.zeros(hidden * channels + width)
        self.vector = values[hidden * channels :]
        self.channel_of_column = np.tile(np.arange(channels), members.columns_per_channel)
        self._hop_sums = tuple((mean.hop_sum, mean.of_threshold * self.threshold) for mean in means)
        self._amplitude = np.repeat([mean.amplitude for mean in means], channels)
        self._means = np.zeros(len(means) * channels)
        self._values = values[: len(means) * channels]
        self._joined = np.zeros((2 + self.hop_samples, channels))
        self.conditioned = self._joined[2:]
        self._ring = np.zeros((self.window_hops, len(means) * channels))
        # Views into the ring, made once: [window_hops * means] rows of one channel vector each.
        self._rows = list(self._ring.reshape(self.window_hops * len(means), channels))
        self._own, first = [], len(self._values)
        for name in members.own:
            feature = OWN[name].build(channels, self.hop_samples, self.window_hops, self.threshold)
            last = first + OWN[name].per_channel * channels
            feature.vector = values[first:last]
            self._own.append(feature)
            first = last

    @property
    def ready(self) -> bool:
        """True once a whole window has been seen."""
        return self.hops_seen >= self.window_hops

    @property
    def level(self) -> NDArray[np.float64]:
        """Mean absolute value per channel [ch], in the signal's unit; a view."""
        return self._means[: self.channel_count]

    def use_channels(self, good: NDArray[np.bool_]) -> None:
        """Stay as it is: each feature is of one channel."""

    def update(self) -> NDArray[np.float64]:
        """Take the hop that was written into `conditioned`; return `vector`."""
        count = len(self._hop_sums)
        if self.hops_seen == 0:
            self._joined[:2] = self._joined[2]  # no sample before the first: no step, no turn
        slot = self.hops_seen % self.window_hops
        for index, (hop_sum, threshold) in enumerate(self._hop_sums):
            hop_sum(self._joined, threshold, self._rows[slot * count + index])
        for feature in self._own:
            feature.update(self.conditioned)
        self._joined[:2] = self._joined[-2:]
        self.hops_seen += 1
        scale = 1.0 / (self.window_hops * self.hop_samples)
        self.effort = _mean_of_ring(self._ring, scale, self._amplitude, self._means, self._values, self.channel_count)
        return self.vector

    def reset(self) -> None:
        """Forget the window; `ready` is False until a whole one has been seen again."""
        self.hops_seen = 0
        self._ring[:] = 0.0
        for feature in self._own:
            feature.reset()
