"""From chunks of any size to hops of one size."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from drivers.chunk import Chunk


@dataclass(slots=True)
class Hop:
    """One hop of raw samples, [hop_samples, ch]. `block` is reused: use it before asking for the next hop.

    `newest_index` and `newest_t_ns` are of its last sample; `newest_t_ns` of hops inside one chunk is reckoned back
    from the chunk's stamp by the nominal rate. `after_gap`: so many samples were lost that windows must start anew.
    """

    block: NDArray[np.float64]
    newest_index: int = 0
    newest_t_ns: int = 0
    after_gap: bool = False


@dataclass(slots=True)
class HopBuffer:
    """Cuts chunks into hops, whatever the chunk sizes; keeps the rest of a hop until more comes.

    Short gaps (up to one hop) are joined over and counted; after a longer one the unfinished hop is thrown away and
    the next carries `after_gap`.
    """

    hop_samples: int
    channel_count: int
    rate_hz: float
    lost_samples: int = 0
    _hop: Hop = field(init=False)
    _filled: int = 0
    _gap_pending: bool = False

    def __post_init__(self) -> None:
        self._hop = Hop(np.zeros((self.hop_samples, self.channel_count)))

    def hops(self, chunk: Chunk) -> Iterator[Hop]:
        """Yield each hop that `chunk` completes, oldest first."""
        if chunk.lost_before:
            self.lost_samples += chunk.lost_before
            if chunk.lost_before > self.hop_samples:
                self._filled = 0
                self._gap_pending = True
        hop, samples = self._hop, chunk.samples
        used, total = 0, len(samples)
        while used < total:
            take = min(self.hop_samples - self._filled, total - used)
            hop.block[self._filled : self._filled + take] = samples[used : used + take]
            self._filled += take
            used += take
            if self._filled == self.hop_samples:
                self._filled = 0
                hop.newest_index = chunk.first_index + used - 1
                hop.newest_t_ns = chunk.newest_t_ns - int((total - used) * 1e9 / self.rate_hz)
                hop.after_gap = self._gap_pending
                self._gap_pending = False
                yield hop

    def reset(self) -> None:
        """Throw the unfinished hop away: another stream begins."""
        self._filled = 0
        self._gap_pending = False

    @property
    def missing(self) -> int:
        """How many samples the unfinished hop still needs."""
        return self.hop_samples - self._filled

    def complete_in(self, chunk: Chunk) -> int:
        """Return how many hops `chunk` will complete."""
        filled = 0 if chunk.lost_before > self.hop_samples else self._filled
        return (filled + len(chunk.samples)) // self.hop_samples
