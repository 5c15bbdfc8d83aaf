"""How each kind of decoder is fitted; `decoders.kinds` says how it is checked and brought to life."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.calibration.fits import direct, gaussian, lda, regression, simultaneous
from controller.calibration.training import Training
from controller.decoders.model import LOG_COVARIANCE
from controller.decoders.stored.arrays import WITH_LEVELS


@dataclass(frozen=True, slots=True)
class FitKind:
    """`fit` returns the decoder's arrays for a model file, from windows of one of `feature_sets`; the first is usual.

    `speed_in_features`: its decisions are speeds already, so that a speed path of its own would come too late.
    `needs_motions`: it depends on what the classes mean for the arm. `settings`: which of the `Choices` are its own.
    It raises `CalibrationError`, naming the class or channel at fault, when the data cannot give a usable decoder.
    """

    feature_sets: tuple[str, ...]
    fit: Callable[[Training], dict[str, NDArray[np.float64]]]
    needs_motions: bool = False
    speed_in_features: bool = False
    settings: tuple[str, ...] = ()


# Log moments err least in every row of the evaluation, with the fewest numbers (docs/decisions/0013).
DISCRIMINANT_SETS = ("log_moments", "td4", "td6", "td4_ar4")

FITS = {
    "gaussian": FitKind((LOG_COVARIANCE,), gaussian.fit),
    "lda": FitKind(DISCRIMINANT_SETS, lda.fit),
    "direct": FitKind(WITH_LEVELS, direct.fit, needs_motions=True, speed_in_features=True, settings=("direct",)),
    "simultaneous": FitKind(DISCRIMINANT_SETS, simultaneous.fit, needs_motions=True),
    "regression": FitKind(
        WITH_LEVELS, regression.fit, needs_motions=True, speed_in_features=True, settings=("regression",)
    ),
}
