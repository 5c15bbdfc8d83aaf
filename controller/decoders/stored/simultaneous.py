"""A conditional-parallel discriminant in a model file."""

import numpy as np
from numpy.typing import NDArray

from controller.decoders.discriminant import Discriminant
from controller.decoders.model import Model
from controller.decoders.simultaneous.decoder import ParallelDiscriminant, ParallelModel
from controller.decoders.stored.arrays import (
    require_above_zero,
    require_features,
    require_motions,
    require_shapes,
    whole_numbers,
)
from controller.emg.features.named_sets import FEATURE_SETS
from controller.errors import ModelError


def arrays(model: ParallelModel, temperature: float) -> dict[str, NDArray[np.float64]]:
    """Return what the file holds: all discriminants' rows one below the other, `rows` says how many each has."""
    parts = model.discriminants
    return {
        "weights": np.vstack([one.weights for one in parts]),
        "bias": np.concatenate([one.bias for one in parts]),
        "means": np.vstack([one.means for one in parts]),
        "covariances": np.stack([one.covariance for one in parts]),
        "rows": np.array([len(one.bias) for one in parts], dtype=np.float64),
        "row": model.row.astype(np.float64),
        "context": model.context.astype(np.float64),
        "temperature": np.array(temperature),
    }


def check(model: Model) -> None:
    """Raise `ModelError` for arrays that cannot be one."""
    width, classes = require_features(model, tuple(FEATURE_SETS)), len(model.facts.class_names)
    joints = require_motions(model)
    parts = len(model.decoder["rows"]) if model.decoder.get("rows", np.zeros(())).ndim == 1 else 0
    require_shapes(model, {"rows": (parts,), "temperature": ()})
    require_above_zero(model, "temperature")
    rows = whole_numbers(model, "rows", 2, classes)
    if not parts or rows[0] != classes:
        raise ModelError("the model's first discriminant must be between all of its classes; fit it again")
    total = int(rows.sum())
    shapes = {
        "weights": (total, width),
        "bias": (total,),
        "means": (total, width),
        "covariances": (parts, width, width),
    }
    require_shapes(model, {**shapes, "row": (joints, classes), "context": (joints, classes)})
    whole_numbers(model, "row", -1, total - 1)
    whole_numbers(model, "context", 0, classes - 1)


def build(model: Model, directions: NDArray[np.float64]) -> ParallelDiscriminant:
    """Return the decoder."""
    stored = model.decoder
    ends = np.cumsum(stored["rows"].astype(np.int64))[:-1]
    weights, bias, means = (np.split(stored[name], ends) for name in ("weights", "bias", "means"))
    parts = zip(weights, bias, means, stored["covariances"], strict=True)
    discriminants = tuple(Discriminant(*(np.ascontiguousarray(array) for array in part)) for part in parts)
    parallel = ParallelModel(discriminants, stored["row"].astype(np.int64), stored["context"].astype(np.int64))
    return ParallelDiscriminant(parallel, directions, float(stored["temperature"]))
