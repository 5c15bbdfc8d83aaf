"""Log-Euclidean covariance of the channels: the upper triangle of log(C + r·tr(C)/ch·I + f·I), off-diagonals times √2.

The covariance holds how strong each channel is and how much two electrodes hear the same muscle; the logarithm makes
strength additive and unrolls the cone of covariances into a plane, where Gaussians fit (Arsigny et al. 2006, Magn
Reson Med 56:411-421; Barachant et al. 2012, IEEE TBME 59:920-928). A gain common to all channels moves the vector
along one direction only. docs/decisions/0010 has the figures.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled
from controller.emg.features.symmetric_log import log_triangle
from controller.emg.features.window_covariance import WindowCovariance

# Share of the mean variance that is added to each. Errors are flat below 1e-3 and grow above: 2 % hides the weak
# directions that tell motions apart (docs/decisions/0010).
REGULARISATION = 1e-3
# The absolute floor as a share of the channels' mean variance at rest: far below any signal, so that it decides
# nothing but what a window of zeros looks like.
FLOOR_OF_REST = 1e-3


@compiled("f8(f8[:, ::1], i8[::1], f8, f8, f8[:, ::1])")
def _regularised(
    covariance: NDArray[np.float64],
    channels: NDArray[np.int64],
    share: float,
    floor: float,
    out: NDArray[np.float64],
) -> float:
    """Write the covariance of `channels` with its diagonal lifted; return by how much."""
    size = channels.shape[0]
    trace = 0.0
    for row in range(size):
        for column in range(size):
            out[row, column] = covariance[channels[row], channels[column]]
        trace += out[row, row]
    lift: float = share * trace / size + floor
    for row in range(size):
        out[row, row] += lift
    return lift


def floor_from_rest(rest: NDArray[np.float64]) -> float:
    """Return the floor for `LogCovariance` from conditioned samples at rest [n, ch], in their unit squared."""
    return FLOOR_OF_REST * float(np.mean(np.var(rest, axis=0)))


@dataclass(slots=True)
class LogCovariance:
    """Log covariance of a sliding window of whole hops.

    Write a hop into `conditioned`, call `update`: that only accumulates, so a hop without a decision costs a
    microsecond. Asking for `vector` takes the logarithm, once per hop.
    `floor`: added to every variance, in the signal's unit squared, > 0 (`floor_from_rest`).
    `level` [ch] and `effort`: mean absolute value per channel and over all, in the signal's unit.
    """

    channel_count: int
    hop_samples: int
    window_hops: int
    floor: float
    _window: WindowCovariance = field(init=False)
    _covariance: NDArray[np.float64] = field(init=False)
    _channels: NDArray[np.int64] = field(init=False)
    _matrix: NDArray[np.float64] = field(init=False)
    _eigenvectors: NDArray[np.float64] = field(init=False)
    _vector: NDArray[np.float64] = field(init=False)
    _outdated: bool = True

    def __post_init__(self) -> None:
        if not 0.0 < self.floor < np.inf:
            raise ValueError(f"the covariance floor should be above zero, in the signal's unit squared: {self.floor}")
        self._window = WindowCovariance(self.channel_count, self.hop_samples, self.window_hops)
        self._covariance = np.zeros((self.channel_count, self.channel_count))
        self.use_channels(np.ones(self.channel_count, dtype=np.bool_))

    def use_channels(self, good: NDArray[np.bool_]) -> None:
        """Make vectors of the channels marked in `good` [ch] only, from the present window on.

        `vector` becomes a new array, [k(k+1)/2] for k channels. `level` and `effort` keep all channels.
        """
        self._channels = np.flatnonzero(good).astype(np.int64)
        size = len(self._channels)
        if size == 0:
            raise ValueError("no channel is left to make a covariance of")
        self._matrix, self._eigenvectors = np.zeros((size, size)), np.zeros((size, size))
        self._vector = np.zeros(size * (size + 1) // 2)
        self._outdated = True

    @property
    def ready(self) -> bool:
        """True once a whole window has been seen."""
        return self._window.ready

    @property
    def hops_seen(self) -> int:
        """Hops since the last reset."""
        return self._window.hops_seen

    @property
    def level(self) -> NDArray[np.float64]:
        """Mean absolute value per channel [ch], in the signal's unit; overwritten by the next `update`."""
        return self._window.level

    @property
    def effort(self) -> float:
        """Mean absolute value over all channels, in the signal's unit."""
        return self._window.effort

    @property
    def conditioned(self) -> NDArray[np.float64]:
        """Where the next hop's conditioned samples belong, [hop_samples, ch]."""
        return self._window.conditioned

    @property
    def vector(self) -> NDArray[np.float64]:
        """The window's feature vector [ch(ch+1)/2], valid once `ready`; overwritten after an `update`."""
        if self._outdated:
            self._window.write_covariance(self._covariance)
            lift = _regularised(self._covariance, self._channels, REGULARISATION, self.floor, self._matrix)
            log_triangle(self._matrix, lift, self._eigenvectors, self._vector)
            self._outdated = False
        return self._vector

    def update(self) -> None:
        """Take the hop that was written into `conditioned`."""
        self._window.update()
        self._outdated = True

    def reset(self) -> None:
        """Forget the window; `ready` is False until a whole one has been seen again."""
        self._window.reset()
        self._outdated = True
