"""The last minutes of EMG, in memory: raw as the controller had it, lost samples known."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

# What a stream may ask of this machine's memory: 512 MB hold 10 minutes of 64 channels at 2 kHz.
MOST_BYTES = 512 * 2**20
# A stream of less than this could not be decoded, and of more no device of ours delivers.
RATES_HZ = (10.0, 20_000.0)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of one stream. `samples` [n, ch] float32, raw device unit; `index` [n] int64, the device's count.

    Where `index` jumps, samples were lost. `stream` counts the streams since the service started.
    """

    stream: int
    rate_hz: float
    samples: NDArray[np.float32]
    index: NDArray[np.int64]

    @property
    def seconds(self) -> float:
        """How long it lasts, lost samples and all."""
        return float(self.index[-1] - self.index[0] + 1) / self.rate_hz if len(self.index) else 0.0


@dataclass(slots=True)
class RecentEmg:
    """Keeps `keep_s` seconds of the newest stream; memory is taken once per stream.

    A stream ends where another begins: other channels, another rate, or a count that goes back (the device was opened
    anew). `t_ns`: the controller's clock at the newest sample. Used on one thread.
    """

    keep_s: float
    stream: int = 0
    rate_hz: float = 0.0
    channels: int = 0
    t_ns: int = 0
    _samples: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    _index: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    _next: int = 0
    _filled: int = 0

    @property
    def newest_index(self) -> int:
        """The device's count of the newest sample; -1 for none."""
        return int(self._index[self._next - 1]) if self._filled else -1

    @property
    def oldest_index(self) -> int:
        """The device's count of the oldest sample that is kept; -1 for none."""
        if not self._filled:
            return -1
        return int(self._index[self._next if self._filled == len(self._index) else 0])

    def take(self, first_index: int, t_ns: int, rate_hz: float, samples: NDArray[np.float32]) -> bool:
        """Append a block [n, ch]; return whether it could be kept. What overlaps with what is there is left out."""
        if samples.ndim != 2 or 0 in samples.shape or not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
            return False
        last = first_index + len(samples) - 1
        if (samples.shape[1], rate_hz) != (self.channels, self.rate_hz) or last < self.oldest_index:
            if not self._begin(samples.shape[1], rate_hz):
                return False
        elif first_index <= self.newest_index:
            if last <= self.newest_index and first_index < self.newest_index - round(rate_hz):
                self._begin(samples.shape[1], rate_hz)  # counted from the start again, within what is kept
            else:
                samples = samples[self.newest_index + 1 - first_index :]
                first_index = self.newest_index + 1
        capacity = len(self._index)
        samples = samples[-capacity:]
        count = len(samples)
        if not count:
            return False
        rows = np.arange(self._next, self._next + count) % capacity
        self._samples[rows] = samples
        self._index[rows] = np.arange(last - count + 1, last + 1)
        self._next = int(rows[-1] + 1) % capacity
        self._filled = min(self._filled + count, capacity)
        self.t_ns = t_ns
        return True

    def excerpt(self, seconds: float, until: int | None = None) -> Excerpt:
        """Return a copy of the `seconds` that end with the sample `until` (None: the newest); what is there of them."""
        newest = self.newest_index if until is None else min(until, self.newest_index)
        rows = (np.arange(self._next - self._filled, self._next)) % max(len(self._index), 1)
        index = self._index[rows]
        first, end = np.searchsorted(index, [newest - round(seconds * self.rate_hz) + 1, newest + 1])
        return Excerpt(self.stream, self.rate_hz, self._samples[rows[first:end]], index[first:end])

    def forget(self) -> None:
        """Drop all samples: who wore the device has gone."""
        self._filled = self._next = 0
        self._samples.fill(0.0)
        self.stream += 1

    def _begin(self, channels: int, rate_hz: float) -> bool:
        capacity = max(round(self.keep_s * rate_hz), 1)
        if capacity * channels * 4 > MOST_BYTES:
            return False
        if self._samples.shape != (capacity, channels):
            self._samples = np.zeros((capacity, channels), dtype=np.float32)
            self._index = np.zeros(capacity, dtype=np.int64)
        self.stream += 1
        self.channels, self.rate_hz = channels, rate_hz
        self._next = self._filled = 0
        return True
