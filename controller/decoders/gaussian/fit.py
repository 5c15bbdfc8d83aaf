"""Fit a Gaussian per class. Takes milliseconds, with the temperature up to a second: never on the control loop."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from controller.decoders.gaussian.adaptation import same_session
from controller.decoders.gaussian.decoder import GaussianDecoder
from controller.decoders.gaussian.model import GaussianModel
from controller.decoders.gaussian.temperature import USUAL, best_temperature
from controller.errors import CalibrationError

# With more channels the covariances have more numbers than a calibration has windows, and a decision takes too long.
MOST_CHANNELS = 16
# Half a second at a hop of 50 ms; fewer do not show how a class spreads.
FEWEST_WINDOWS = 10
FEWEST_RING_CHANNELS = 3


@dataclass(frozen=True, slots=True)
class GaussianFitSettings:
    """How covariances are regularised; errors are flat around both values (docs/decisions/0010).

    `own_share`: of the class's own covariance against the pooled one (Friedman 1989, J Am Stat Assoc 84:165-175).
    `diagonal_share`: every covariance is shrunk so far towards its diagonal.
    """

    own_share: float = 0.4
    diagonal_share: float = 0.2


def fit_gaussian(
    vectors: NDArray[np.float64],
    labels: NDArray[np.int64],
    class_names: Sequence[str],
    ring: bool,
    repetitions: NDArray[np.int64] | None = None,
    settings: GaussianFitSettings | None = None,
) -> GaussianModel:
    """Fit to `vectors` [n, f] of `LogCovariance` with `labels` [n], indices into `class_names`; all count alike.

    `ring`: the electrodes are equally spaced around the limb, in the order of the channels. `repetitions` [n]: which
    windows belong together; the temperature is found by leaving out one repetition after the other.
    Raises `CalibrationError`, naming the class at fault, when the data cannot give a usable model.
    """
    settings = settings or GaussianFitSettings()
    _require_usable(vectors, labels, class_names, ring)
    means, covariances = _moments(vectors, labels, len(class_names), settings)
    temperature = USUAL
    if repetitions is not None:
        temperature = _held_out_temperature(vectors, labels, len(class_names), repetitions, settings)
    return GaussianModel(means, covariances, temperature, ring)


def _moments(
    vectors: NDArray[np.float64], labels: NDArray[np.int64], classes: int, settings: GaussianFitSettings
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    width = vectors.shape[1]
    means, covariances = np.zeros((classes, width)), np.zeros((classes, width, width))
    kept = np.full((width, width), 1.0 - settings.diagonal_share)
    np.fill_diagonal(kept, 1.0)
    for index in range(classes):
        own = vectors[labels == index]
        means[index] = own.mean(axis=0)
        covariances[index] = np.cov(own.T, bias=True) * kept
    # Every class counts the same in the pooled covariance: rest, of which there is most, must not rule.
    share = settings.own_share
    return means, share * covariances + (1.0 - share) * covariances.mean(axis=0)


def _held_out_temperature(
    vectors: NDArray[np.float64],
    labels: NDArray[np.int64],
    classes: int,
    repetitions: NDArray[np.int64],
    settings: GaussianFitSettings,
) -> float:
    log_likelihood = np.full((len(vectors), classes), np.nan)
    for repetition in np.unique(repetitions):
        held_out = repetitions == repetition
        if len(np.unique(labels[~held_out])) < classes:
            continue
        means, covariances = _moments(vectors[~held_out], labels[~held_out], classes, settings)
        model = GaussianModel(means, covariances, temperature=1.0, ring=False)
        decoder = GaussianDecoder(model, np.zeros((classes, 1)), 1.0)
        decoder.take_state(same_session(model, decoder.settings))
        for row in np.flatnonzero(held_out):
            decoder.decode(vectors[row])
            log_likelihood[row] = decoder.log_likelihood
    seen = np.isfinite(log_likelihood).all(axis=1)
    trials = len(np.unique(np.column_stack((labels, repetitions))[seen], axis=0))
    return best_temperature(log_likelihood[seen], labels[seen], trials)


def _require_usable(
    vectors: NDArray[np.float64], labels: NDArray[np.int64], class_names: Sequence[str], ring: bool
) -> None:
    if len(class_names) < 2:
        raise CalibrationError(f"a decoder needs at least two classes, and got: {', '.join(class_names) or 'none'}")
    if vectors.ndim != 2 or labels.shape != (len(vectors),) or not np.isfinite(vectors).all():
        raise CalibrationError(
            f"training needs finite vectors [n, f] with one label each, and got {vectors.shape}, {labels.shape}"
        )
    channels = (isqrt(8 * vectors.shape[1] + 1) - 1) // 2
    if channels * (channels + 1) // 2 != vectors.shape[1]:
        raise CalibrationError(f"vectors of {vectors.shape[1]} features are no upper triangles of log covariances")
    if channels > MOST_CHANNELS:
        raise CalibrationError(
            f"{channels} channels are more than a calibration can give covariances for ({MOST_CHANNELS}); "
            "choose the feature set td4"
        )
    if ring and channels < FEWEST_RING_CHANNELS:
        raise CalibrationError(f"{channels} electrodes are no ring that could turn; set ring to false")
    if not np.isin(labels, np.arange(len(class_names))).all():
        raise CalibrationError(f"labels should be 0..{len(class_names) - 1}, and are {np.unique(labels).tolist()}")
    for index, name in enumerate(class_names):
        count = int(np.count_nonzero(labels == index))
        if count < FEWEST_WINDOWS:
            raise CalibrationError(
                f"class '{name}' has {count} usable windows, at least {FEWEST_WINDOWS} are needed; "
                "record more or longer trials"
            )
    constant = np.flatnonzero(~(vectors.std(axis=0) > 0.0))
    if len(constant):
        rows, columns = np.triu_indices(channels)
        first = constant[0]
        raise CalibrationError(
            f"the log covariance of channels {rows[first] + 1} and {columns[first] + 1} never changes in the training "
            "data; check their electrodes"
        )
