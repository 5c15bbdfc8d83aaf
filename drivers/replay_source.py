"""A recording, played as if its device were attached."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivers.chunk import Chunk
from drivers.errors import RecordingError, SettingsError, SourceNotFoundError
from drivers.pending_chunks import PENDING_S
from drivers.recordings.choice import Choice
from drivers.recordings.load import load_recording
from drivers.recordings.recording import SEGMENT_GAP_S, Recording
from drivers.source import SourceHealth, StreamInfo

LONGEST_CHUNK_MS = 1000.0  # `close` ends a waiting reader within a chunk


class ReplaySource:
    """An `EmgSource` that plays a recording, or these sessions and repetitions of it, in real time.

    `stream` and `rate_hz`: for files that leave open which stream is meant, or how often it was sampled.
    `speed`: 1 is real time, 2 twice as fast; 0 is as fast as the reader takes it, without any loss. `chunk_ms`: length
    of the chunks in the recording's time. `newest_t_ns` is the time of delivery. At a change of segment the recording
    lacks samples, nobody knows how many: `SEGMENT_GAP_S` of them are counted as lost.
    """

    def __init__(
        self,
        path: str | Path,
        speed: float = 1.0,
        sessions: Iterable[int] = (),
        repetitions: Iterable[int] = (),
        chunk_ms: float = 10.0,
        *,
        stream: str = "",
        rate_hz: float = 0.0,
    ) -> None:
        if not (0 <= speed <= 1000 and 0 < chunk_ms <= LONGEST_CHUNK_MS and 0 <= rate_hz < math.inf):
            raise SettingsError(
                f"a replay needs a speed of 0..1000, chunk_ms up to {LONGEST_CHUNK_MS:g} and a rate_hz above 0, or 0 "
                f"for the file's; got {speed}, {chunk_ms} and {rate_hz}"
            )
        self.health = SourceHealth()
        self._path = Path(path)
        self._speed, self._chunk_ms = speed, chunk_ms
        self._choice = Choice(stream, rate_hz)
        self._sessions, self._repetitions = tuple(sessions), tuple(repetitions)
        self._replay: Replay | None = None

    async def open(self) -> StreamInfo:
        """Load the recording, in a thread. Raises `SourceNotFoundError` (no file) or `RecordingError`."""
        await self.close()
        self.health = SourceHealth()
        self._replay = None
        if not self._path.is_file():
            raise SourceNotFoundError(f"there is no recording {self._path.absolute()}")
        recording = await asyncio.to_thread(load_recording, self._path, self._choice)
        chosen = recording.select(self._sessions, self._repetitions)
        if len(chosen) == 0:
            raise RecordingError(
                f"{self._path} holds sessions {_values(recording.session)} and repetitions "
                f"{_values(recording.repetition)}, and nothing of sessions {self._sessions or 'any'} with repetitions "
                f"{self._repetitions or 'any'}"
            )
        self._replay = Replay(chosen, self._speed, self._chunk_ms, self.health)
        return chosen.info

    def chunks(self) -> AsyncIterator[Chunk]:
        """Deliver the recording to its end; see `EmgSource`."""
        if self._replay is None:
            raise RuntimeError("open the source before reading it")
        return self._replay

    def rest(self, until_ns: int) -> None:
        """Nothing to do: this source gathers samples anyway."""

    async def close(self) -> None:
        """Stop; a task that waits for chunks sees their end."""
        if self._replay is not None:
            self._replay.close()


class Replay:
    """The playing itself: an async iterator. Time starts with the first chunk that is asked for.

    What is due follows from the clock alone, so no error adds up; a reader that was held up gets one larger chunk, and
    beyond `PENDING_S` the oldest samples are lost and counted, as from any source.
    """

    def __init__(
        self,
        recording: Recording,
        speed: float,
        chunk_ms: float,
        health: SourceHealth,
        *,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        rate_hz = recording.info.rate_hz
        self._monotonic_ns, self._sleep = monotonic_ns, sleep
        self._samples = np.ascontiguousarray(recording.samples)
        self._starts = np.flatnonzero(np.diff(recording.segment)) + 1  # of every segment but the first
        self._gap = max(1, round(SEGMENT_GAP_S * rate_hz))
        self._chunk = max(1, round(chunk_ms * rate_hz / 1000))
        self._samples_per_ns = speed * rate_hz / 1e9
        self._limit = max(self._chunk, round(PENDING_S * speed * rate_hz))
        self._health = health
        self._start_ns = 0
        self._position = 0  # in the recording
        self._next_index = 0  # in the stream: gaps count
        self._closed = False

    def close(self) -> None:
        """End after the chunk that is being waited for."""
        self._closed = True

    def __aiter__(self) -> "Replay":
        return self

    async def __anext__(self) -> Chunk:
        if self._start_ns == 0:
            self._start_ns = self._monotonic_ns()
        wait_s = 0.0  # the rest of the loop runs in any case
        while self._position < len(self._samples):
            await self._sleep(wait_s)
            if self._closed:
                break
            now_ns = self._monotonic_ns()
            due = self._due(now_ns)
            if due > self._position:
                return self._take(due, now_ns)
            next_due = min(self._position + self._chunk, len(self._samples))
            next_ns = self._start_ns + next_due / self._samples_per_ns
            wait_s = max(0.0, (next_ns - now_ns) / 1e9)
        raise StopAsyncIteration

    def _due(self, now_ns: int) -> int:
        """Return up to where the recording has been played: whole chunks, and the rest at the end."""
        length = len(self._samples)
        if self._samples_per_ns == 0:
            return min(self._position + self._chunk, length)
        played = int((now_ns - self._start_ns) * self._samples_per_ns)
        return length if played >= length else played - played % self._chunk

    def _take(self, due: int, now_ns: int) -> Chunk:
        begin = max(self._position, due - self._limit)
        dropped = begin - self._position
        if dropped:
            self._health.extra["dropped_samples"] = self._health.extra.get("dropped_samples", 0) + dropped
        segments_before = int(np.searchsorted(self._starts, begin, side="right"))
        end = min([due, *self._starts[segments_before : segments_before + 1].tolist()])
        first_index = begin + segments_before * self._gap
        lost = first_index - self._next_index
        self._position, self._next_index = end, first_index + end - begin
        self._health.chunks += 1
        self._health.samples += end - begin
        self._health.lost_samples += lost
        return Chunk(self._samples[begin:end], now_ns, first_index, lost)


def _values(column: NDArray[np.int64]) -> str:
    return ", ".join(str(value) for value in np.unique(column))
