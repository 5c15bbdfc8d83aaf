"""Causal filtering of raw samples, channel by channel."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled


@compiled("void(f8[:, ::1], f8[:, ::1], f8[:, :, ::1], f8[:, ::1])")
def _filter(
    block: NDArray[np.float64],
    sections: NDArray[np.float64],
    state: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Run [n, ch] through the sections, transposed direct form II: the form with the best numerical behaviour."""
    samples, channels = block.shape
    for row in range(samples):
        for channel in range(channels):
            out[row, channel] = block[row, channel]
    for section in range(sections.shape[0]):
        b0, b1, b2 = sections[section, 0], sections[section, 1], sections[section, 2]
        a1, a2 = sections[section, 4], sections[section, 5]
        for row in range(samples):
            for channel in range(channels):
                value = out[row, channel]
                result = b0 * value + state[section, 0, channel]
                state[section, 0, channel] = b1 * value - a1 * result + state[section, 1, channel]
                state[section, 1, channel] = b2 * value - a2 * result
                out[row, channel] = result


@dataclass(slots=True)
class Conditioning:
    """Filters hops of raw samples. Its state depends on the samples alone, never on how they were chunked.

    `sections`: [s, 6] second-order sections with a0 = 1. The caller keeps NaN and infinities out (`health`).
    """

    sections: NDArray[np.float64]
    channel_count: int
    _state: NDArray[np.float64] = field(init=False)
    _primed: bool = False

    def __post_init__(self) -> None:
        self.sections = np.ascontiguousarray(self.sections, dtype=np.float64)
        self._state = np.zeros((len(self.sections), 2, self.channel_count))

    def process(self, block: NDArray[np.float64], out: NDArray[np.float64]) -> None:
        """Filter `block` [n, ch] into `out` [n, ch], same unit."""
        if not self._primed:
            self._settle_on(block[0])
        _filter(block, self.sections, self._state, out)

    def reset(self) -> None:
        """Forget all samples; the next block starts afresh, without the step that an electrode offset would make."""
        self._primed = False

    def _settle_on(self, first: NDArray[np.float64]) -> None:
        """Set the state as if the first sample had been there for ever: an offset of millivolts makes no transient."""
        self._primed = True
        level = first.copy()
        for index, (b0, b1, b2, _, a1, a2) in enumerate(self.sections):
            gain = (b0 + b1 + b2) / (1.0 + a1 + a2)
            output = gain * level
            self._state[index, 1] = b2 * level - a2 * output
            self._state[index, 0] = b1 * level - a1 * output + self._state[index, 1]
            level = output
