"""Probability-weighted regression: a joint moves as far as the wearer is believed to mean that joint and direction.

Each regressed speed is multiplied by the probability of all classes that move its joint its way (PMC9028175: with
surface EMG excellent for two joints at once, worse for three). A regression alone leaks into joints that rest.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.decoders.discriminant import features_of_channels
from controller.decoders.intent import Intent
from controller.decoders.lda import LinearDiscriminant
from controller.decoders.regression.linear import Line, RegressionModel
from controller.decoders.reliability import AS_CLEAR, Reliability
from controller.emg.compiled import compiled
from controller.shaping.dead_band import dead_band

# A regressed speed below this share of full speed is noise: a little above what rest gives once it has been weighted.
DEAD_BAND = 0.1


@compiled("void(f8[:, ::1], f8[::1], f8[::1], f8[::1])")
def _weigh(
    directions: NDArray[np.float64], scores: NDArray[np.float64], speeds: NDArray[np.float64], out: NDArray[np.float64]
) -> None:
    """Write each speed [joints] times the probability of the classes that move its joint its way into `out`."""
    for joint in range(speeds.shape[0]):
        meant = 0.0
        for index in range(scores.shape[0]):
            if directions[index, joint] * speeds[joint] > 0.0:
                meant += scores[index]
        out[joint] = speeds[joint] * min(meant, 1.0)


@compiled("f8(f8[:, ::1], f8[::1], f8[::1])")
def _agreement(directions: NDArray[np.float64], scores: NDArray[np.float64], speeds: NDArray[np.float64]) -> float:
    """Return the probability that the least likely joint does what `speeds` [joints] say: this way, that way, rest."""
    least = 1.0
    for joint in range(speeds.shape[0]):
        agreed = 0.0
        for index in range(scores.shape[0]):
            if np.sign(directions[index, joint]) == np.sign(speeds[joint]):
                agreed += scores[index]
        least = min(least, agreed)
    return least


@dataclass(slots=True)
class WeightedRegression:
    """Decides a speed for every joint at once, held back by a classifier that looks at the same features.

    `directions` [classes, joints]: what the classifier's classes mean, rest moving nothing. `width`: of the dead-band
    of the weighted speeds. The confidence is the `reliability` of the probability of what the least likely
    joint does; `class_index` and `scores` are the classifier's. No memory.
    """

    model: RegressionModel
    classifier: LinearDiscriminant
    directions: NDArray[np.float64]
    width: float = DEAD_BAND
    reliability: Reliability = AS_CLEAR
    gone: NDArray[np.bool_] | None = None
    _line: Line = field(init=False)
    _speeds: NDArray[np.float64] = field(init=False)
    _intent: Intent = field(init=False)

    def __post_init__(self) -> None:
        joints = len(self.model.level)
        if self.directions.ndim != 2 or self.directions.shape[1] != joints:
            raise ValueError(f"directions are {self.directions.shape}, expected [classes, {joints}]")
        self.directions = np.ascontiguousarray(self.directions, dtype=np.float64)
        none_gone = np.zeros(len(self.model.mean), dtype=np.bool_)
        self._line = self.model.solve(none_gone if self.gone is None else self.gone)
        self._speeds = np.zeros(joints)
        self._intent = Intent(np.zeros(joints), np.zeros(len(self.directions)), proportional=True)

    def decode(self, features: NDArray[np.float64]) -> Intent:
        """Decide every joint's speed from the features [f]. With NaN among them: none, confidence 0."""
        intent, believed = self._intent, self.classifier.decode(features)
        intent.scores[:] = believed.scores
        intent.class_index = believed.class_index
        self._line.write_speeds(features, self._speeds)
        _weigh(self.directions, intent.scores, self._speeds, intent.direction)
        for joint, speed in enumerate(intent.direction.tolist()):
            intent.direction[joint] = dead_band(speed, self.width)
        agreement = _agreement(self.directions, intent.scores, intent.direction)
        intent.confidence = self.reliability.chance(agreement) if believed.class_index >= 0 else 0.0
        return intent

    def without_channels(self, bad: NDArray[np.bool_]) -> "WeightedRegression":
        """Return a decoder that gives no weight to the channels marked in `bad` [ch]; it takes vectors of all.

        Fitted again without those inputs, from the moments that the model keeps; so is the classifier.
        """
        gone = features_of_channels(bad, len(self.model.mean))
        classifier = self.classifier.without_channels(bad)
        return WeightedRegression(self.model, classifier, self.directions, self.width, self.reliability, gone)

    def learn_unlabelled(self, accepted: bool = True) -> None:
        """Learn nothing: this decoder stays as it was fitted."""

    def restart(self) -> None:
        """Nothing was begun: each decision stands for itself."""

    def reset(self) -> None:
        """Nothing was learnt since the fit."""
