import numpy as np
from numpy.typing import NDArray

from controller.calibration.fits import lda
from controller.calibration.training import Training
from controller.decoders.regression.linear import asked_speeds, fit_regression
from controller.decoders.stored.regression import arrays


def fit(training: Training) -> dict[str, NDArray[np.float64]]:
    """Return the moments of a regression on the channels' levels, and the classifier that weights its speeds."""
    low, high = training.effort_span()
    speeds = asked_speeds(training.directions, training.labels, training.effort, low, high)
    logarithm = training.choices.regression.power == "log"
    model = fit_regression(training.vectors, speeds, training.channel_count, logarithm)
    return {**lda.fit(training), **arrays(model)}
