from drivers.chunk import Chunk

# Beyond it the device's clock was set, or its rate is another one: then the stamps begin anew.
LONGEST_ERROR_S = 0.25
# How far the stamps give way to the clock with each chunk, in samples: half of what readers take for lost samples.
GIVES_WAY = 0.2


class EvenStamps:
    """Stamps in seconds for the chunks of one device, even to a fifth of a sample wherever none was lost.

    Sources stamp with jitter (a timer's, a network's), and a reader of a file cannot tell it from a lost sample.
    """

    def __init__(self, rate_hz: float) -> None:
        self._step_s = 1 / rate_hz
        self._next_s: float | None = None

    def first_stamp_s(self, chunk: Chunk) -> float:
        """Return when the first sample of the chunk was taken; later than all before it."""
        measured_s = chunk.newest_t_ns * 1e-9 - (len(chunk.samples) - 1) * self._step_s
        if self._next_s is None:
            first_s = measured_s
        else:
            expected_s = self._next_s + chunk.lost_before * self._step_s
            error_s = measured_s - expected_s
            if error_s > LONGEST_ERROR_S:
                first_s = measured_s
            else:  # a clock that was set back is waited for: time in a file does not go back
                first_s = expected_s + max(-GIVES_WAY, min(GIVES_WAY, error_s / self._step_s)) * self._step_s
        self._next_s = first_s + len(chunk.samples) * self._step_s
        return first_s
