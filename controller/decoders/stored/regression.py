"""A probability-weighted regression in a model file: the moments of its inputs beside the classifier's arrays."""

import numpy as np
from numpy.typing import NDArray

from controller.decoders.model import Model
from controller.decoders.regression.linear import RegressionModel
from controller.decoders.regression.weighted import WeightedRegression
from controller.decoders.reliability import Reliability
from controller.decoders.stored import lda
from controller.decoders.stored.arrays import WITH_LEVELS, require_features, require_motions, require_shapes
from controller.errors import ModelError


def arrays(model: RegressionModel, reliability: Reliability) -> dict[str, NDArray[np.float64]]:
    """Return what the file holds of the regression."""
    return {
        "input_mean": model.mean,
        "input_covariance": model.covariance,
        "cross": model.cross,
        "level": model.level,
        "least": model.least,
        "reliability": np.array([reliability.offset, reliability.slope]),
    }


def check(model: Model) -> None:
    """Raise `ModelError` for arrays that cannot be one."""
    require_features(model, WITH_LEVELS)
    joints, inputs = require_motions(model), model.facts.channel_count
    lda.check(model)
    shapes = {"input_mean": (inputs,), "input_covariance": (inputs, inputs), "cross": (joints, inputs)}
    require_shapes(model, {**shapes, "level": (joints,), "least": (inputs,), "reliability": (2,)})
    if model.facts.regression is None:
        raise ModelError("a model of the decoder 'regression' must say what it makes of the power; fit it again")


def build(model: Model, directions: NDArray[np.float64]) -> WeightedRegression:
    """Return the decoder."""
    stored, settings = model.decoder, model.facts.regression
    regression = RegressionModel(
        stored["input_mean"],
        stored["input_covariance"],
        stored["cross"],
        stored["level"],
        stored["least"],
        settings is not None and settings.power == "log",
    )
    reliability = Reliability(*stored["reliability"].tolist())
    return WeightedRegression(regression, lda.build(model, directions), directions, reliability=reliability)
