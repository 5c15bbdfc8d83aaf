"""Linear discriminant analysis as arrays: fitted, solved, and solved again without some of its features."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.errors import CalibrationError

# The covariance is drawn this far to its diagonal; errors are flat from 0.02 to 0.2 (docs/decisions/0011). Fixed, not
# from a formula that counts windows: overlapping ones are worth fewer than they count. And the same for every subset of
# the features, so that leaving some out gives what a fit without them would have given.
SHRINKAGE = 0.1


@dataclass(frozen=True, slots=True)
class Discriminant:
    """`weights` [classes, f] and `bias` [classes] give log posterior odds on raw features, priors equal.

    They follow from `means` [classes, f] and `covariance` [f, f], shrunk, in the features' own units. A feature that
    never varied in training has a variance of zero and no weight.
    """

    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    means: NDArray[np.float64]
    covariance: NDArray[np.float64]

    def scores(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return log posterior odds [n, classes] of `vectors` [n, f]."""
        odds: NDArray[np.float64] = vectors @ self.weights.T + self.bias
        return odds

    def without_features(self, gone: NDArray[np.bool_]) -> "Discriminant":
        """Return the same with no weight for the features marked in `gone` [f], solved on what is left."""
        weights, bias = _solve(self.means, self.covariance, ~gone)
        return Discriminant(weights, bias, self.means, self.covariance)


def fit_discriminant(
    vectors: NDArray[np.float64], labels: NDArray[np.int64], class_count: int, shrinkage: float = SHRINKAGE
) -> Discriminant:
    """Fit to `vectors` [n, f] with `labels` [n] in 0..class_count - 1; one covariance within all classes.

    Shrinkage acts on correlations, so that the units of the features do not matter. Raises `CalibrationError` for a
    class without a vector or for values that are no numbers.
    """
    counts = np.bincount(labels, minlength=class_count)
    if len(counts) > class_count or not counts.all():
        raise CalibrationError(
            f"every one of {class_count} classes needs training windows; they have {counts.tolist()}"
        )
    if not np.isfinite(vectors).all():
        raise CalibrationError("the training features hold values that are no numbers; leave those windows out")
    means = np.stack([vectors[labels == index].mean(axis=0) for index in range(class_count)])
    within = vectors - means[labels]
    covariance = within.T @ within / len(vectors)
    variance = covariance.diagonal().copy()
    covariance *= 1.0 - shrinkage
    np.fill_diagonal(covariance, variance)
    weights, bias = _solve(means, covariance, np.ones(vectors.shape[1], dtype=np.bool_))
    return Discriminant(weights, bias, means, covariance)


def features_of_channels(channels: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    """Return which of `width` features belong to the channels marked [ch]; a vector goes feature by feature."""
    if len(channels) == 0 or width % len(channels):
        raise ValueError(f"{width} features are not the same number for each of {len(channels)} channels")
    return np.tile(channels, width // len(channels))


def _solve(
    means: NDArray[np.float64], covariance: NDArray[np.float64], wanted: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    used = np.flatnonzero(wanted & (covariance.diagonal() > 0.0))
    spread = np.sqrt(covariance.diagonal()[used])
    correlation = covariance[np.ix_(used, used)] / np.outer(spread, spread)
    scaled = means[:, used] / spread
    solved = np.linalg.solve(correlation, scaled.T).T
    weights = np.zeros_like(means)
    weights[:, used] = solved / spread
    return weights, -0.5 * np.einsum("cf,cf->c", solved, scaled)
