"""Linear discriminant analysis: one linear score per class, the largest wins."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.decoders.intent import Intent
from controller.emg.compiled import compiled


@compiled("i8(f8[:, ::1], f8[::1], f8[::1], f8[::1])")
def _classify(
    weights: NDArray[np.float64], bias: NDArray[np.float64], features: NDArray[np.float64], scores: NDArray[np.float64]
) -> int:
    """Write the softmax of weights · features + bias into `scores`; return the index of the largest."""
    best = 0
    for row in range(weights.shape[0]):
        value = bias[row]
        for column in range(weights.shape[1]):
            value += weights[row, column] * features[column]
        scores[row] = value
        if value > scores[best]:
            best = row
    largest, total = scores[best], 0.0
    for row in range(scores.shape[0]):
        scores[row] = np.exp(scores[row] - largest)
        total += scores[row]
    for row in range(scores.shape[0]):
        scores[row] /= total
    return best


@dataclass(slots=True)
class LinearDiscriminant:
    """Decides one class at a time.

    `weights` [classes, f] and `bias` [classes] on raw features; `directions` [classes, joints] in [-1, 1]: what each
    class means for each joint. The confidence is the class's softmax score; LDA's is too sure of itself.
    """

    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    directions: NDArray[np.float64]
    _intent: Intent = field(init=False)

    def __post_init__(self) -> None:
        self.weights = np.ascontiguousarray(self.weights, dtype=np.float64)
        self.bias = np.ascontiguousarray(self.bias, dtype=np.float64)
        self._intent = Intent(self.directions[0], np.zeros(len(self.bias)))

    def decode(self, features: NDArray[np.float64]) -> Intent:
        """Decide which class the features belong to."""
        intent = self._intent
        best = _classify(self.weights, self.bias, features, intent.scores)
        intent.class_index = best
        intent.confidence = float(intent.scores[best])
        intent.direction = self.directions[best]
        return intent

    def learn_unlabelled(self, accepted: bool = True) -> None:
        """Learn nothing: this decoder stays as it was fitted."""

    def reset(self) -> None:
        """Nothing to forget."""
