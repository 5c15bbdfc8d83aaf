"""How old the newest sample may be: full speed, slowing, stale, dead."""

from dataclasses import dataclass
from enum import IntEnum

NS_PER_MS = 1_000_000


class Freshness(IntEnum):
    """Ordered from good to bad."""

    FRESH = 0
    SLOWING = 1
    STALE = 2
    DEAD = 3


@dataclass(frozen=True, slots=True)
class FreshnessBounds:
    """Ages in ms. Speed falls in a straight line from `slow_after_ms` to zero at `stale_after_ms`.

    So the command is already at zero when the input is called stale, without a jump. 60 ms leaves room for the
    16 ms lumps of a USB serial adapter and for 32-sample chunks at 1 kHz. 100 and 500 ms: SAFETY.md.
    """

    slow_after_ms: float = 60.0
    stale_after_ms: float = 100.0
    dead_after_ms: float = 500.0

    def classify(self, age_ns: int) -> Freshness:
        """Name the age. A negative age (a stamp from the future) is as good as stale: the clock is wrong."""
        age_ms = age_ns / NS_PER_MS
        if age_ms < 0 or self.stale_after_ms <= age_ms < self.dead_after_ms:
            return Freshness.STALE
        if age_ms >= self.dead_after_ms:
            return Freshness.DEAD
        return Freshness.SLOWING if age_ms > self.slow_after_ms else Freshness.FRESH

    def speed_factor(self, age_ns: int) -> float:
        """Share of the wanted speed that an input of this age is worth: 1 when fresh, 0 when stale or worse."""
        age_ms = age_ns / NS_PER_MS
        if age_ms < 0 or age_ms >= self.stale_after_ms:
            return 0.0
        if age_ms <= self.slow_after_ms:
            return 1.0
        return (self.stale_after_ms - age_ms) / (self.stale_after_ms - self.slow_after_ms)
