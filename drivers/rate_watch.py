"""Does a stream run at the rate it names? Filters, features and models rest on that."""

from collections import deque

from drivers.sample_clock import RATE_ON_PAPER

WINDOW_NS = 1_000_000_000
# So many windows in a row must be off, all to the same side: a stall, a lump or a loss is in one or two of them.
WINDOWS = 4
# A single window is off by a sender's lumps, too: 100 ms of them in a second.
FIRST_BOUND = 0.10


class RateWatch:
    """Measures samples per second in windows of `WINDOW_NS`, from the times of the samples. Pure.

    `rate_hz` is what the stream was opened with. Up to `bound` off it is followed (see `SampleClock`): filters shift by
    as much. Beyond that a model hears other frequencies than it was taught, and `wrong_hz` says what came.
    """

    def __init__(self, rate_hz: float, bound: float = RATE_ON_PAPER) -> None:
        self._rate_hz, self._bound = rate_hz, bound
        self._windows: deque[tuple[int, int]] = deque(maxlen=WINDOWS)  # samples, and the time that they took
        self._from_ns, self._samples = -1, 0

    @property
    def measured_hz(self) -> float:
        """Rate of the last windows; 0 before there is one."""
        spans_ns = sum(span_ns for _, span_ns in self._windows)
        return sum(samples for samples, _ in self._windows) * 1e9 / spans_ns if spans_ns else 0.0

    @property
    def wrong_hz(self) -> float:
        """The measured rate where it is off for good, else 0."""
        off = [samples * 1e9 / span_ns / self._rate_hz - 1.0 for samples, span_ns in self._windows]
        lasts = len(off) == WINDOWS and (min(off) > self._bound or max(off) < -self._bound)
        return self.measured_hz if lasts else 0.0

    def take(self, samples: int, newest_t_ns: int) -> None:
        """Count samples, the newest of which was taken at `newest_t_ns`, by any clock that runs evenly."""
        if self._from_ns < 0 or newest_t_ns < self._from_ns:  # the first, or a clock that was set back
            self._from_ns, self._samples = newest_t_ns, 0
            return
        self._samples += samples
        span_ns = newest_t_ns - self._from_ns
        if span_ns >= WINDOW_NS:
            self._windows.append((self._samples, span_ns))
            self._from_ns, self._samples = newest_t_ns, 0
