"""The decoders that a model file may hold: how each is checked, and how it is brought to life."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.decoders.discriminant import Discriminant
from controller.decoders.gaussian.adaptation import AdaptationSettings
from controller.decoders.gaussian.decoder import GaussianDecoder
from controller.decoders.gaussian.learnt import state_of
from controller.decoders.gaussian.model import model_from_arrays
from controller.decoders.intent import Decoder
from controller.decoders.lda import LinearDiscriminant
from controller.decoders.model import Model
from controller.emg.features.feature_set import FeatureSet
from controller.emg.features.features import Features
from controller.emg.features.log_covariance import LogCovariance
from controller.emg.features.named_sets import FEATURE_SETS
from controller.errors import ModelError

LOG_COVARIANCE = "log_covariance"


@dataclass(frozen=True, slots=True)
class DecoderKind:
    """`check` raises `ModelError` for arrays that cannot be one; `build` takes `directions` [classes, joints]."""

    check: Callable[[Model], None]
    build: Callable[[Model, NDArray[np.float64]], Decoder]


def features_of(model: Model) -> Features:
    """Return the features that the model was fitted to. Raises `ModelError` for a set that is not known."""
    facts = model.facts
    if facts.feature_set == LOG_COVARIANCE:
        floor = float(model.decoder["covariance_floor"])
        return LogCovariance(facts.channel_count, facts.hop_samples, facts.window_hops, floor)
    if facts.feature_set in FEATURE_SETS:
        return FeatureSet(facts.feature_set, facts.channel_count, facts.hop_samples, facts.window_hops, model.threshold)
    known = ", ".join((*FEATURE_SETS, LOG_COVARIANCE))
    raise ModelError(f"the model uses the unknown feature set '{facts.feature_set}'; known: {known}")


def check_decoder(model: Model) -> None:
    """Raise `ModelError` unless decoder, features and arrays fit each other."""
    if model.facts.decoder not in DECODERS:
        raise ModelError(f"the model uses the unknown decoder '{model.facts.decoder}'; known: {', '.join(DECODERS)}")
    DECODERS[model.facts.decoder].check(model)
    features_of(model)


def build_decoder(model: Model, directions: NDArray[np.float64]) -> Decoder:
    """Return the model's decoder; `directions` [classes, joints]: what each class means for each joint."""
    return DECODERS[model.facts.decoder].build(model, directions)


def _check_lda(model: Model) -> None:
    facts = model.facts
    if facts.feature_set not in FEATURE_SETS:
        raise ModelError(f"a linear discriminant does not go with the feature set '{facts.feature_set}'")
    classes, width = len(facts.class_names), FEATURE_SETS[facts.feature_set].columns_per_channel * facts.channel_count
    shapes = {"weights": (classes, width), "bias": (classes,), "means": (classes, width), "covariance": (width, width)}
    _require_shapes(model, {**shapes, "temperature": ()})
    if not model.decoder["temperature"] > 0:
        raise ModelError("the model's temperature must be above zero; fit it again")


def _build_lda(model: Model, directions: NDArray[np.float64]) -> Decoder:
    arrays = model.decoder
    discriminant = Discriminant(arrays["weights"], arrays["bias"], arrays["means"], arrays["covariance"])
    return LinearDiscriminant(discriminant, directions, float(arrays["temperature"]))


def _check_gaussian(model: Model) -> None:
    facts = model.facts
    if facts.feature_set != LOG_COVARIANCE:
        raise ModelError(f"a Gaussian decoder does not go with the feature set '{facts.feature_set}'")
    classes, width = len(facts.class_names), facts.channel_count * (facts.channel_count + 1) // 2
    _require_shapes(model, {"means": (classes, width), "covariances": (classes, width, width), "covariance_floor": ()})
    if not model.decoder["covariance_floor"] > 0:
        raise ModelError("the model's covariance floor must be above zero; fit it again")
    state_of(model.decoder, model_from_arrays(model.decoder), AdaptationSettings())


def _build_gaussian(model: Model, directions: NDArray[np.float64]) -> Decoder:
    gaussian = model_from_arrays(model.decoder)
    decoder = GaussianDecoder(gaussian, directions, 1.0 / model.facts.hop_s)
    decoder.take_state(state_of(model.decoder, gaussian, decoder.settings))
    return decoder


def _require_shapes(model: Model, shapes: dict[str, tuple[int, ...]]) -> None:
    for name, shape in shapes.items():
        found = model.decoder[name].shape if name in model.decoder else None
        if found != shape:
            raise ModelError(f"the model's array '{name}' has shape {found}, its facts ask for {shape}; fit it again")


DECODERS = {
    "lda": DecoderKind(_check_lda, _build_lda),
    "gaussian": DecoderKind(_check_gaussian, _build_gaussian),
}
