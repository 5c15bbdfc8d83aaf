from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Features(Protocol):
    """A sliding window of whole hops that can say what it looks like.

    Write a hop into `conditioned` [hop_samples, ch], call `update`; once `ready`, `vector` [f] is the window's feature
    vector. `level` [ch] and `effort`: mean absolute value per channel and over all, in the signal's unit.
    """

    channel_count: int
    hop_samples: int
    window_hops: int

    @property
    def conditioned(self) -> NDArray[np.float64]:
        """Where the next hop's conditioned samples belong."""
        ...

    @property
    def ready(self) -> bool:
        """True once a whole window has been seen."""
        ...

    @property
    def vector(self) -> NDArray[np.float64]:
        """The window's feature vector; overwritten after the next `update`."""
        ...

    @property
    def level(self) -> NDArray[np.float64]:
        """Mean absolute value per channel over the window."""
        ...

    @property
    def effort(self) -> float:
        """Mean absolute value over all channels."""
        ...

    def use_channels(self, good: NDArray[np.bool_]) -> None:
        """Make vectors for a decoder that listens to the channels marked in `good` [ch] only, from now on.

        Features of one channel each stay as they are: such a decoder gives the others no weight. `level` and `effort`
        keep all channels.
        """
        ...

    def update(self) -> object:
        """Take the hop that was written into `conditioned`."""
        ...

    def reset(self) -> None:
        """Forget the window."""
        ...
