import numpy as np
from numpy.typing import NDArray

from drivers.chunk import Chunk

# Beyond it the device's clock was set: then the stamps begin anew.
LONGEST_ERROR_S = 0.25
# How far a step between two samples gives way to the clock, in samples: half of what readers take for lost samples.
GIVES_WAY = 0.2


class EvenStamps:
    """Stamps in seconds for the chunks of one device, even to a fifth of a sample wherever none was lost.

    Sources stamp with jitter (a timer's, a network's), and a reader of a file cannot tell it from a lost sample. A
    device whose real rate is up to a fifth from its nominal one is followed.
    """

    def __init__(self, rate_hz: float) -> None:
        self._step_s = 1 / rate_hz
        self._next_s: float | None = None

    def stamps_s(self, chunk: Chunk) -> float | NDArray[np.float64]:
        """Return when its samples were taken, later than all before; one stamp where the rate says the rest."""
        count, step_s = len(chunk.samples), self._step_s
        measured_s = chunk.newest_t_ns * 1e-9 - (count - 1) * step_s
        expected_s = measured_s if self._next_s is None else self._next_s + chunk.lost_before * step_s
        error = (measured_s - expected_s) / step_s
        if error * step_s > LONGEST_ERROR_S:
            expected_s, error = measured_s, 0.0
        if abs(error) <= GIVES_WAY:
            first_s = expected_s + error * step_s
            self._next_s = first_s + count * step_s
            return first_s
        # A clock that was set back is waited for in the same way: time in a file does not go back.
        gives = max(-GIVES_WAY, min(GIVES_WAY, error / count))
        stamps_s: NDArray[np.float64] = expected_s + (np.arange(count) + gives * np.arange(1, count + 1)) * step_s
        self._next_s = float(stamps_s[-1]) + step_s
        return stamps_s
