"""What a Gaussian decoder learns after it was fitted, apart from the model: kept, copied, saved or forgotten alone."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from controller.decoders.gaussian.model import GaussianModel
from controller.errors import ModelError


@dataclass(frozen=True, slots=True)
class AdaptationSettings:
    """How a decoder learns. All is per second of decisions, so that the hop does not matter.

    Found on nine people; halving or doubling any one of them changes little (docs/decisions/0010).
    """

    # Between two donnings a class mean moves about as far as its windows spread (pooled standard deviations, per axis).
    shift_variance: float = 1.0
    # Most of such a move is common to classes that lie near each other; "near" in rms distances between class means.
    shared_share: float = 0.8
    near: float = 0.5
    # Weight that a second of decisions has against the prior: unlabelled, labelled.
    unlabelled_per_s: float = 0.4
    labelled_per_s: float = 6.0
    # Older unlabelled windows of a class fade behind this many seconds of newer ones.
    memory_s: float = 5.0
    # In the session it was fitted in, the training data count as so many labelled seconds per class.
    same_session_s: float = 0.5
    # A turned armband: prior deviation and reach in electrode spacings, the search's step, weight and memory.
    turn_deviation: float = 0.5
    turn_reach: float = 1.5
    turn_step: float = 0.25
    turn_per_s: float = 0.4
    turn_memory_s: float = 2.5
    # Only what is this probable teaches, and only if the class means as they were fitted say the same.
    gate: float = 0.9
    # A window as quiet as rest teaches no motion: its level must have come this share of the way from the quietest
    # class to the motion. Else tone in a wearer's rest is learnt as a weak motion, which then takes all rest over.
    level_share: float = 0.5
    # Squared Mahalanobis distance per feature beyond which a window is like nothing known, and teaches nothing; of
    # those that taught on nine people's other days the farthest lay at 7.9, half of them within 0.9.
    farthest: float = 10.0
    update_every_s: float = 0.5
    # An unlabelled update moves no class farther than this (pooled standard deviations), nor turns the ring farther
    # (spacings). Where nothing was wrong the largest were 1.9 and 0.6, one in a thousand above 1.8 and 0.3.
    largest_shift: float = 2.0
    largest_turn: float = 0.25

    def turns(self) -> NDArray[np.float64]:
        """Return the turns that are tried, in electrode spacings."""
        steps = round(self.turn_reach / self.turn_step)
        return np.arange(-steps, steps + 1, dtype=np.float64) * self.turn_step


@dataclass(slots=True)
class AdaptationState:
    """What was learnt since the fit. Its size is fixed, however long it learns.

    Per class: `seconds` [classes] and `sums` [classes, f] of unlabelled vectors, weighted by seconds and faded; the
    same for labelled ones. `turn_seconds` [classes], `turn_evidence` [classes, turns], `labelled_turn_evidence`
    [turns]: log likelihood of each turn, times seconds. Where the decoder stands now: `shift` [classes, f] of the class
    means, whitened; `turn` [1]: by how many spacings the electrodes moved towards the next channel.
    """

    seconds: NDArray[np.float64]
    sums: NDArray[np.float64]
    labelled_seconds: NDArray[np.float64]
    labelled_sums: NDArray[np.float64]
    turn_seconds: NDArray[np.float64]
    turn_evidence: NDArray[np.float64]
    labelled_turn_evidence: NDArray[np.float64]
    shift: NDArray[np.float64]
    turn: NDArray[np.float64]

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return the arrays themselves, by name, for an `.npz` file."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}

    def copy(self) -> "AdaptationState":
        """Return an independent copy."""
        return AdaptationState(**{name: array.copy() for name, array in self.arrays().items()})

    def take(self, other: "AdaptationState") -> None:
        """Become equal to `other`, in place."""
        theirs = other.arrays()
        for name, array in self.arrays().items():
            array[...] = theirs[name]

    def reset(self) -> None:
        """Forget all: the electrodes were donned anew."""
        for array in self.arrays().values():
            array.fill(0.0)

    @property
    def finite(self) -> bool:
        """True if everything in it is a number."""
        return all(bool(np.isfinite(array).all()) for array in self.arrays().values())


def new_donning(model: GaussianModel, settings: AdaptationSettings) -> AdaptationState:
    """Return the state of a decoder that knows nothing but its model."""
    classes, width = model.means.shape
    turns = len(settings.turns()) if model.ring else 0
    return AdaptationState(
        seconds=np.zeros(classes),
        sums=np.zeros((classes, width)),
        labelled_seconds=np.zeros(classes),
        labelled_sums=np.zeros((classes, width)),
        turn_seconds=np.zeros(classes),
        turn_evidence=np.zeros((classes, turns)),
        labelled_turn_evidence=np.zeros(turns),
        shift=np.zeros((classes, width)),
        turn=np.zeros(1),
    )


def same_session(model: GaussianModel, settings: AdaptationSettings) -> AdaptationState:
    """Return the state right after a fit: the electrodes sit where they sat in training."""
    state = new_donning(model, settings)
    state.labelled_seconds += settings.same_session_s
    state.labelled_sums += settings.same_session_s * model.means
    return state


def state_from_arrays(
    arrays: Mapping[str, NDArray[np.float64]], model: GaussianModel, settings: AdaptationSettings
) -> AdaptationState:
    """Rebuild a state from `AdaptationState.arrays`. Raises `ModelError` if it is not one of this model."""
    state = new_donning(model, settings)
    for name, array in state.arrays().items():
        found = arrays.get(name)
        if found is None or found.shape != array.shape or not np.isfinite(found).all():
            raise ModelError(
                f"what was learnt does not fit the model: '{name}' should be numbers of shape {array.shape}, "
                f"{'missing' if found is None else found.shape}; begin with a new donning"
            )
        array[...] = found
    return state
