"""Several joints at once, each in proportion: ridge regression on the root or the logarithm of the power.

On these linear is nearly as good as kernel methods, at far lower cost (Hahne et al. 2014, IEEE TNSRE 22(2):269-279);
two months at home without new training (Hahne et al. 2020, PMC7318897).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled
from controller.errors import CalibrationError

# Ridge penalty on inputs scaled to unit spread, per window. On 30 recordings of grip force 0.01 to 0.5 made 0.01 of R².
PENALTY = 0.1
# Power below this percentile of the training counts as that: silence must not weigh by its logarithm without end.
LEAST_PERCENTILE = 0.5
# Keeps the logarithm finite where even that is 0; far below any device's noise, whatever its unit.
LEAST_POWER = 1e-12


@dataclass(frozen=True, slots=True)
class RegressionModel:
    """Moments of the training, from which the weights follow, for `k` inputs: the first k features of a vector.

    Features are roots of levels; an input is the feature itself, or with `logarithm` that of its square, not below
    `least` [k]. `mean` [k], `covariance` [k, k] of the inputs; `cross` [joints, k] with the asked speeds, whose mean is
    `level` [joints].
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    cross: NDArray[np.float64]
    level: NDArray[np.float64]
    least: NDArray[np.float64]
    logarithm: bool

    def solve(self, gone: NDArray[np.bool_], penalty: float = PENALTY) -> "Line":
        """Return the ridge regression on all inputs but those marked in `gone` [k]; one that never varied gets none."""
        variance = self.covariance.diagonal()
        used = np.flatnonzero(~gone & (variance > 0.0))
        spread = np.sqrt(variance[used])
        scaled = self.covariance[np.ix_(used, used)] / np.outer(spread, spread) + penalty * np.eye(len(used))
        weights = np.zeros_like(self.cross)
        weights[:, used] = np.linalg.solve(scaled, (self.cross[:, used] / spread).T).T / spread
        return Line(weights, self.level - weights @ self.mean, self.least, self.logarithm)


@dataclass(frozen=True, slots=True)
class Line:
    """Speeds [joints] are `weights` [joints, k] times the inputs, plus `bias` [joints]; see `RegressionModel`."""

    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    least: NDArray[np.float64]
    logarithm: bool

    def write_speeds(self, features: NDArray[np.float64], out: NDArray[np.float64]) -> None:
        """Write the regressed speed of each joint for a vector [f] into `out` [joints]."""
        _speeds(self.weights, self.bias, self.least, self.logarithm, features, out)


def fit_regression(
    vectors: NDArray[np.float64], speeds: NDArray[np.float64], inputs: int, logarithm: bool = False
) -> RegressionModel:
    """Fit to the first `inputs` features of `vectors` [n, f] and the `speeds` [n, joints] asked for with them.

    Raises `CalibrationError` for too few windows or what is no number.
    """
    chosen = vectors[:, :inputs]
    if len(chosen) < 2 * inputs:
        raise CalibrationError(
            f"{len(chosen)} windows cannot carry a regression on {inputs} features; record longer trials"
        )
    if not (np.isfinite(chosen).all() and np.isfinite(speeds).all()):
        raise CalibrationError("the training data hold values that are no numbers; leave those windows out")
    least = np.maximum(np.percentile(chosen**2, LEAST_PERCENTILE, axis=0), LEAST_POWER)
    seen = np.log(np.maximum(chosen**2, least)) if logarithm else chosen
    mean, level = seen.mean(axis=0), speeds.mean(axis=0)
    centred = seen - mean
    covariance = centred.T @ centred / len(seen)
    return RegressionModel(mean, covariance, (speeds - level).T @ centred / len(seen), level, least, logarithm)


def asked_speeds(
    directions: NDArray[np.float64],
    labels: NDArray[np.int64],
    effort: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the speeds [n, joints] to fit to: a class's direction, times the share of its own effort span.

    `low`, `high` [classes]: effort without speed and at full speed, as for class-normalised speed.
    """
    share = (effort - low[labels]) / np.maximum(high - low, 1e-12)[labels]
    asked: NDArray[np.float64] = directions[labels] * np.clip(share, 0.0, 1.0)[:, None]
    return asked


@compiled("void(f8[:, ::1], f8[::1], f8[::1], b1, f8[::1], f8[::1])")
def _speeds(
    weights: NDArray[np.float64],
    bias: NDArray[np.float64],
    least: NDArray[np.float64],
    logarithm: bool,
    features: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    out[:] = bias
    for index in range(weights.shape[1]):
        value = features[index]
        if logarithm:
            value = np.log(max(value * value, least[index]))
        for joint in range(out.shape[0]):
            out[joint] += weights[joint, index] * value
