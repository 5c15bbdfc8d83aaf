import numpy as np
from numpy.typing import NDArray

from controller.calibration.fits import lda
from controller.calibration.training import Training
from controller.decoders.discriminant import fit_discriminant
from controller.decoders.lda import LinearDiscriminant
from controller.decoders.regression.linear import RegressionModel, asked_speeds, fit_regression
from controller.decoders.regression.weighted import WeightedRegression
from controller.decoders.reliability import AS_CLEAR, Reliability, fit_reliability
from controller.decoders.stored.regression import arrays

# Decisions judged per held-out repetition: windows overlap, more tell nothing new and take seconds.
MOST_JUDGED = 2000


def fit(training: Training) -> dict[str, NDArray[np.float64]]:
    """Return the moments of a regression on the channels' levels, and the classifier that weights its speeds."""
    low, high = training.effort_span()
    speeds = asked_speeds(training.directions, training.labels, training.effort, low, high)
    classifier = lda.fit(training)
    reliability = _reliability(training, speeds, float(classifier["temperature"]))
    everything = np.ones(len(training.labels), dtype=np.bool_)
    return {**classifier, **arrays(_moments(training, speeds, everything), reliability)}


def _moments(training: Training, speeds: NDArray[np.float64], seen: NDArray[np.bool_]) -> RegressionModel:
    logarithm = training.choices.regression.power == "log"
    return fit_regression(training.vectors[seen], speeds[seen], training.channel_count, logarithm)


def _reliability(training: Training, speeds: NDArray[np.float64], temperature: float) -> Reliability:
    """Let each repetition be decided by a fit to the others; right is what moves every joint the way it was meant."""
    directions, classes = training.directions, len(training.class_names)
    clearness, right = [], []
    for repetition in np.unique(training.repetition):
        out = training.repetition == repetition
        if len(np.unique(training.labels[~out])) < classes:
            continue
        found = fit_discriminant(training.vectors[~out], training.labels[~out], classes)
        classifier = LinearDiscriminant(found, directions, temperature)
        decoder = WeightedRegression(_moments(training, speeds, ~out), classifier, directions)
        rows = np.flatnonzero(out)
        for row in rows[:: max(len(rows) // MOST_JUDGED, 1)]:
            intent = decoder.decode(training.vectors[row])
            clearness.append(intent.confidence)
            right.append((np.sign(intent.direction) == np.sign(directions[training.labels[row]])).all())
    if not right:
        return AS_CLEAR
    return fit_reliability(np.array(clearness), np.array(right, dtype=np.bool_), np.zeros(0, dtype=np.bool_))
