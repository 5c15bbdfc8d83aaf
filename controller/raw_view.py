"""Raw samples for who looks on: gathered only while somebody asks, sent after the command, never in its way."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.contract.emg import SAMPLE, encode_emg_block
from controller.emg.hop_buffer import Hop

# With hops of 10 ms a block every third: 33 a second, as often as a page draws.
BLOCK_NS = 28_000_000
# What one block may take of the connection that the next command goes over. More channels make more, shorter blocks.
MOST_BYTES = 8192
# Names and numbers of a block's JSON take fewer.
OVERHEAD_BYTES = 192
# What waits for room on the connection; beyond it the oldest goes.
WAITING_S = 0.25
# A request holds no longer, whatever it says: who goes on looking asks again.
LONGEST_S = 30.0


@dataclass(slots=True)
class RawView:
    """Memory is taken once; with nobody watching, a hop costs one comparison.

    `send` publishes a payload at once or not at all, and says whether it went.
    """

    send: Callable[[bytes], bool]
    hop_samples: int
    channel_count: int
    rate_hz: float
    _samples: NDArray[np.float32] = field(init=False)
    _rows_per_block: int = field(init=False)
    _until_ns: int = 0
    _filled: int = 0
    _next_index: int = 0
    _newest_t_ns: int = 0
    _sent_ns: int = 0

    def __post_init__(self) -> None:
        row_bytes = self.channel_count * SAMPLE.itemsize
        self._rows_per_block = max((MOST_BYTES - OVERHEAD_BYTES) * 3 // 4 // row_bytes, 1)
        rows = max(int(WAITING_S * self.rate_hz), 2 * self.hop_samples)
        self._samples = np.zeros((rows, self.channel_count), SAMPLE)

    def ask(self, for_s: float, now_ns: int) -> None:
        """Watch until `for_s` from now, and no longer; 0 ends it."""
        self._until_ns = now_ns + int(min(for_s, LONGEST_S) * 1e9) if for_s > 0.0 else 0
        if not self._until_ns:
            self._filled = 0

    def take(self, hop: Hop) -> None:
        """Keep a hop while somebody watches. What waited goes where there is no room, and where samples are missing."""
        if not self._until_ns:
            return
        rows = len(hop.block)
        if hop.newest_index - rows + 1 != self._next_index or self._filled + rows > len(self._samples):
            self._filled = 0
        self._samples[self._filled : self._filled + rows] = hop.block
        self._filled += rows
        self._next_index, self._newest_t_ns = hop.newest_index + 1, hop.newest_t_ns

    def publish(self, now_ns: int) -> None:
        """Send one block if one is due; to be called after a command."""
        if not self._until_ns:
            return
        if now_ns >= self._until_ns:
            self._until_ns = self._filled = 0
            return
        rows = min(self._filled, self._rows_per_block)
        if not rows or (rows < self._rows_per_block and now_ns - self._sent_ns < BLOCK_NS):
            return
        newer = self._filled - rows
        first_index = max(self._next_index - self._filled, 0)
        newest_t_ns = max(self._newest_t_ns - int(newer * 1e9 / self.rate_hz), 0)
        if self.send(encode_emg_block(first_index, newest_t_ns, self.rate_hz, self._samples[:rows])):
            self._sent_ns = now_ns
            self._samples[:newer] = self._samples[rows : self._filled]
            self._filled = newer

    def reset(self) -> None:
        """Another stream begins; nothing of the one before is sent."""
        self._filled = 0
