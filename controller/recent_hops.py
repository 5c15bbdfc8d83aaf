"""The last hops of the stream, so that a decoder that takes over has seen what the one before has seen."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.emg.hop_buffer import Hop


@dataclass(slots=True)
class RecentHops:
    """Keeps copies of the last `count` hops [hop_samples, ch]; memory is taken once."""

    count: int
    hop_samples: int
    channel_count: int
    _blocks: NDArray[np.float64] = field(init=False)
    _stamps: list[tuple[int, int, bool]] = field(init=False)
    _seen: int = 0

    def __post_init__(self) -> None:
        self._blocks = np.zeros((self.count, self.hop_samples, self.channel_count))
        self._stamps = [(0, 0, False)] * self.count

    def take(self, hop: Hop) -> None:
        """Copy a hop; it takes the place of the oldest."""
        place = self._seen % self.count
        self._blocks[place] = hop.block
        self._stamps[place] = hop.newest_index, hop.newest_t_ns, hop.after_gap
        self._seen += 1

    def play(self) -> Iterator[Hop]:
        """Yield what was kept since the last `reset`, oldest first, as it came."""
        kept = min(self._seen, self.count)
        for number in range(self._seen - kept, self._seen):
            place = number % self.count
            yield Hop(self._blocks[place].copy(), *self._stamps[place])

    def reset(self) -> None:
        """Another stream begins: nothing of the one before may be played."""
        self._seen = 0
