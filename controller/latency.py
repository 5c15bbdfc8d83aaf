"""Percentiles of delays in constant memory and constant time."""

import math
from dataclasses import dataclass, field

# Bins grow by 2 %: a percentile is right to 1 %, from 1 µs to 60 s.
GROWTH = 1.02
SMALLEST_NS = 1_000
BINS = math.ceil(math.log(60e9 / SMALLEST_NS, GROWTH)) + 1
_PER_BIN = 1.0 / math.log(GROWTH)


@dataclass(slots=True)
class LatencyHistogram:
    """Counts delays given in ns; percentiles come back in ms."""

    count: int = 0
    max_ns: int = 0
    _bins: list[int] = field(default_factory=lambda: [0] * BINS)

    def record(self, delay_ns: int) -> None:
        """Count one delay."""
        position = int(math.log(delay_ns / SMALLEST_NS) * _PER_BIN) if delay_ns > SMALLEST_NS else 0
        self._bins[min(position, BINS - 1)] += 1
        self.count += 1
        self.max_ns = max(self.max_ns, delay_ns)

    def percentile_ms(self, percent: float) -> float:
        """Return the delay that `percent` of all stay below, to 1 %; 0 when nothing was counted."""
        needed, seen = self.count * percent / 100.0, 0
        for position, count in enumerate(self._bins):
            seen += count
            if count and seen >= needed:
                middle_ns = SMALLEST_NS * GROWTH ** (position + 0.5)
                return float(min(middle_ns, self.max_ns)) / 1e6
        return 0.0

    def clear(self) -> None:
        """Start again."""
        self.count = self.max_ns = 0
        self._bins = [0] * BINS


@dataclass(slots=True)
class RecentLatency:
    """The last one to two spans of time: what a live view should show."""

    span_ns: int = 5_000_000_000
    _now: LatencyHistogram = field(default_factory=LatencyHistogram)
    _before: LatencyHistogram = field(default_factory=LatencyHistogram)
    _since_ns: int = 0

    def record(self, delay_ns: int, now_ns: int) -> None:
        """Count one delay."""
        if now_ns - self._since_ns > self.span_ns:
            self._now, self._before = self._before, self._now
            self._now.clear()
            self._since_ns = now_ns
        self._now.record(delay_ns)

    @property
    def histogram(self) -> LatencyHistogram:
        """The older span while the newer one has little in it."""
        return self._now if self._now.count >= self._before.count // 2 else self._before
