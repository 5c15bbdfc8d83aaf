"""The decoders that a model file may hold: how each is checked, and how it is brought to life."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.decoders.intent import Decoder
from controller.decoders.model import LOG_COVARIANCE, Model
from controller.decoders.stored import direct, gaussian, lda, regression, simultaneous
from controller.emg.features.feature_set import FeatureSet
from controller.emg.features.features import Features
from controller.emg.features.log_covariance import LogCovariance
from controller.emg.features.named_sets import FEATURE_SETS
from controller.errors import ModelError


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


DECODERS = {
    "lda": DecoderKind(lda.check, lda.build),
    "gaussian": DecoderKind(gaussian.check, gaussian.build),
    "direct": DecoderKind(direct.check, direct.build),
    "simultaneous": DecoderKind(simultaneous.check, simultaneous.build),
    "regression": DecoderKind(regression.check, regression.build),
}
