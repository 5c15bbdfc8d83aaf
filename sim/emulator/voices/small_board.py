"""What the small boards have in common: a converter behind an amplifier, and commands that end with a line."""

import numpy as np
from numpy.typing import NDArray

# Muscle amplifiers for boards of 10 bits have a gain of a thousand and more: 0.5 mV at the skin become 0.5 V.
AMPLIFIER_GAIN = 1000.0
# A host that sends more than this without a line end is not talking to us.
_LONGEST_LINE = 256


def uv_per_count(bits: int, reference_v: float = 5.0) -> float:
    """Return the microvolts at the skin that make one count of a converter of so many bits."""
    return reference_v * 1e6 / AMPLIFIER_GAIN / (1 << bits)


def frame_by_frame(frames: NDArray[np.uint8]) -> list[bytes]:
    """Return the rows of [n, length] bytes."""
    data, length = frames.tobytes(), frames.shape[1]
    return [data[start : start + length] for start in range(0, len(data), length)]


class Lines:
    """Cuts what a host says into lines without their end; keeps a bounded number of bytes."""

    def __init__(self, end: bytes = b"\n") -> None:
        self._end, self._held = end, b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that these bytes complete, stripped; empty ones are left out."""
        *lines, rest = (self._held + data).split(self._end)
        self._held = rest[-_LONGEST_LINE:]
        return [stripped for line in lines if (stripped := line.strip())]

    def clear(self) -> None:
        """Forget the beginning of a line."""
        self._held = b""
