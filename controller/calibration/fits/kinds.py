"""How each kind of decoder is fitted; `decoders.kinds` says how it is checked and brought to life."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.calibration.fits import gaussian, lda
from controller.calibration.training import Training
from controller.decoders.kinds import LOG_COVARIANCE
from controller.emg.features.named_sets import FEATURE_SETS


@dataclass(frozen=True, slots=True)
class FitKind:
    """`fit` returns the decoder's arrays for a model file, from windows of one of `feature_sets`; the first is usual.

    It raises `CalibrationError`, naming the class or channel at fault, when the data cannot give a usable decoder.
    """

    feature_sets: tuple[str, ...]
    fit: Callable[[Training], dict[str, NDArray[np.float64]]]


FITS = {
    "gaussian": FitKind((LOG_COVARIANCE,), gaussian.fit),
    "lda": FitKind(tuple(FEATURE_SETS), lda.fit),
}
