"""A Gaussian decoder with some channels left out, made while running.

The log covariance of the channels that are left is not quite a part of the whole one. A class mean is therefore taken
back to its covariance, where a channel is a row and a column, and from there to the logarithm again. How a class
spreads matters less: there the rows and columns of the others are deleted.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.decoders.gaussian.adaptation import AdaptationState
from controller.decoders.gaussian.class_intent import ClassIntent
from controller.decoders.gaussian.likelihood import ClassLikelihood
from controller.decoders.gaussian.model import GaussianModel
from controller.decoders.gaussian.ring import turned_orthogonal
from controller.decoders.gaussian.whitened import WhitenedClasses
from controller.decoders.intent import Intent
from controller.errors import ModelError


@dataclass(slots=True)
class FewerChannels:
    """Decides on vectors of the channels marked in `good` [ch]; see `LogCovariance.use_channels`."""

    good: NDArray[np.bool_]
    _likelihood: ClassLikelihood
    _intent: ClassIntent

    def decode(self, features: NDArray[np.float64]) -> Intent:
        """Decide which class the vector [k(k+1)/2] of the k good channels belongs to."""
        likelihood = self._likelihood
        likelihood.weigh(features)
        return self._intent.choose(likelihood.log_likelihood, likelihood.distance, len(likelihood.white))

    def learn_unlabelled(self, accepted: bool = True) -> None:
        """Learn nothing: what the whole decoder knows waits for its channels to come back."""

    def restart(self) -> None:
        """Nothing was begun: each decision stands for itself."""

    def reset(self) -> None:
        """Nothing to forget."""


def leave_out(
    bad: NDArray[np.bool_],
    model: GaussianModel,
    classes: WhitenedClasses,
    state: AdaptationState,
    widening: NDArray[np.float64],
    directions: NDArray[np.float64],
) -> FewerChannels:
    """Return a decoder without the channels marked in `bad` [ch], for classes as turned, shifted and widened now."""
    size = model.channel_count
    if bad.shape != (size,) or bad.all():
        raise ModelError(f"cannot decode without channels {np.flatnonzero(bad) + 1} of {size}; check the electrodes")
    good = ~bad
    pooled = model.covariances.mean(axis=0)
    # The whitening is the inverse root of the pooled covariance: times it, a shift is in the vector's units again.
    means = model.means + state.shift @ (classes.whitening @ pooled)
    covariances = model.covariances + np.diagonal(widening)[:, None, None] * pooled
    if model.ring and state.turn[0] != 0.0:
        turn = turned_orthogonal(size, state.turn[0])
        means, covariances = means @ turn, turn.T @ covariances @ turn
    rows, columns = np.triu_indices(size)
    kept = np.flatnonzero(good[rows] & good[columns])
    means = _log_covariance_of(means, good)
    factor = np.linalg.cholesky(covariances[:, kept[:, None], kept])
    deviation = np.diagonal(factor, axis1=1, axis2=2)
    # Rows of the inverse factor make the parts independent; scaled, they have the variances deviation².
    basis = np.linalg.inv(factor).transpose(0, 2, 1) * deviation[:, None, :]
    likelihood = ClassLikelihood(np.eye(len(kept)), np.ascontiguousarray(basis), deviation**2)
    likelihood.place(means, np.zeros_like(means), np.zeros_like(widening))
    return FewerChannels(good, likelihood, ClassIntent(directions, model.temperature))


def _log_covariance_of(triangles: NDArray[np.float64], good: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the log covariances [classes, k(k+1)/2] of the good channels, from those of all [classes, f]."""
    rows, columns = np.triu_indices(len(good))
    logs = np.zeros((len(triangles), len(good), len(good)))
    logs[:, rows, columns] = triangles / np.where(rows == columns, 1.0, np.sqrt(2.0))
    eigenvalues, vectors = np.linalg.eigh(logs, UPLO="U")
    whole = (vectors * np.exp(eigenvalues)[:, None, :]) @ vectors.transpose(0, 2, 1)
    eigenvalues, vectors = np.linalg.eigh(whole[:, good][:, :, good])
    logarithms = np.log(np.maximum(eigenvalues, np.finfo(np.float64).tiny))
    part = (vectors * logarithms[:, None, :]) @ vectors.transpose(0, 2, 1)
    rows, columns = np.triu_indices(int(good.sum()))
    return np.ascontiguousarray(part[:, rows, columns] * np.where(rows == columns, 1.0, np.sqrt(2.0)))
