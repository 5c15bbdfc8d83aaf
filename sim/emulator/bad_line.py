"""What becomes of good packets on a bad line: garbage, halves, copies, another order. Packets in, packets out."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np


class LineState(StrEnum):
    """How the line is."""

    WELL = "well"
    GARBAGE = "garbage"  # as many bytes, all of them by chance
    HALF = "half"  # the first half of each packet
    TWICE = "twice"  # each packet again
    SWAPPED = "swapped"  # each packet after the one that follows it


class BadLine:
    """Takes and gives whole packets. Repeats itself by `seed`."""

    def __init__(self, seed: int = 0) -> None:
        self.state = LineState.WELL
        self._generator = np.random.default_rng(seed)
        self._held: list[bytes] = []

    def pass_on(self, packets: Sequence[bytes]) -> Sequence[bytes]:
        """Return what comes out for these packets."""
        held, self._held = self._held, []
        if self.state is LineState.WELL:
            return [*held, *packets] if held else packets
        if self.state is LineState.GARBAGE:
            return [self._generator.bytes(len(packet)) for packet in packets]
        if self.state is LineState.HALF:
            return [packet[: len(packet) // 2] for packet in packets]
        if self.state is LineState.TWICE:
            return [packet for packet in packets for _ in range(2)]
        return self._swapped([*held, *packets])

    def _swapped(self, waiting: Sequence[bytes]) -> Sequence[bytes]:
        """Let each second packet overtake the one before; one without a follower waits for it."""
        pairs = len(waiting) // 2
        self._held = list(waiting[2 * pairs :])
        return [packet for pair in range(pairs) for packet in (waiting[2 * pair + 1], waiting[2 * pair])]
