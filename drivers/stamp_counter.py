"""Counting the samples of a source that stamps but does not number them."""

import math

from drivers.sample_clock import RATE_ON_PAPER, SampleClock

# Lateness that lasts is a loss, lateness that passes is a sender that was held up; after this long it has lasted.
WATCH_NS = 250_000_000
# ... and was seen in so many pulls, for senders of few and large chunks.
WATCH_PULLS = 5
# A loss shorter than this cannot be told from a stamp's own uncertainty.
SMALLEST_LOSS_PERIODS = 1.5


class StampCounter:
    """Gives samples their index, and infers lost ones from stamps that stay behind the count. Pure.

    Stamps are made when the sender gets round to it: one late stamp means nothing. The quickest stamps lie on a line
    (see `SampleClock`); when for `WATCH_NS` not one comes within `SMALLEST_LOSS_PERIODS` of it, samples are missing.
    So a loss is told up to `WATCH_NS` after its place, and a loss of one sample is not told at all.

    `tolerance`: how wrong the rate may be. `smallest_loss_ns`: what is not told below that length either. `step`: only
    multiples of it can be missing, because the sender numbers its samples up to there.
    `newest_t_ns`: when the newest sample was taken, by that line.
    """

    def __init__(
        self, rate_hz: float, tolerance: float = RATE_ON_PAPER, smallest_loss_ns: float = 0.0, step: int = 1
    ) -> None:
        self._period_ns = 1e9 / rate_hz
        self._step = step
        self._smallest_loss_ns = max(SMALLEST_LOSS_PERIODS * self._period_ns, smallest_loss_ns)
        self._line = SampleClock(self._period_ns, tolerance)
        self._next_index = 0
        self.newest_t_ns = 0
        self._watch_from_ns, self._pulls, self._least_late_ns = 0, 0, math.inf

    @property
    def period_ns(self) -> float:
        """Time from sample to sample, as far as it is known by now."""
        return self._line.tick_ns

    def count(self, samples: int, newest_stamp_ns: int, known_lost: int = 0) -> tuple[int, int]:
        """Return the index of the first of these samples, and how many were lost before it, the known ones included."""
        lost = 0
        if newest_stamp_ns - self._watch_from_ns >= WATCH_NS and self._pulls >= WATCH_PULLS:
            if self._least_late_ns > self._smallest_loss_ns:
                lost = self._step * round(self._least_late_ns / (self._step * self._period_ns))
            self._open_watch(newest_stamp_ns)
        lost += known_lost
        first_index = self._next_index + lost
        self._next_index = first_index + samples
        self.newest_t_ns = self._line.time_ns(self._next_index, newest_stamp_ns)
        late_ns = newest_stamp_ns - self.newest_t_ns
        self._least_late_ns = min(self._least_late_ns, late_ns)
        self._pulls += 1
        return first_index, lost

    def _open_watch(self, stamp_ns: int) -> None:
        self._watch_from_ns, self._pulls, self._least_late_ns = stamp_ns, 0, math.inf
