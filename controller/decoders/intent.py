from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Intent:
    """What the wearer is thought to want, before shaping. Overwritten by the decoder's next decision.

    `direction`: wished velocity per joint, share of full speed in [-1, 1], in the order of the arm's joints.
    `class_index`: the decided class, or -1 for a decoder without classes. `scores`: probability per class.
    """

    direction: NDArray[np.float64]
    scores: NDArray[np.float64]
    class_index: int = -1
    confidence: float = 0.0


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

    def reset(self) -> None:
        """Forget what was learnt since the fit."""
        ...
