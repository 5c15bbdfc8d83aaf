"""A linear discriminant in a model file."""

import numpy as np
from numpy.typing import NDArray

from controller.decoders.discriminant import Discriminant
from controller.decoders.lda import LinearDiscriminant
from controller.decoders.model import Model
from controller.decoders.stored.arrays import require_above_zero, require_features, require_shapes
from controller.emg.features.named_sets import FEATURE_SETS


def arrays(discriminant: Discriminant, temperature: float) -> dict[str, NDArray[np.float64]]:
    """Return what the file holds."""
    return {
        "weights": discriminant.weights,
        "bias": discriminant.bias,
        "means": discriminant.means,
        "covariance": discriminant.covariance,
        "temperature": np.array(temperature),
    }


def check(model: Model) -> None:
    """Raise `ModelError` for arrays that cannot be one."""
    width, classes = require_features(model, tuple(FEATURE_SETS)), len(model.facts.class_names)
    shapes = {"weights": (classes, width), "bias": (classes,), "means": (classes, width), "covariance": (width, width)}
    require_shapes(model, {**shapes, "temperature": ()})
    require_above_zero(model, "temperature")


def build(model: Model, directions: NDArray[np.float64]) -> LinearDiscriminant:
    """Return the decoder."""
    stored = model.decoder
    discriminant = Discriminant(stored["weights"], stored["bias"], stored["means"], stored["covariance"])
    return LinearDiscriminant(discriminant, directions, float(stored["temperature"]))
