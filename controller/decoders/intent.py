from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Intent:
    """What the wearer is thought to want, before shaping. Overwritten by the decoder's next decision.

    `direction`: wished velocity per joint, share of full speed in [-1, 1], in the order of the arm's joints.
    `class_index`: the decided class, or -1 for a decoder without classes. `scores`: probability per class.
    `confidence`: how likely the decision is right, calibrated on trials that the fit has not seen, if it is one of the
    motions that were trained. `unlikeness`: how far the window lies from all that was trained (squared Mahalanobis
    distance per feature to the decided class: about 1 in training); 0 where the decoder cannot say. `proportional`: the
    direction carries the wished speed already, joint by joint; otherwise the effort sets it, by the class.
    """

    direction: NDArray[np.float64]
    scores: NDArray[np.float64]
    class_index: int = -1
    confidence: float = 0.0
    unlikeness: float = 0.0
    proportional: bool = False


class Decoder(Protocol):
    """Turns a feature vector into an intent. No clock, no I/O; what it remembers, `reset` forgets."""

    def decode(self, features: NDArray[np.float64]) -> Intent:
        """Decide. `features` [f] as the model's feature set makes them."""
        ...

    def learn_unlabelled(self, accepted: bool = True) -> None:
        """Learn from the last decision, if this decoder does; called after each, once its command is out.

        `accepted`: False for what was rejected or came from unhealthy input.
        """
        ...

    def restart(self) -> None:
        """Forget what earlier decisions have begun, after a gap or for a new stream; what was learnt stays."""
        ...

    def reset(self) -> None:
        """Forget what was learnt since the fit."""
        ...


@runtime_checkable
class ChannelDropper(Protocol):
    """A decoder that goes on without some channels."""

    def without_channels(self, bad: NDArray[np.bool_]) -> Decoder:
        """Return a decoder that does without the channels marked in `bad` [ch], as this one stands now.

        What it takes depends on the features. `log_covariance`: vectors of the good channels alone
        (`LogCovariance.use_channels`). All others: vectors of the full width, in which the features of the bad
        channels are finite and do not matter. Made in under a millisecond at 8 channels, without retraining; this
        decoder stays as it is, for when the channels come back. Raises `ModelError` where too little is left.
        """
        ...
