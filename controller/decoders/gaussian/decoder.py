"""The default decoder: a Gaussian per class over log covariances, which follows the electrodes from day to day."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.decoders.gaussian.adaptation import AdaptationSettings, AdaptationState, new_donning
from controller.decoders.gaussian.class_intent import ClassIntent
from controller.decoders.gaussian.fewer_channels import FewerChannels, leave_out
from controller.decoders.gaussian.likelihood import ClassLikelihood
from controller.decoders.gaussian.mean_shift import MeanShift
from controller.decoders.gaussian.model import GaussianModel
from controller.decoders.gaussian.teaching import add_weighted, fade, taught_class
from controller.decoders.gaussian.turn_search import TurnSearch
from controller.decoders.gaussian.whitened import WhitenedClasses, whiten_classes
from controller.decoders.intent import Intent
from controller.errors import CalibrationError


@dataclass(slots=True)
class GaussianDecoder:
    """Decides one class at a time; learns from its own sure decisions and from labelled trials.

    `directions` [classes, joints] in [-1, 1]: what each class means for each joint. Decisions come `decisions_per_s`.
    `frozen`: learns nothing from its own decisions. `state`: all that was learnt; set it with `take_state`.
    Nothing is allocated per decision; what is learnt is bounded, in memory and in every step.
    """

    model: GaussianModel
    directions: NDArray[np.float64]
    decisions_per_s: float
    settings: AdaptationSettings = field(default_factory=AdaptationSettings)
    frozen: bool = False
    state: AdaptationState = field(init=False)
    updates: int = 0
    _classes: WhitenedClasses = field(init=False)
    _likelihood: ClassLikelihood = field(init=False)
    _mean_shift: MeanShift = field(init=False)
    _turn_search: TurnSearch | None = None
    _intent: ClassIntent = field(init=False)
    _weight: NDArray[np.float64] = field(init=False)
    _may_teach: bool = False
    _since_update: int = 0

    def __post_init__(self) -> None:
        classes = self._classes = whiten_classes(self.model, self.settings)
        self._likelihood = ClassLikelihood(classes.whitening.copy(), classes.basis, classes.variance)
        self._mean_shift = MeanShift(classes, self.settings)
        if self.model.ring:
            self._turn_search = TurnSearch(self.model, self.settings, classes.whitening)
        self._intent = ClassIntent(self.directions, self.model.temperature)
        self._weight = np.zeros(1)
        self.state = new_donning(self.model, self.settings)
        self._settle()

    def decode(self, features: NDArray[np.float64]) -> Intent:
        """Decide which class the vector [f] belongs to. A vector with NaN is no class, confidence 0, no direction."""
        likelihood = self._likelihood
        likelihood.weigh(features)
        intent = self._intent.choose(likelihood.log_likelihood, likelihood.distance, len(likelihood.white))
        self._may_teach = intent.class_index >= 0
        return intent

    @property
    def log_likelihood(self) -> NDArray[np.float64]:
        """Log likelihood per class [classes] of the last decision, less a constant; overwritten by the next."""
        return self._likelihood.log_likelihood

    def learn_unlabelled(self, accepted: bool = True) -> None:
        """Learn from the decision that `decode` made last, once; call it after each.

        `accepted`: False for what was rejected, came from unhealthy input, or should not teach for another reason.
        """
        if self.frozen:
            return
        if accepted and self._may_teach:
            self._remember()
        self._may_teach = False
        self._since_update += 1
        if self._since_update >= self.settings.update_every_s * self.decisions_per_s:
            self._since_update = 0
            self._update(self.settings.largest_shift, self.settings.largest_turn)

    def learn_labelled(self, vectors: NDArray[np.float64], labels: NDArray[np.int64]) -> None:
        """Learn from prompted trials of this donning: `vectors` [n, f] at `decisions_per_s`, `labels` [n].

        Takes some 10 µs per vector: not on the control loop, but on a decoder of its own whose state is then taken.
        Raises `CalibrationError`, and learns nothing, if they do not fit the model.
        """
        classes, width = self.model.means.shape
        if vectors.ndim != 2 or vectors.shape[1] != width or labels.shape != (len(vectors),):
            raise CalibrationError(
                f"the model needs vectors [n, {width}] with one label each, and got {vectors.shape} and {labels.shape}"
            )
        if not np.isfinite(vectors).all() or not np.isin(labels, np.arange(classes)).all():
            raise CalibrationError(f"a trial holds what is no number, or a label that is none of 0..{classes - 1}")
        seconds = 1.0 / self.decisions_per_s
        for vector, label in zip(np.ascontiguousarray(vectors, dtype=np.float64), labels.tolist(), strict=True):
            self.state.labelled_seconds[label] += seconds
            add_weighted(vector, seconds, self.state.labelled_sums[label])
            if self._turn_search is not None:
                self._turn_search.observe_labelled(vector, label, seconds, self.state)
        self._settle()

    def take_state(self, state: AdaptationState) -> None:
        """Continue from a copy of `state`, of this model: a saved one, `same_session` right after the fit."""
        self.state.take(state)
        self._settle()

    def restart(self) -> None:
        """Learn nothing from the decision before the gap."""
        self._may_teach = False

    def reset(self) -> None:
        """Forget what was learnt: the electrodes were donned anew."""
        self.state.reset()
        self._settle()

    def without_channels(self, bad: NDArray[np.bool_]) -> FewerChannels:
        """Return a decoder for vectors of the other channels, as the classes stand now; it learns nothing.

        No retraining: half a millisecond at 8 channels and 8 classes. Raises `ModelError` if none is left.
        """
        return leave_out(bad, self.model, self._classes, self.state, self._mean_shift.covariance, self.directions)

    def _remember(self) -> None:
        likelihood, classes, state = self._likelihood, self._classes, self.state
        index = taught_class(
            likelihood.log_likelihood,
            likelihood.distance,
            likelihood.white,
            classes.means,
            classes.half_norm,
            float(likelihood.vector @ classes.level),
            classes.least_level,
            self.settings.gate,
            self.settings.farthest,
            self._weight,
        )
        if index < 0:
            return
        seconds = float(self._weight[0]) / self.decisions_per_s
        state.seconds[index] += seconds
        add_weighted(likelihood.vector, seconds, state.sums[index])
        if self._turn_search is not None:
            state.turn_seconds[index] += seconds
            self._turn_search.observe(likelihood.vector, index, seconds, state)

    def _settle(self) -> None:
        """Go to where the evidence points, however far."""
        self._since_update = 0
        self._may_teach = False
        self._update(np.inf, np.inf)

    def _update(self, largest_shift: float, largest_turn: float) -> None:
        state, settings, likelihood = self.state, self.settings, self._likelihood
        fade(state.seconds, state.sums, settings.memory_s)
        fade(state.turn_seconds, state.turn_evidence, settings.turn_memory_s)
        if not state.finite:
            # Cannot happen as long as `decode` and `learn_labelled` let no NaN in; if it does, the model still works.
            state.reset()
        if self._turn_search is not None:
            change = self._turn_search.estimate(state) - state.turn[0]
            state.turn[0] += min(max(change, -largest_turn), largest_turn)
            self._turn_search.write_whitening(state.turn[0], likelihood.whitening)
        self._mean_shift.update(state, likelihood.whitening, largest_shift)
        likelihood.place(self._classes.means, state.shift, self._mean_shift.covariance)
        self.updates += 1
