"""What becomes of the samples of one LSL stream: an index, a time, and a place among the pending chunks."""

import numpy as np
from numpy.typing import NDArray

from drivers.chunk import Chunk
from drivers.lsl_inlet import Connection, InletThread
from drivers.pending_chunks import PendingChunks
from drivers.sample_clock import RATE_ON_PAPER, SampleClock
from drivers.source import SourceHealth
from drivers.stamp_counter import StampCounter


class LslReader:
    """Reads one inlet into `pending`; wakes the loop once per pull."""

    def __init__(self, connection: Connection, time_from: str, pending: PendingChunks, health: SourceHealth) -> None:
        rate_hz = connection.info.rate_hz
        self._pending = pending
        self._health = health
        self._counter = StampCounter(rate_hz) if time_from == "stamps" else None
        self._arrival_clock = SampleClock(1e9 / rate_hz, RATE_ON_PAPER)
        self._next_index = 0
        self._newest_t_ns = 0
        self._thread = InletThread(connection, time_from == "stamps", self._take, pending.fail_from_thread)
        self._thread.start()

    def stop(self) -> None:
        """Tell the thread to end."""
        self._thread.stop()

    def join(self) -> None:
        """Wait for the thread to end. Blocks up to `PULL_TIMEOUT_S`."""
        self._thread.join()

    def _take(self, samples: NDArray[np.float64], stamp_ns: int, now_ns: int) -> None:
        if self._counter is None:
            first_index, lost = self._next_index, 0
            self._next_index += len(samples)
            newest_t_ns = self._arrival_clock.time_ns(self._next_index, now_ns)
        else:
            first_index, lost = self._counter.count(len(samples), stamp_ns)
            self._health.lost_samples += lost
            if stamp_ns > now_ns:
                self._health.extra["future_stamps"] = self._health.extra.get("future_stamps", 0) + 1
            newest_t_ns = min(stamp_ns, now_ns)
        # Clock corrections may set a stamp back by some µs; a later chunk is never the older one.
        self._newest_t_ns = max(self._newest_t_ns, newest_t_ns)
        self._pending.put_from_thread(Chunk(samples, self._newest_t_ns, first_index, lost))
        if self._pending.ended:
            self._thread.stop()
