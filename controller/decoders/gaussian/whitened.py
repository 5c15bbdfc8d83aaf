"""A model's classes where the pooled covariance is the identity, each in the eigenbasis of its own covariance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.decoders.gaussian.adaptation import AdaptationSettings
from controller.decoders.gaussian.model import GaussianModel


@dataclass(frozen=True, slots=True)
class WhitenedClasses:
    """`whitening` [f, f]: z = xᵀ · whitening. `means` [classes, f]. Class covariances are U diag(variance) Uᵀ.

    `basis` U [classes, f, f], `variance` [classes, f]; `half_norm` [classes]: half the squared length of the means;
    `shift_prior` [classes, classes]: prior covariance of the classes' shifts, the same along every axis. `level` [f]:
    times a vector, the mean log variance of the channels; `least_level` [classes]: below it a window teaches nothing.
    """

    whitening: NDArray[np.float64]
    means: NDArray[np.float64]
    half_norm: NDArray[np.float64]
    basis: NDArray[np.float64]
    variance: NDArray[np.float64]
    shift_prior: NDArray[np.float64]
    level: NDArray[np.float64]
    least_level: NDArray[np.float64]


def whiten_classes(model: GaussianModel, settings: AdaptationSettings) -> WhitenedClasses:
    """Prepare a model for decoding. Takes milliseconds: when a model is loaded, never per decision."""
    whitening = inverse_root(model.covariances.mean(axis=0))
    means = model.means @ whitening
    variance, basis = np.linalg.eigh(whitening @ model.covariances @ whitening)
    rows, columns = np.triu_indices(model.channel_count)
    level = np.where(rows == columns, 1.0 / model.channel_count, 0.0)
    return WhitenedClasses(
        whitening=whitening,
        means=np.ascontiguousarray(means),
        half_norm=0.5 * (means**2).sum(axis=1),
        basis=np.ascontiguousarray(basis),
        variance=np.ascontiguousarray(variance),
        shift_prior=_shift_prior(means, settings),
        level=level,
        least_level=_least_level(model.means @ level, settings),
    )


def inverse_root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the symmetric inverse root: unlike other whitenings it is the same on every machine."""
    eigenvalues, vectors = np.linalg.eigh(covariance)
    root: NDArray[np.float64] = np.ascontiguousarray((vectors / np.sqrt(eigenvalues)) @ vectors.T)
    return root


def _shift_prior(means: NDArray[np.float64], settings: AdaptationSettings) -> NDArray[np.float64]:
    """Return the prior of a Gaussian process over the classes: what moves one class moves its neighbours likewise."""
    classes = len(means)
    squared = ((means[:, None, :] - means) ** 2).sum(axis=2)
    mean_squared = max(float(squared.sum()) / (classes * (classes - 1)), np.finfo(np.float64).tiny)
    near = np.exp(-squared / (2.0 * settings.near**2 * mean_squared))
    share = settings.shared_share
    prior: NDArray[np.float64] = settings.shift_variance * (share * near + (1.0 - share) * np.eye(classes))
    return prior


def _least_level(levels: NDArray[np.float64], settings: AdaptationSettings) -> NDArray[np.float64]:
    """Return the levels that count as the class's own and not as the quietest one's, which has no lower bound."""
    quietest = levels.min()
    least: NDArray[np.float64] = np.where(
        levels > quietest, quietest + settings.level_share * (levels - quietest), -np.inf
    )
    return least
