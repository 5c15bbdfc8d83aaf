import numpy as np
from numpy.typing import NDArray

from controller.calibration.training import Training
from controller.decoders.gaussian.fit import fit_gaussian


def fit(training: Training) -> dict[str, NDArray[np.float64]]:
    """Return the arrays of a Gaussian decoder and the floor of its features."""
    model = fit_gaussian(training.vectors, training.labels, training.class_names, training.ring, training.repetition)
    return {**model.arrays(), "covariance_floor": np.array(training.floor)}
