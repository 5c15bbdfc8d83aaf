"""What every kind asks of its arrays in a model file."""

import numpy as np
from numpy.typing import NDArray

from controller.decoders.model import Model
from controller.emg.features.named_sets import FEATURE_SETS
from controller.errors import ModelError

LEVEL = "mean_absolute_value"
# Sets whose vector begins with the root of each channel's level.
WITH_LEVELS = tuple(name for name, members in FEATURE_SETS.items() if members.means[:1] == (LEVEL,))


def require_shapes(model: Model, shapes: dict[str, tuple[int, ...]]) -> None:
    """Raise `ModelError` unless these arrays are there, in these shapes."""
    for name, shape in shapes.items():
        found = model.decoder[name].shape if name in model.decoder else None
        if found != shape:
            raise ModelError(f"the model's array '{name}' has shape {found}, its facts ask for {shape}; fit it again")


def require_features(model: Model, possible: tuple[str, ...]) -> int:
    """Return the width of the model's vectors; raise `ModelError` unless its feature set is one of `possible`."""
    facts = model.facts
    if facts.feature_set not in possible:
        raise ModelError(f"the decoder '{facts.decoder}' does not go with the feature set '{facts.feature_set}'")
    return FEATURE_SETS[facts.feature_set].columns_per_channel * facts.channel_count


def require_motions(model: Model) -> int:
    """Return for how many joints the model was fitted; raise `ModelError` unless its motions are whole."""
    facts = model.facts
    rows = {len(row) for row in facts.directions}
    if not facts.joints or rows != {len(facts.joints)} or len(facts.directions) != len(facts.class_names):
        raise ModelError(
            f"a model of the decoder '{facts.decoder}' must say what each class means for each joint; fit it again"
        )
    return len(facts.joints)


def require_above_zero(model: Model, name: str) -> None:
    """Raise `ModelError` unless the single number `name` is above zero."""
    if not model.decoder[name] > 0:
        raise ModelError(f"the model's {name.replace('_', ' ')} must be above zero; fit it again")


def whole_numbers(model: Model, name: str, low: int, high: int) -> NDArray[np.int64]:
    """Return the array `name` as integers; raise `ModelError` unless all are within low..high."""
    stored = model.decoder[name]
    whole = stored.astype(np.int64)
    if (whole != stored).any() or ((whole < low) | (whole > high)).any():
        raise ModelError(f"the model's array '{name}' should hold whole numbers from {low} to {high}; fit it again")
    return whole
