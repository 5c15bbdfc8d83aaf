"""The seam between whoever receives samples and the task that uses them: newest wins, bounded, counted."""

import asyncio
import threading
from collections import deque
from dataclasses import replace

import numpy as np

from drivers.chunk import Chunk
from drivers.errors import DriverError
from drivers.source import SourceHealth

PENDING_S = 0.5  # what a reader may be behind before the oldest samples go: the controller faults at this age anyway


class PendingChunks:
    """An async iterator over what was put in, as few chunks as possible; at most `limit` samples wait.

    Made inside the loop that reads it. `put` and `fail` belong to that loop's thread, `put_from_thread` and
    `fail_from_thread` to any other; the loop is woken once, however much comes before it gets round to reading.
    Beyond `limit` the oldest samples go; the chunk after them says so in `lost_before`, and `health` counts them.
    """

    def __init__(self, limit: int, health: SourceHealth) -> None:
        self._loop = asyncio.get_running_loop()
        self._limit = max(1, limit)
        self._health = health
        self._lock = threading.Lock()
        self._chunks: deque[Chunk] = deque()
        self._samples = 0
        self._ended = False
        self._error: DriverError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._wake_is_due = False

    @property
    def ended(self) -> bool:
        """Whether nothing that is put in will be read any more."""
        return self._ended

    def put(self, chunk: Chunk) -> None:
        """Add the next samples, and wake the reader."""
        self._add(chunk)
        self._wake()

    def put_from_thread(self, chunk: Chunk) -> None:
        """Add the next samples from a thread that is not the loop's."""
        self._add(chunk)
        self._wake_from_thread()

    def fail(self, error: DriverError) -> None:
        """End with this error, once what is still waiting has been read."""
        self._end(error)
        self._wake()

    def fail_from_thread(self, error: DriverError) -> None:
        """End with this error, from a thread that is not the loop's."""
        self._end(error)
        self._wake_from_thread()

    def close(self) -> None:
        """End at once and forget what is waiting."""
        with self._lock:
            self._chunks.clear()
            self._samples = 0
            self._ended, self._error = True, None
        self._wake()

    def __aiter__(self) -> "PendingChunks":
        return self

    async def __anext__(self) -> Chunk:
        if self._chunks:
            # A reader slower than the source always finds samples here; the rest of the loop must run all the same.
            await asyncio.sleep(0)
        while True:
            chunk = self._take()
            if chunk is not None:
                return chunk
            if self._error is not None:
                raise self._error
            if self._ended:
                raise StopAsyncIteration
            await self._wait()

    def _add(self, chunk: Chunk) -> None:
        with self._lock:
            if self._ended:
                return
            self._chunks.append(chunk)
            self._samples += len(chunk.samples)
            if self._samples > self._limit:
                self._drop_oldest(self._samples - self._limit)

    def _drop_oldest(self, excess: int) -> None:
        self._samples -= excess
        self._health.lost_samples += excess
        self._health.extra["dropped_samples"] = self._health.extra.get("dropped_samples", 0) + excess
        lost = 0
        while excess >= len(self._chunks[0].samples):
            gone = self._chunks.popleft()
            excess -= len(gone.samples)
            lost += gone.lost_before + len(gone.samples)
        first = self._chunks[0]
        self._chunks[0] = replace(
            first,
            samples=first.samples[excess:],
            first_index=first.first_index + excess,
            lost_before=lost + first.lost_before + excess,
        )

    def _take(self) -> Chunk | None:
        """Return the waiting samples up to the next gap."""
        with self._lock:
            if not self._chunks:
                return None
            run = [self._chunks.popleft()]
            while self._chunks and self._chunks[0].lost_before == 0:
                run.append(self._chunks.popleft())
            chunk = run[0]
            if len(run) > 1:
                samples = np.concatenate([part.samples for part in run])
                chunk = replace(chunk, samples=samples, newest_t_ns=run[-1].newest_t_ns)
            self._samples -= len(chunk.samples)
            self._health.chunks += 1
            self._health.samples += len(chunk.samples)
            return chunk

    def _end(self, error: DriverError) -> None:
        with self._lock:
            if not self._ended:
                self._ended, self._error = True, error
                self._health.last_error = str(error)

    async def _wait(self) -> None:
        if self._waiter is not None:
            raise RuntimeError("chunks() has one reader at a time; another task is waiting already")
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        self._wake_is_due = False
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _wake_from_thread(self) -> None:
        if not self._wake_is_due:
            self._wake_is_due = True
            try:
                self._loop.call_soon_threadsafe(self._wake)
            except RuntimeError:  # the loop was closed before the source: nobody is left to read
                self._ended = True
