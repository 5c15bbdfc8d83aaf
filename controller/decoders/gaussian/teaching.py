"""What an unlabelled decision may teach: whether it is sure enough, and what it adds to what is remembered."""

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled


@compiled("i8(f8[::1], f8[::1], f8[::1], f8[:, ::1], f8[::1], f8, f8[::1], f8, f8, f8[::1])")
def taught_class(
    likelihood: NDArray[np.float64],
    distance: NDArray[np.float64],
    white: NDArray[np.float64],
    means: NDArray[np.float64],
    half_norm: NDArray[np.float64],
    level: float,
    least_level: NDArray[np.float64],
    gate: float,
    farthest: float,
    weight: NDArray[np.float64],
) -> int:
    """Return the class that a decision may teach, -1 if none; its probability stands in `weight` [1].

    It may if the class has at least the probability `gate`, the window is no farther from it than `farthest` (squared
    Mahalanobis distance per feature), its `level` is at least the class's `least_level` [classes], and the nearest of
    the class means as they were fitted is the same: so a class that has wandered can never pull decisions over to
    itself and wander on.
    """
    best, anchor = 0, 0
    anchor_score = -np.inf
    for index in range(means.shape[0]):
        if not np.isfinite(likelihood[index]):
            return -1
        if likelihood[index] > likelihood[best]:
            best = index
        score = -half_norm[index]
        for column in range(white.shape[0]):
            score += white[column] * means[index, column]
        if score > anchor_score:
            anchor, anchor_score = index, score
    total = 0.0
    for index in range(means.shape[0]):
        total += np.exp(likelihood[index] - likelihood[best])
    weight[0] = 1.0 / total
    sure = weight[0] >= gate and best == anchor
    if sure and distance[best] <= farthest * white.shape[0] and level >= least_level[best]:
        return best
    return -1


@compiled("void(f8[::1], f8, f8[::1])")
def add_weighted(vector: NDArray[np.float64], weight: float, total: NDArray[np.float64]) -> None:
    """Add weight times `vector` [f] to `total` [f]."""
    for column in range(vector.shape[0]):
        total[column] += weight * vector[column]


@compiled("void(f8[::1], f8[:, ::1], f8)")
def fade(seconds: NDArray[np.float64], sums: NDArray[np.float64], memory_s: float) -> None:
    """Shrink `seconds` [classes] to at most `memory_s`, and the rows of `sums` in proportion."""
    for index in range(seconds.shape[0]):
        if seconds[index] > memory_s:
            share = memory_s / seconds[index]
            seconds[index] = memory_s
            for column in range(sums.shape[1]):
                sums[index, column] *= share
