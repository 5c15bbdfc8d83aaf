"""Samples of several streams side by side on one time axis: each with its neighbours' nearest in time."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

# What one stream may be ahead of another, and so what is kept of each.
KEPT_S = 1.0
# The first pairing is made from this long of both streams, and looked at again so often: a sample slips at most once
# per look, which keeps up with clocks that are 1 % apart at 1 kHz, as far as ceramic resonators go.
SETTLE_NS = 250_000_000
LOOK_NS = 100_000_000
# A pairing is kept until it is this far off: beyond a half, so that noise does not make it hop to and fro.
SLIP_PERIODS = 0.75
# Further than this no drift and no noise gets from look to look: a clock was set, or a delay has changed.
JUMP_PERIODS = 5


@dataclass(frozen=True, slots=True)
class Aligned:
    """Consecutive rows, channels of all streams side by side. `newest_t_ns`: of the older of the newest samples."""

    samples: NDArray[np.float64]
    newest_t_ns: int
    first_index: int
    lost_before: int


@dataclass(slots=True)
class _Lane:
    """The last samples of one stream, by their index; what was lost has a place and is not `there`."""

    samples: NDArray[np.float64]
    there: NDArray[np.bool_]
    first: int = -1
    newest: int = -1
    newest_t_ns: int = 0
    period_ns: float = 0.0
    offset: int = 0  # this stream's index less the first stream's, for samples taken at the same time
    apart: list[float] = field(default_factory=list)  # the same as was measured since the last look, not rounded

    def put(self, samples: NDArray[np.float64], first_index: int) -> None:
        size = len(self.there)
        if self.first < 0:
            self.first = first_index
        gap = min(first_index - self.newest - 1, size) if self.newest >= 0 else 0
        self.there[np.arange(first_index - gap, first_index) % size] = False
        kept = samples[-size:]
        self.newest = first_index + len(samples) - 1
        places = np.arange(self.newest + 1 - len(kept), self.newest + 1) % size
        self.samples[places], self.there[places] = kept, True

    def t_ns(self, index: int) -> float:
        return self.newest_t_ns - (self.newest - index) * self.period_ns


class StreamAligner:
    """Pairs the samples of several streams of one nominal rate by the times of each stream's own clock line. Pure.

    The first stream's samples are the rows; a row is complete when every stream has its sample. Clocks drift apart:
    when the pairing is `SLIP_PERIODS` off, the other stream's samples slip by one against the rows, so one is left out
    or stands in two rows (`slips`). A jump of more than `JUMP_PERIODS` is a gap. A gap in one stream is a gap in all.
    """

    def __init__(self, channel_counts: tuple[int, ...], rate_hz: float) -> None:
        size = max(2, math.ceil(KEPT_S * rate_hz))
        self._lanes = [_Lane(np.zeros((size, count)), np.zeros(size, np.bool_)) for count in channel_counts]
        self._rows = self._lanes[0]
        self._size = size
        self._next = -1  # index of the next row; -1 before the first pairing
        self._lost = 0  # rows lost since the last one that was given out
        self._look_at_ns = 0
        self.slips = 0

    def put(
        self, stream: int, samples: NDArray[np.float64], first_index: int, newest_t_ns: int, period_ns: float
    ) -> list[Aligned]:
        """Take samples of a stream, counted by it with its losses; return the rows that are complete now.

        `newest_t_ns` is the time of the newest by the stream's line, `period_ns` the line's slope.
        """
        lane = self._lanes[stream]
        lane.put(samples, first_index)
        lane.newest_t_ns, lane.period_ns = newest_t_ns, period_ns
        if any(each.newest < 0 for each in self._lanes):
            return []
        self._measure(newest_t_ns)
        if self._next < 0:
            return []
        return self._complete()

    def _measure(self, now_ns: int) -> None:
        rows = self._rows
        for lane in self._lanes[1:]:
            lane.apart.append(lane.newest - rows.newest + (rows.newest_t_ns - lane.newest_t_ns) / lane.period_ns)
        if self._look_at_ns == 0:
            self._look_at_ns = now_ns + SETTLE_NS
        if now_ns < self._look_at_ns:
            return
        self._look_at_ns = now_ns + LOOK_NS
        for lane in self._lanes[1:]:
            apart = float(np.median(lane.apart))
            lane.apart.clear()
            if self._next < 0:
                lane.offset = round(apart)
            elif abs(apart - lane.offset) > JUMP_PERIODS:
                self._jump(lane, round(apart) - lane.offset)
            elif abs(apart - lane.offset) > SLIP_PERIODS:
                lane.offset += 1 if apart > lane.offset else -1
                self.slips += 1
        if self._next < 0:
            self._next = max(lane.first - lane.offset for lane in self._lanes)

    def _jump(self, lane: _Lane, by: int) -> None:
        lane.offset += by
        self._next += abs(by)
        self._lost += abs(by)

    def _complete(self) -> list[Aligned]:
        end = min(lane.newest - lane.offset for lane in self._lanes) + 1
        # Of a stream that is too far ahead the oldest samples are overwritten by now.
        oldest = max(lane.newest - lane.offset for lane in self._lanes) + 1 - self._size
        if oldest > self._next:
            self._lost += oldest - self._next
            self._next = oldest
        if end <= self._next:
            return []
        rows = np.arange(self._next, end)
        self._next = end
        places = [(rows + lane.offset) % self._size for lane in self._lanes]
        there = np.logical_and.reduce([lane.there[at] for lane, at in zip(self._lanes, places, strict=True)])
        samples = np.hstack([lane.samples[at] for lane, at in zip(self._lanes, places, strict=True)])
        runs: list[Aligned] = []
        for run in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(there)) + 1):
            if not there[run[0]]:
                self._lost += len(run)
                continue
            last = int(rows[run[-1]])
            newest_t_ns = int(min(lane.t_ns(last + lane.offset) for lane in self._lanes))
            runs.append(Aligned(samples[run[0] : run[-1] + 1], newest_t_ns, int(rows[run[0]]), self._lost))
            self._lost = 0
        return runs
