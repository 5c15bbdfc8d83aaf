"""A feed of which every sample of every channel tells its place, all over the 24 bits of a converter."""

import numpy as np
from numpy.typing import NDArray

from drivers.source import StreamInfo
from sim.errors import SimError

_ROW_STEP, _CHANNEL_STEP = 7_654_321, 1_000_003  # odd, so that 2^24 samples pass before one comes again


def known_counts(first: int, n_samples: int, channels: int) -> NDArray[np.int32]:
    """Return rows `first` and after: [n, channels] counts from -2^23 to 2^23 - 1."""
    rows = np.arange(first, first + n_samples, dtype=np.int64)[:, np.newaxis]
    wrapped = (rows * _ROW_STEP + np.arange(channels) * _CHANNEL_STEP) % (1 << 24)
    return (wrapped - (1 << 23)).astype(np.int32)


class KnownCounts:
    """The feed, from row 0 on."""

    def __init__(self, info: StreamInfo, scale: float) -> None:
        self.info, self.scale = info, scale
        self._next = 0

    def next_counts(self, n_samples: int) -> NDArray[np.int32]:
        counts = known_counts(self._next, n_samples, self.info.channel_count)
        self._next += n_samples
        return counts

    def set_intent(self, motion: str, effort: float) -> None:
        raise SimError(f"these counts mean nothing, not {motion} with {effort}")
