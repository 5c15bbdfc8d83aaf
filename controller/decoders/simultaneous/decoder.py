"""Conditional-parallel linear discriminants: several joints at once, from motions trained singly and combined.

After Young, Smith, Rouse, Hargrove 2013, IEEE TBME 60(5):1250-1258: whether a joint moves is asked given what the other
joints do. For each joint a discriminant between its own states is fitted within each context (the states of all other
joints), on the windows of that context alone. A combination c then has, by joint j, the probability
P(context_j(c) | x) · P(state_j(c) | x, context_j(c)), the first from one discriminant between all combinations; the
decision is for the largest geometric mean over the joints.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.decoders.discriminant import Discriminant, features_of_channels
from controller.decoders.intent import Intent
from controller.emg.compiled import compiled

# Keeps the logarithm of a context that is out of the question finite.
LEAST_PROBABILITY = 1e-300


@dataclass(frozen=True, slots=True)
class ParallelModel:
    """A fitted decoder for `classes` combinations of joint states.

    `discriminants`: the first between all combinations, the others each within one context of one joint.
    `row` [joints, classes]: which row of all discriminants' weights, one below the other, is that of a combination's
    state in its context, or -1 where the context has one state only. `context` [joints, classes]: number of a
    combination's context, counted for each joint by itself.
    """

    discriminants: tuple[Discriminant, ...]
    row: NDArray[np.int64]
    context: NDArray[np.int64]

    def without_features(self, gone: NDArray[np.bool_]) -> "ParallelModel":
        """Return the same with no weight for the features marked in `gone` [f], solved on what is left."""
        return ParallelModel(tuple(one.without_features(gone) for one in self.discriminants), self.row, self.context)


@compiled("void(f8[:, ::1], f8[::1], i8[::1], f8[::1], f8[::1])")
def _log_posteriors(
    weights: NDArray[np.float64],
    bias: NDArray[np.float64],
    group: NDArray[np.int64],
    features: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write the logarithm of each row's softmax within its group into `out` [r]; a group's rows stand together."""
    first = 0
    while first < weights.shape[0]:
        last, largest = first, -np.inf
        while last < weights.shape[0] and group[last] == group[first]:
            out[last] = bias[last]
            for column in range(weights.shape[1]):
                out[last] += weights[last, column] * features[column]
            largest = max(largest, out[last])
            last += 1
        total = 0.0
        for index in range(first, last):
            total += np.exp(out[index] - largest)
        for index in range(first, last):
            out[index] -= largest + np.log(total)
        first = last


@compiled("i8(f8[::1], i8[:, ::1], i8[:, ::1], f8, f8[::1], f8[::1])")
def _combine(
    linear: NDArray[np.float64],
    row: NDArray[np.int64],
    context: NDArray[np.int64],
    sharpness: float,
    share: NDArray[np.float64],
    scores: NDArray[np.float64],
) -> int:
    """Write the combinations' probabilities into `scores` [classes], return the largest; `share` [classes] is scratch.

    `linear` [r]: log posteriors of the rows. -1, and zeros, when one is no number.
    """
    for index in range(linear.shape[0]):
        if not np.isfinite(linear[index]):
            scores[:] = 0.0
            return -1
    scores[:] = 0.0
    for joint in range(row.shape[0]):
        share[:] = 0.0
        for index in range(scores.shape[0]):
            share[context[joint, index]] += np.exp(linear[index])
        for index in range(scores.shape[0]):
            scores[index] += np.log(max(share[context[joint, index]], LEAST_PROBABILITY))
            if row[joint, index] >= 0:
                scores[index] += linear[row[joint, index]]
    best = 0
    for index in range(scores.shape[0]):
        if scores[index] > scores[best]:
            best = index
    largest, total = scores[best], 0.0
    for index in range(scores.shape[0]):
        scores[index] = np.exp(sharpness * (scores[index] - largest) / row.shape[0])
        total += scores[index]
    for index in range(scores.shape[0]):
        scores[index] /= total
    return best


@dataclass(slots=True)
class ParallelDiscriminant:
    """Decides a combination of joint states at a time; `class_index` names the combination, `scores` all of them.

    `directions` [classes, joints of the arm] in [-1, 1]: what each combination means. `temperature` above 1 makes the
    confidence less sure of itself (`calibration.temperature`). No memory.
    """

    model: ParallelModel
    directions: NDArray[np.float64]
    temperature: float = 1.0
    _arrays: tuple[
        NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]
    ] = field(init=False)
    _linear: NDArray[np.float64] = field(init=False)
    _share: NDArray[np.float64] = field(init=False)
    _still: NDArray[np.float64] = field(init=False)
    _intent: Intent = field(init=False)

    def __post_init__(self) -> None:
        model, classes = self.model, len(self.directions)
        if model.row.shape[1] != classes:
            raise ValueError(f"the model has {model.row.shape[1]} combinations, directions are given for {classes}")
        sizes = [len(one.bias) for one in model.discriminants]
        self._arrays = (
            np.vstack([one.weights for one in model.discriminants]),
            np.concatenate([one.bias for one in model.discriminants]),
            np.repeat(np.arange(len(sizes)), sizes),
            np.ascontiguousarray(model.row, dtype=np.int64),
            np.ascontiguousarray(model.context, dtype=np.int64),
        )
        self._linear, self._share = np.zeros(sum(sizes)), np.zeros(classes)
        self._still = np.zeros(self.directions.shape[1])
        self._intent = Intent(self._still, np.zeros(classes))

    def decode(self, features: NDArray[np.float64]) -> Intent:
        """Decide which combination the features [f] belong to. With NaN among them: none, and no direction."""
        intent = self._intent
        weights, bias, group, row, context = self._arrays
        _log_posteriors(weights, bias, group, features, self._linear)
        best = _combine(self._linear, row, context, 1.0 / self.temperature, self._share, intent.scores)
        intent.class_index = best
        intent.confidence = float(intent.scores[best]) if best >= 0 else 0.0
        intent.direction = self.directions[best] if best >= 0 else self._still
        return intent

    def without_channels(self, bad: NDArray[np.bool_]) -> "ParallelDiscriminant":
        """Return a decoder that gives no weight to the channels marked in `bad` [ch]; it takes vectors of all.

        No retraining: rows and columns of every context's covariance are deleted, and what is left is solved again.
        """
        gone = features_of_channels(bad, self.model.discriminants[0].means.shape[1])
        return ParallelDiscriminant(self.model.without_features(gone), self.directions, self.temperature)

    def learn_unlabelled(self, accepted: bool = True) -> None:
        """Learn nothing: this decoder stays as it was fitted."""

    def restart(self) -> None:
        """Nothing was begun: each decision stands for itself."""

    def reset(self) -> None:
        """Nothing was learnt since the fit."""
