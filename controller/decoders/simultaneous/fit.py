"""Fit conditional-parallel discriminants: one between all combinations, one within each context of each joint."""

import numpy as np
from numpy.typing import NDArray

from controller.decoders.discriminant import fit_discriminant
from controller.decoders.simultaneous.decoder import ParallelModel
from controller.errors import CalibrationError

# A covariance for each context: with more the file would be larger than a model may be.
MOST_BYTES = 48 * 2**20


def fit_parallel(
    vectors: NDArray[np.float64], labels: NDArray[np.int64], states: NDArray[np.int64], class_names: tuple[str, ...]
) -> ParallelModel:
    """Fit to `vectors` [n, f] of the combinations `labels` [n]; `states` [classes, joints] in {-1, 0, 1}.

    Raises `CalibrationError` where two combinations are the same or no context has two states to choose from.
    """
    _require_different(states, class_names)
    discriminants = [fit_discriminant(vectors, labels, len(states))]
    rows = len(states)
    row = np.full((states.shape[1], len(states)), -1, dtype=np.int64)
    context = np.zeros((states.shape[1], len(states)), dtype=np.int64)
    for joint in range(states.shape[1]):
        _, number = np.unique(np.delete(states, joint, axis=1), axis=0, return_inverse=True)
        context[joint] = number.ravel()
        for one in range(context[joint].max() + 1):
            members = np.flatnonzero(context[joint] == one)
            if len(members) < 2:
                continue
            inside = np.isin(labels, members)
            discriminants.append(
                fit_discriminant(vectors[inside], np.searchsorted(members, labels[inside]), len(members))
            )
            row[joint, members] = rows + np.arange(len(members))
            rows += len(members)
    if len(discriminants) == 1:
        raise CalibrationError("no joint has two states to choose from; record rest and at least one motion")
    if len(discriminants) * vectors.shape[1] ** 2 * vectors.itemsize > MOST_BYTES:
        raise CalibrationError(
            f"{len(discriminants)} contexts with {vectors.shape[1]} features each are more than a model can hold; "
            "use fewer channels, or the decoder lda"
        )
    return ParallelModel(tuple(discriminants), row, context)


def _require_different(states: NDArray[np.int64], class_names: tuple[str, ...]) -> None:
    first: dict[tuple[int, ...], str] = {}
    for state, name in zip(states.tolist(), class_names, strict=True):
        same = first.setdefault(tuple(state), name)
        if same != name:
            raise CalibrationError(
                f"'{same}' and '{name}' move the same joints in the same directions, so that nothing tells them apart "
                "joint by joint; give each its own in [motions], or leave one out"
            )
