import numpy as np
from numpy.typing import NDArray

from controller.calibration.temperature import Scorer, held_out_temperature
from controller.calibration.training import Training
from controller.decoders.discriminant import fit_discriminant
from controller.decoders.stored.lda import arrays


def fit(training: Training) -> dict[str, NDArray[np.float64]]:
    """Return the arrays of a linear discriminant, with what its weights follow from and its temperature."""
    classes = len(training.class_names)

    def scorer(vectors: NDArray[np.float64], labels: NDArray[np.int64]) -> Scorer:
        return fit_discriminant(vectors, labels, classes).scores

    temperature = held_out_temperature(training.vectors, training.labels, training.repetition, scorer)
    return arrays(fit_discriminant(training.vectors, training.labels, classes), temperature)
