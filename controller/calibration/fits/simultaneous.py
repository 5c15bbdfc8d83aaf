import numpy as np
from numpy.typing import NDArray

from controller.calibration.temperature import Scorer, held_out_temperature
from controller.calibration.training import Training
from controller.decoders.simultaneous.decoder import ParallelDiscriminant
from controller.decoders.simultaneous.fit import fit_parallel
from controller.decoders.stored.simultaneous import arrays

# Keeps the logarithm of what is out of the question finite.
LEAST_PROBABILITY = 1e-300


def fit(training: Training) -> dict[str, NDArray[np.float64]]:
    """Return the arrays of a conditional-parallel discriminant and its temperature."""
    directions, names = training.directions, training.class_names
    states = np.sign(directions).astype(np.int64)

    def scorer(vectors: NDArray[np.float64], labels: NDArray[np.int64]) -> Scorer:
        decoder = ParallelDiscriminant(fit_parallel(vectors, labels, states, names), directions)

        def scores(held_out: NDArray[np.float64]) -> NDArray[np.float64]:
            chances = np.array([decoder.decode(vector).scores.copy() for vector in np.ascontiguousarray(held_out)])
            return np.asarray(np.log(np.maximum(chances, LEAST_PROBABILITY)), dtype=np.float64)

        return scores

    model = fit_parallel(training.vectors, training.labels, states, names)
    return arrays(model, held_out_temperature(training.vectors, training.labels, training.repetition, scorer))
