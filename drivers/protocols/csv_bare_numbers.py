"""Lines of bare numbers as a stream, as sketches print them for the Arduino plotter: nothing numbers or times them."""

import numpy as np

from drivers.protocols.csv_text import read_plain
from drivers.protocols.protocol import Described, Event, SampleBlock, StreamRestarted, Ticks
from drivers.sample_clock import RATE_ON_PAPER
from drivers.source import SourceHealth, StreamInfo, Unit

# So many lines with equally many numbers show what a sketch prints; so many with another number show that it changed.
ALIKE_LINES = 50
# ... where each line among them that is unlike takes so many away: one damaged line in fifty must not hinder for ever.
UNLIKE_COSTS = 5
# The rate is counted for so long, after what had gathered before the port was opened has come.
SETTLE_S, MEASURE_S = 1.0, 5.0


class BareNumbers:
    """Finds out how many numbers a line has and how often one comes, and then takes each line for a sample.

    A line that is no such line, among those that are, stands for a lost sample and counts as one of `bad_frames`.
    `rate_hz`: how often a line comes, where that is known; 0 to count it from what `hear_time` says.
    """

    def __init__(self, rate_hz: float, health: SourceHealth) -> None:
        self.described = False
        self._rate_hz, self._health = rate_hz, health
        self._columns, self._alike = 0, 0  # numbers in a line, and how many more such lines came than others
        self._clear = False  # whether that is what the sketch prints
        self._lines = self._lines_timed = 0
        self._settled_s: float | None = None
        self._counted_from: tuple[float, int] | None = None  # time and lines at which the count began
        self._rows: list[list[float]] = []
        self._lost_before = self._next_index = 0

    def take(self, line: bytes, events: list[Event]) -> None:
        """Take one line."""
        self._lines += 1
        numbers, labels = read_plain(line) or ([], ())
        if self.described and len(numbers) == self._columns:
            self._rows.append(numbers)
            self._alike = 0
            return
        self._health.discarded_bytes += len(line)
        if self.described:
            self._take_other(len(numbers), events)
        else:
            self._look(len(numbers), labels, events)

    def end_block(self, events: list[Event]) -> None:
        """Make one block of the lines since the last."""
        if not self._rows:
            return
        first_index = self._next_index + self._lost_before
        self._next_index = first_index + len(self._rows)
        samples = np.array(self._rows, dtype=np.float64)
        events.append(SampleBlock(samples, first_index, self._lost_before, self._next_index))
        self._rows.clear()
        self._lost_before = 0

    def hear_time(self, elapsed_s: float) -> None:
        """Hear how late it is, right after lines have come; count how often they do."""
        if self._rate_hz or not self._clear or self._lines == self._lines_timed:
            return
        self._lines_timed = self._lines
        if self._settled_s is None:
            self._settled_s = elapsed_s + SETTLE_S
        elif self._counted_from is None:
            if elapsed_s >= self._settled_s:
                self._counted_from = (elapsed_s, self._lines)
        elif elapsed_s - self._counted_from[0] >= MEASURE_S:
            rate_hz = (self._lines - self._counted_from[1]) / (elapsed_s - self._counted_from[0])
            self._rate_hz = float(f"{rate_hz:.4g}")  # arrivals do not tell more

    def why_not_described(self) -> str:
        """Tell what is missing."""
        if self._clear:
            return (
                f"lines of {self._columns} numbers came; their rate was still being counted, which takes "
                f"{SETTLE_S + MEASURE_S:g} s; set rate_hz, or a longer describe_timeout_s"
            )
        if self._lines:
            return f"{self._lines} lines came, but not {ALIKE_LINES} with equally many numbers"
        return ""

    def _look(self, columns: int, labels: tuple[str, ...], events: list[Event]) -> None:
        if columns != self._columns:
            self._alike -= UNLIKE_COSTS
            if self._alike <= 0:
                self._columns, self._alike, self._clear = columns, min(columns, 1), False
                self._settled_s = self._counted_from = None
            return
        self._alike = min(self._alike + (columns > 0), ALIKE_LINES)
        self._clear |= self._alike == ALIKE_LINES
        if self._clear and self._rate_hz:
            self.described, self._alike = True, 0
            info = StreamInfo("lines of numbers", columns, self._rate_hz, Unit.ARBITRARY, labels)
            events.append(Described(info, Ticks(1e9 / self._rate_hz, RATE_ON_PAPER, unseen_loss=1)))

    def _take_other(self, columns: int, events: list[Event]) -> None:
        """Take a line that is none of this stream; many of them in a row are another stream."""
        self.end_block(events)
        self._lost_before += 1
        self._health.lost_samples += 1
        self._health.bad_frames += 1
        self._alike += columns > 0
        if self._alike >= ALIKE_LINES:
            self.described, self._clear, self._columns, self._alike = False, False, 0, 0
            self._lost_before = self._next_index = 0
            events.append(StreamRestarted("the lines have another number of columns now"))
