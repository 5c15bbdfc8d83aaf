"""What a Gaussian decoder has learnt, in its model's file: a decoder begins where a session was added to it."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from controller.decoders.gaussian.adaptation import (
    AdaptationSettings,
    AdaptationState,
    same_session,
    state_from_arrays,
)
from controller.decoders.gaussian.model import GaussianModel

PREFIX = "learnt."


def learnt_arrays(state: AdaptationState) -> dict[str, NDArray[np.float64]]:
    """Return a copy of the state as arrays beside the decoder's own."""
    return {PREFIX + name: array for name, array in state.copy().arrays().items()}


def without_learnt(arrays: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Return the decoder's own arrays: as it was fitted."""
    return {name: array for name, array in arrays.items() if not name.startswith(PREFIX)}


def state_of(
    arrays: Mapping[str, NDArray[np.float64]], model: GaussianModel, settings: AdaptationSettings
) -> AdaptationState:
    """Return the state that a decoder begins in: what is beside its arrays, else that of the session of the fit.

    Raises `ModelError` for a state that is not one of this model.
    """
    found = {name.removeprefix(PREFIX): array for name, array in arrays.items() if name.startswith(PREFIX)}
    return state_from_arrays(found, model, settings) if found else same_session(model, settings)
