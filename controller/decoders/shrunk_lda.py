"""Fit a linear discriminant with a shrunk covariance in numpy alone, so that a decoder may carry its own fit."""

import numpy as np
from numpy.typing import NDArray

from controller.errors import CalibrationError

# The covariance is drawn this far to its diagonal. Overlapping windows are worth fewer samples than they count, so a
# formula that counts them (Ledoit-Wolf) shrinks too little; 0.05 is that of ../shared/reference/decoding.md.
SHRINKAGE = 0.05


def fit_discriminant(
    vectors: NDArray[np.float64], labels: NDArray[np.int64], class_count: int, shrinkage: float = SHRINKAGE
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return `weights` [classes, f] and `bias` [classes] of log posterior odds on raw features, priors equal.

    One covariance for all classes, of features scaled to unit spread within the classes. A feature that never varies
    gets no weight. Raises `CalibrationError` for a class without a vector or for values that are no numbers.
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
    spread = np.sqrt(np.mean(within**2, axis=0))
    scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0.0)
    correlation = (within * scale).T @ (within * scale) / len(vectors)
    shrunk = (1.0 - shrinkage) * correlation + shrinkage * np.eye(len(scale))
    scaled_means = means * scale
    scaled_weights = np.linalg.solve(shrunk, scaled_means.T).T
    bias = -0.5 * np.einsum("cf,cf->c", scaled_weights, scaled_means)
    return np.ascontiguousarray(scaled_weights * scale), bias
