"""Lines of our own text form as a stream: numbered, timed, described by a header."""

import numpy as np

from drivers.protocols.csv_text import NUMBERS, TIMES, Header, Row
from drivers.protocols.protocol import Described, Event, SampleBlock, StreamRestarted, Ticks
from drivers.sample_clock import CRYSTAL_OR_RESONATOR
from drivers.source import SourceHealth, StreamInfo, Unit

# How far number and time of a line may contradict each other: what a sketch may be held up by, and a rate on paper.
LATE_US, LATE_SHARE = 250_000, 0.25
# So many lines in a row that continue each other but not the stream are another count, not damage that passed a check.
LINES_OF_A_RESTART = 8


class SealedRows:
    """Lines of our own form, in order. Counts `undescribed_lines` and `stray_lines` in `extra`."""

    def __init__(self, health: SourceHealth) -> None:
        self.header: Header | None = None
        self._health = health
        self._newest: Row | None = None
        self._stray: tuple[Row | None, int] = (None, 0)  # the last line that did not continue, and of how many
        self._next_index = 0
        self._rows: list[tuple[int, ...]] = []
        self._lost_before = 0

    def take(self, said: Header | Row, events: list[Event]) -> None:
        """Take what a line said."""
        if isinstance(said, Header):
            self._take_header(said, events)
        elif self.header is None:
            self._count_extra("undescribed_lines")
        elif len(said.counts) != self.header.channels:
            self._health.bad_frames += 1
        else:
            self._take_row(said, self.header, events)

    def end_block(self, events: list[Event]) -> None:
        """Make one block of the lines since the last."""
        if not self._rows or self.header is None or self._newest is None:
            return
        samples = np.array(self._rows, dtype=np.float64) * (self.header.uv_per_count or 1.0)
        first_index = self._next_index - len(self._rows)
        events.append(SampleBlock(samples, first_index, self._lost_before, self._newest.time_us))
        self._rows.clear()
        self._lost_before = 0

    def _take_header(self, header: Header, events: list[Event]) -> None:
        if header == self.header:
            return
        if self.header is not None:
            self._restart("the device describes another stream", events)
        self.header = header
        unit = Unit.MICROVOLT if header.uv_per_count else Unit.ARBITRARY
        info = StreamInfo(header.name, header.channels, header.rate_hz, unit)
        events.append(Described(info, Ticks(1000.0, CRYSTAL_OR_RESONATOR, TIMES)))

    def _take_row(self, row: Row, header: Header, events: list[Event]) -> None:
        period_us = 1e6 / header.rate_hz
        ahead = 0
        if self._newest is not None:
            if not _follows(self._newest, row, period_us):
                self._take_stray(row, period_us, events)
                return
            ahead = (row.number - self._newest.number - 1) % NUMBERS
        if ahead:
            self.end_block(events)
            self._lost_before = ahead
            self._health.lost_samples += ahead
        self._rows.append(row.counts)
        self._newest, self._stray = row, (None, 0)
        self._next_index += ahead + 1

    def _take_stray(self, row: Row, period_us: float, events: list[Event]) -> None:
        self._count_extra("stray_lines")
        last, length = self._stray
        length = length + 1 if last is not None and _follows(last, row, period_us) else 1
        self._stray = (row, length)
        if length >= LINES_OF_A_RESTART:
            self._restart("the device counts its samples anew", events)

    def _restart(self, cause: str, events: list[Event]) -> None:
        self.end_block(events)
        self.header = self._newest = None
        self._stray = (None, 0)
        events.append(StreamRestarted(cause))

    def _count_extra(self, name: str) -> None:
        self._health.extra[name] = self._health.extra.get(name, 0) + 1


def _follows(before: Row, row: Row, period_us: float) -> bool:
    """Whether number and time of a line continue those of an earlier one, and agree about how much lies between."""
    ahead = (row.number - before.number) % NUMBERS
    elapsed_us = (row.time_us - before.time_us + TIMES // 2) % TIMES - TIMES // 2
    expected_us = ahead * period_us
    return 0 < ahead < NUMBERS // 2 and abs(elapsed_us - expected_us) <= LATE_US + LATE_SHARE * expected_us
