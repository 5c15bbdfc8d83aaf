"""Linear discriminant analysis: one linear score per class, the largest wins."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.decoders.discriminant import Discriminant, features_of_channels
from controller.decoders.intent import Intent
from controller.emg.compiled import compiled


@compiled("i8(f8[:, ::1], f8[::1], f8, f8[::1], f8[::1])")
def _classify(
    weights: NDArray[np.float64],
    bias: NDArray[np.float64],
    temperature: float,
    features: NDArray[np.float64],
    scores: NDArray[np.float64],
) -> int:
    """Write the softmax of (weights · features + bias) / temperature into `scores`; return the index of the largest.

    -1, and zeros, when one is no number.
    """
    best = 0
    for row in range(weights.shape[0]):
        value = bias[row]
        for column in range(weights.shape[1]):
            value += weights[row, column] * features[column]
        scores[row] = value
        if not np.isfinite(value):
            best = -1
        elif best >= 0 and value > scores[best]:
            best = row
    if best < 0:
        scores[:] = 0.0
        return best
    largest, total = scores[best], 0.0
    for row in range(scores.shape[0]):
        scores[row] = np.exp((scores[row] - largest) / temperature)
        total += scores[row]
    for row in range(scores.shape[0]):
        scores[row] /= total
    return best


@dataclass(slots=True)
class LinearDiscriminant:
    """Decides one class at a time.

    `directions` [classes, joints] in [-1, 1]: what each class means for each joint. The confidence is the class's
    softmax score at `temperature`, with which it means what it says (`calibration.temperature`).
    """

    discriminant: Discriminant
    directions: NDArray[np.float64]
    temperature: float = 1.0
    _arrays: tuple[NDArray[np.float64], NDArray[np.float64]] = field(init=False)
    _still: NDArray[np.float64] = field(init=False)
    _intent: Intent = field(init=False)

    def __post_init__(self) -> None:
        discriminant = self.discriminant
        self._arrays = np.ascontiguousarray(discriminant.weights), np.ascontiguousarray(discriminant.bias)
        self._still = np.zeros(self.directions.shape[1])
        self._intent = Intent(self._still, np.zeros(len(self.directions)))

    def decode(self, features: NDArray[np.float64]) -> Intent:
        """Decide which class the features [f] belong to. With NaN among them: no class, confidence 0, no direction."""
        intent = self._intent
        best = _classify(*self._arrays, self.temperature, features, intent.scores)
        intent.class_index = best
        intent.confidence = float(intent.scores[best]) if best >= 0 else 0.0
        intent.direction = self.directions[best] if best >= 0 else self._still
        return intent

    def without_channels(self, bad: NDArray[np.bool_]) -> "LinearDiscriminant":
        """Return a decoder that gives no weight to the channels marked in `bad` [ch]; it takes vectors of all.

        No retraining: rows and columns of the covariance are deleted, and what is left is solved again. The bad
        channels' features must be finite, and do not matter.
        """
        gone = features_of_channels(bad, self.discriminant.means.shape[1])
        return LinearDiscriminant(self.discriminant.without_features(gone), self.directions, self.temperature)

    def learn_unlabelled(self, accepted: bool = True) -> None:
        """Learn nothing: this decoder stays as it was fitted."""

    def restart(self) -> None:
        """Nothing was begun: each decision stands for itself."""

    def reset(self) -> None:
        """Nothing to forget."""
