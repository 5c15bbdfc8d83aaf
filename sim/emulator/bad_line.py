"""What becomes of good packets on a bad line: garbage, halves, copies, another order. Bytes in, bytes out."""

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
    """Packets end with a zero byte. Repeats itself by `seed`."""

    def __init__(self, seed: int = 0) -> None:
        self.state = LineState.WELL
        self._generator = np.random.default_rng(seed)
        self._held = b""

    def pass_on(self, data: bytes) -> bytes:
        """Return what comes out for whole packets."""
        held, self._held = self._held, b""
        if self.state is LineState.WELL:
            return held + data
        if self.state is LineState.GARBAGE:
            return self._generator.bytes(len(data))
        packets = [packet + b"\0" for packet in data.split(b"\0") if packet]
        if self.state is LineState.HALF:
            return b"".join(packet[: len(packet) // 2] for packet in packets)
        if self.state is LineState.TWICE:
            return b"".join(packet + packet for packet in packets)
        return self._swapped(held, packets)

    def _swapped(self, held: bytes, packets: list[bytes]) -> bytes:
        """Let each second packet overtake the one before; one without a follower waits for it."""
        waiting = [held, *packets] if held else packets
        pairs = len(waiting) // 2
        out = [waiting[2 * pair + 1] + waiting[2 * pair] for pair in range(pairs)]
        self._held = waiting[-1] if len(waiting) % 2 else b""
        return b"".join(out)
