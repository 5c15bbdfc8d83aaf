"""A Gaussian decoder in a model file."""

import numpy as np
from numpy.typing import NDArray

from controller.decoders.gaussian.adaptation import AdaptationSettings
from controller.decoders.gaussian.decoder import GaussianDecoder
from controller.decoders.gaussian.learnt import state_of
from controller.decoders.gaussian.model import model_from_arrays
from controller.decoders.model import LOG_COVARIANCE, Model
from controller.decoders.stored.arrays import require_above_zero, require_shapes
from controller.errors import ModelError


def check(model: Model) -> None:
    """Raise `ModelError` for arrays that cannot be one."""
    facts = model.facts
    if facts.feature_set != LOG_COVARIANCE:
        raise ModelError(f"a Gaussian decoder does not go with the feature set '{facts.feature_set}'")
    classes, width = len(facts.class_names), facts.channel_count * (facts.channel_count + 1) // 2
    require_shapes(model, {"means": (classes, width), "covariances": (classes, width, width), "covariance_floor": ()})
    require_above_zero(model, "covariance_floor")
    state_of(model.decoder, model_from_arrays(model.decoder), AdaptationSettings())


def build(model: Model, directions: NDArray[np.float64]) -> GaussianDecoder:
    """Return the decoder, with what it was taught since."""
    gaussian = model_from_arrays(model.decoder)
    decoder = GaussianDecoder(gaussian, directions, 1.0 / model.facts.hop_s)
    decoder.take_state(state_of(model.decoder, gaussian, decoder.settings))
    return decoder
