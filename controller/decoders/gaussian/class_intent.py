"""From log likelihoods per class to an intent with a calibrated confidence."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.decoders.intent import Intent
from controller.emg.compiled import compiled


@compiled("i8(f8[::1], f8, f8[::1])")
def _probabilities(log_likelihood: NDArray[np.float64], temperature: float, out: NDArray[np.float64]) -> int:
    """Write softmax(log likelihood / temperature) into `out` [classes]; return the index of the largest.

    -1, and zeros, when one is no number.
    """
    best = 0
    for index in range(log_likelihood.shape[0]):
        out[index] = 0.0
        if not np.isfinite(log_likelihood[index]):
            best = -1
        elif best >= 0 and log_likelihood[index] > log_likelihood[best]:
            best = index
    if best < 0:
        return -1
    total = 0.0
    for index in range(log_likelihood.shape[0]):
        out[index] = np.exp((log_likelihood[index] - log_likelihood[best]) / temperature)
        total += out[index]
    for index in range(log_likelihood.shape[0]):
        out[index] /= total
    return best


@dataclass(slots=True)
class ClassIntent:
    """Chooses the likeliest class, all being equally likely beforehand.

    `directions` [classes, joints]; `temperature`: log likelihoods are divided by it, because windows that overlap and
    tails that are not normal make them too sure.
    """

    directions: NDArray[np.float64]
    temperature: float
    _intent: Intent = field(init=False)
    _still: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self._still = np.zeros(self.directions.shape[1])
        self._intent = Intent(self._still, np.zeros(len(self.directions)))

    def choose(self, log_likelihood: NDArray[np.float64], distance: NDArray[np.float64], width: int) -> Intent:
        """Return the intent, overwritten by the next. If one is no number: class -1, confidence 0, stand still.

        `distance` [classes]: squared Mahalanobis distances over `width` features.
        """
        intent = self._intent
        best = _probabilities(log_likelihood, self.temperature, intent.scores)
        intent.class_index = best
        intent.confidence = float(intent.scores[best]) if best >= 0 else 0.0
        intent.unlikeness = float(distance[best]) / width if best >= 0 else np.inf
        intent.direction = self.directions[best] if best >= 0 else self._still
        return intent
