"""From blocks of samples and the times at which they arrived to chunks with their age."""

from drivers.chunk import Chunk
from drivers.protocols.protocol import SampleBlock, Ticks
from drivers.rate_watch import RateWatch
from drivers.sample_clock import RATE_ON_PAPER, SampleClock
from drivers.source import SourceHealth
from drivers.stamp_counter import StampCounter

# Of a device that counts nothing: what a busy machine may keep even the quickest of a quarter of a second's arrivals. A
# shorter loss shows as age, which the sample clock forgets.
SMALLEST_INFERRED_LOSS_NS = 10e6


class BlockStamper:
    """Says when the blocks of one stream were taken, and what is missing before them. Pure: arrivals are passed in.

    A device that counts is believed. Where a loss can hide (`Ticks.unseen_loss`) samples whose lateness lasts for
    0.25 s are taken for the ones after a loss (see `StampCounter`): a wire keeps nothing back for so long. There the
    ages rest on the rate, too, so it is watched (see `RateWatch`). Counts into `health` the losses that are inferred
    (`lost_samples`) and `clock_steps`.
    """

    def __init__(self, ticks: Ticks, health: SourceHealth) -> None:
        self._health = health
        self._clock = SampleClock(ticks.tick_ns, ticks.tolerance, ticks.modulus)
        self._rate_hz = 1e9 / ticks.tick_ns
        self._counter: StampCounter | None = None
        # Myo armbands of "200 Hz" were recorded at up to 212: what is that rough may be off by twice the usual
        self._watch = RateWatch(self._rate_hz, max(RATE_ON_PAPER, 2.0 * ticks.tolerance))
        if ticks.unseen_loss:
            self._counter = StampCounter(self._rate_hz, ticks.tolerance, SMALLEST_INFERRED_LOSS_NS, ticks.unseen_loss)

    @property
    def wrong_rate(self) -> str:
        """What is to be said of a stream that does not run at the rate it was described with; else nothing."""
        came_hz = self._watch.wrong_hz
        return f"it sends {came_hz:.0f} samples/s and was described with {self._rate_hz:.0f}" if came_hz else ""

    def chunk(self, block: SampleBlock, arrival_ns: int) -> Chunk:
        """Return the block as a chunk; `arrival_ns` is when its last byte came."""
        first_index, lost, ticks = block.first_index, block.lost_before, block.newest_ticks
        if self._counter is not None:
            self._watch.take(len(block.samples) + lost, arrival_ns)
            first_index, lost = self._counter.count(len(block.samples), arrival_ns, lost)
            ticks = first_index + len(block.samples)
            self._health.lost_samples += lost - block.lost_before
        newest_t_ns = self._clock.time_ns(ticks, arrival_ns)
        if self._clock.steps_back:
            self._health.extra["clock_steps"] = self._clock.steps_back
        return Chunk(block.samples, newest_t_ns, first_index, lost)
