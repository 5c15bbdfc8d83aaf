"""How far has the armband turned since training? A posterior over turns, from windows whose class need not be known.

A window counts for a turn if, turned back, it is likely under *some* class. Evidence is kept per class and faded, so
that a long rest counts no more than a short motion.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.decoders.gaussian.adaptation import AdaptationSettings, AdaptationState
from controller.decoders.gaussian.model import GaussianModel
from controller.decoders.gaussian.ring import harmonic_weights, harmonics, kept_whole, turned
from controller.decoders.gaussian.whitened import inverse_root
from controller.emg.compiled import compiled


@compiled("void(f8[::1], f8[:, :, ::1], f8[:, ::1], f8[::1], f8, f8[::1], f8[:, ::1])")
def _turn_likelihood(
    vector: NDArray[np.float64],
    templates: NDArray[np.float64],
    means: NDArray[np.float64],
    half_norm: NDArray[np.float64],
    variance: float,
    white: NDArray[np.float64],
    likelihood: NDArray[np.float64],
) -> None:
    """Write the log likelihood, less a constant, of each turn and class, [turns, classes].

    `templates` [turns, f, r] turn back and whiten; `means` [r, classes], whitened; `white` [r] is scratch.
    """
    width, classes = means.shape
    for turn in range(templates.shape[0]):
        for column in range(width):
            white[column] = 0.0
        for row in range(vector.shape[0]):
            value = vector[row]
            for column in range(width):
                white[column] += value * templates[turn, row, column]
        squared = 0.0
        for index in range(classes):
            likelihood[turn, index] = -half_norm[index]
        for column in range(width):
            value = white[column]
            squared += value * value
            for index in range(classes):
                likelihood[turn, index] += value * means[column, index]
        for index in range(classes):
            likelihood[turn, index] = (likelihood[turn, index] - 0.5 * squared) / variance


@compiled("void(f8[:, ::1], f8, f8[::1], f8[::1])")
def _add_mixture(
    likelihood: NDArray[np.float64], seconds: float, mixture: NDArray[np.float64], evidence: NDArray[np.float64]
) -> None:
    """Add each turn's log likelihood under the mixture of all classes, less the best turn's, to `evidence` [turns]."""
    best = -np.inf
    for turn in range(likelihood.shape[0]):
        largest = likelihood[turn, 0]
        for index in range(1, likelihood.shape[1]):
            largest = max(largest, likelihood[turn, index])
        total = 0.0
        for index in range(likelihood.shape[1]):
            total += np.exp(likelihood[turn, index] - largest)
        mixture[turn] = largest + np.log(total)
        best = max(best, mixture[turn])
    for turn in range(evidence.shape[0]):
        evidence[turn] += seconds * (mixture[turn] - best)


@compiled("f8(f8[:, ::1], f8[::1], f8[::1], f8, f8, f8[::1])")
def _posterior_mean(
    evidence: NDArray[np.float64],
    labelled: NDArray[np.float64],
    turns: NDArray[np.float64],
    per_s: float,
    deviation: float,
    posterior: NDArray[np.float64],
) -> float:
    """Return the mean turn, from evidence [classes, turns] and [turns] and a normal prior; `posterior` is scratch."""
    best = -np.inf
    for turn in range(turns.shape[0]):
        total = labelled[turn]
        for index in range(evidence.shape[0]):
            total += evidence[index, turn]
        posterior[turn] = per_s * total - 0.5 * (turns[turn] / deviation) ** 2
        best = max(best, posterior[turn])
    weight, mean = 0.0, 0.0
    for turn in range(turns.shape[0]):
        probability = np.exp(posterior[turn] - best)
        weight += probability
        mean += probability * turns[turn]
    return mean / weight


@compiled("void(f8[::1], f8[:, :, ::1], f8[:, ::1])")
def _weighted_sum(weights: NDArray[np.float64], parts: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Write the sum over the first axis of `parts` [n, f, f] into `out`."""
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            out[row, column] = 0.0
        for part in range(parts.shape[0]):
            weight = weights[part]
            for column in range(out.shape[1]):
                out[row, column] += weight * parts[part, row, column]


@dataclass(slots=True)
class TurnSearch:
    """Gathers evidence about the turn in an `AdaptationState`; allocates nothing after it was made.

    `whitening` [f, f] of the classes, to be turned.
    """

    model: GaussianModel
    settings: AdaptationSettings
    whitening: NDArray[np.float64]
    _turns: NDArray[np.float64] = field(init=False)
    _templates: NDArray[np.float64] = field(init=False)
    _means: NDArray[np.float64] = field(init=False)
    _half_norm: NDArray[np.float64] = field(init=False)
    _variance: float = field(init=False)
    _weights: NDArray[np.float64] = field(init=False)
    _whitening_parts: NDArray[np.float64] = field(init=False)
    _white: NDArray[np.float64] = field(init=False)
    _likelihood: NDArray[np.float64] = field(init=False)
    _scratch: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        size, model = self.model.channel_count, self.model
        self._turns = self.settings.turns()
        kept = kept_whole(size)
        pooled = model.covariances.mean(axis=0)
        white = kept @ inverse_root(kept.T @ pooled @ kept)
        self._templates = np.stack([turned(size, turn).T @ white for turn in self._turns])
        self._means = np.ascontiguousarray((model.means @ white).T)
        self._half_norm = 0.5 * (self._means**2).sum(axis=0)
        self._variance = 1.0 + self.settings.shift_variance
        self._weights = np.zeros(size)
        self._whitening_parts = np.ascontiguousarray(harmonics(size).transpose(0, 2, 1) @ self.whitening)
        self._white = np.zeros(white.shape[1])
        self._likelihood = np.zeros((len(self._turns), len(model.means)))
        self._scratch = np.zeros(len(self._turns))

    def observe(self, vector: NDArray[np.float64], class_index: int, seconds: float, state: AdaptationState) -> None:
        """Count a vector [f] that was decided to be of a class; which class it is decides only what it fades with."""
        self._compare(vector)
        _add_mixture(self._likelihood, seconds, self._scratch, state.turn_evidence[class_index])

    def observe_labelled(
        self, vector: NDArray[np.float64], class_index: int, seconds: float, state: AdaptationState
    ) -> None:
        """Count a vector [f] that is known to be of a class."""
        self._compare(vector)
        known = self._likelihood[:, class_index]
        state.labelled_turn_evidence += seconds * (known - known.max())

    def estimate(self, state: AdaptationState) -> float:
        """Return the most sensible turn for the evidence so far, in electrode spacings."""
        return _posterior_mean(
            state.turn_evidence,
            state.labelled_turn_evidence,
            self._turns,
            self.settings.turn_per_s,
            self.settings.turn_deviation,
            self._scratch,
        )

    def write_whitening(self, turn: float, out: NDArray[np.float64]) -> None:
        """Write the whitening [f, f] that first takes back a move of the electrodes by `turn`."""
        harmonic_weights(turn, self._weights)
        _weighted_sum(self._weights, self._whitening_parts, out)

    def _compare(self, vector: NDArray[np.float64]) -> None:
        _turn_likelihood(
            vector, self._templates, self._means, self._half_norm, self._variance, self._white, self._likelihood
        )
