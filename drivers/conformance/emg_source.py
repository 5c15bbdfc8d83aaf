"""What every source keeps, whatever its device and its reader do."""

import asyncio
import contextlib
import math
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractContextManager
from typing import Any, Protocol

import numpy as np

from drivers.chunk import Chunk
from drivers.conformance.leftovers import Held, tasks_left
from drivers.conformance.verdict import require
from drivers.errors import DriverError, SourceLostError
from drivers.source import EmgSource, StreamInfo, Unit

__all__ = ["EmgSourceConformance", "PlayedDevice"]

# Older than this is no sample of a device that is attached: some other clock.
OLDEST_S = 10.0
# How long the reader looks away: longer than any source may keep samples for it.
LOOK_AWAY_S = 1.2
OPENINGS = 5
# Moments at which an `open` is cancelled: before it runs, while a port opens, while a device is asked.
CANCEL_AFTER_S = (0.0, 0.01, 0.2)


class PlayedDevice(Protocol):
    """A device that really is there, plugged in and sending at its own rate, in a thread or a process of its own."""

    def source(self) -> EmgSource:
        """Return a new source for this device, not opened yet."""
        ...

    def unplug(self) -> None:
        """Let the device vanish."""
        ...

    def plug(self) -> None:
        """Let it appear again, switched on anew."""
        ...


class EmgSourceConformance(ABC):
    """Subclass it as `TestMySource`, fill in `device`, and pytest runs the rest.

    `can_be_unplugged`: False for a recording. `keeps_s`: how much the source keeps for a reader that does not read.
    `patience_s`: how long to wait for anything at all.
    """

    can_be_unplugged = True
    keeps_s = 1.0
    patience_s = 30.0

    @abstractmethod
    def device(self) -> AbstractContextManager[PlayedDevice]:
        """Return a context in which the device is there."""

    def test_open_tells_what_the_device_is(self) -> None:
        """`open` returns a whole description, and the health counters begin at 0."""

        async def check(played: PlayedDevice) -> None:
            source = played.source()
            require(isinstance(source, EmgSource), "a source has open, chunks, rest, close and health")
            async with self._opened(source) as info:
                require(info.channel_count >= 1, f"a stream has one channel or more, not {info.channel_count}")
                require(0 < info.rate_hz < math.inf, f"a stream has a rate above 0 Hz, not {info.rate_hz:g}")
                require(info.unit in list(Unit), f"the unit is one of {list(Unit)}, not {info.unit!r}")
                require(len(info.labels) in (0, info.channel_count), f"{info.labels} do not name all channels")
                lost = source.health.lost_samples
                require(lost == 0, f"a source that was just opened has lost no samples, not {lost}")

        self._run(check)

    def test_chunks_follow_each_other(self) -> None:
        """Indices go on without a hole, samples are never from the future, time never goes back."""

        async def check(played: PlayedDevice) -> None:
            source = played.source()
            async with self._opened(source) as info:
                chunks = await self._read(source, info, seconds=0.3)
                source.rest(time.monotonic_ns() + 5_000_000)
                chunks += await self._read(source, info, seconds=0.1, after=chunks[-1])
                count = sum(len(chunk.samples) for chunk in chunks)
                require(source.health.samples == count, f"health counts {source.health.samples} samples of {count}")

        self._run(check)

    def test_close_ends_a_waiting_reader(self) -> None:
        """Whoever waits for chunks sees their end when the source is closed, also when it is closed twice."""

        async def check(played: PlayedDevice) -> None:
            source = played.source()
            await source.close()
            info = await self._open(source)
            reading = asyncio.create_task(_drain(source))
            await asyncio.sleep(2 / info.rate_hz)
            await source.close()
            ended = await self._soon(reading, "a reader went on after close")
            require(
                isinstance(ended, int), f"a reader of a source that is closed sees the end of chunks(), not {ended!r}"
            )
            await source.close()
            require(await _drain(source) == 0, "a closed source still delivers")

        self._run(check)

    def test_it_opens_again(self) -> None:
        """Open, read and close, again and again: each time all of it is there."""

        async def check(played: PlayedDevice) -> None:
            source = played.source()
            infos = []
            for _ in range(3):
                async with self._opened(source) as info:
                    infos.append(info)
                    await self._read(source, info, seconds=0.03)
            require(infos.count(infos[0]) == 3, f"the same device was described as {infos}")

        self._run(check)

    def test_openings_leak_nothing(self) -> None:
        """No descriptor, thread or task is left behind a closed source."""

        async def check(played: PlayedDevice) -> None:
            source = played.source()
            async with self._opened(source) as info:
                await self._read(source, info, seconds=0.01)

        with self.device() as played:
            asyncio.run(self._and_no_tasks(check(played)))
            before = Held.now()
            for _ in range(OPENINGS):
                asyncio.run(self._and_no_tasks(check(played)))
            more = before.more_after_settling()
            require(not more, f"{OPENINGS} openings and closings left {more}")

    def test_cancelling_open_leaves_nothing(self) -> None:
        """`open` may be cancelled at any moment; the device is free again, and nothing is left."""

        async def check(played: PlayedDevice, after_s: float) -> None:
            source = played.source()
            opening = asyncio.create_task(source.open())
            await asyncio.sleep(after_s)
            opening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait_for(opening, self.patience_s)
            await source.close()

        async def look(played: PlayedDevice) -> None:
            source = played.source()
            async with self._opened(source) as info:
                await self._read(source, info, seconds=0.01)

        with self.device() as played:
            asyncio.run(self._and_no_tasks(look(played)))
            before = Held.now()
            for after_s in CANCEL_AFTER_S:
                asyncio.run(self._and_no_tasks(check(played, after_s)))
                asyncio.run(self._and_no_tasks(look(played)))
            more = before.more_after_settling()
            require(not more, f"cancelled openings left {more}")

    def test_cancelling_a_reader_leaves_the_source_open(self) -> None:
        """A task that reads may be cancelled; another one then reads on, without a hole."""

        async def check(played: PlayedDevice) -> None:
            source = played.source()
            async with self._opened(source) as info:
                (*_, last) = await self._read(source, info, seconds=0.05)
                reading = asyncio.create_task(_next(source))
                await asyncio.sleep(0)
                reading.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    last = await asyncio.wait_for(reading, self.patience_s)
                await self._read(source, info, seconds=0.05, after=last)

        self._run(check)

    def test_a_reader_that_looks_away_loses_the_oldest(self) -> None:
        """A source keeps a bounded time for its reader; what goes is the oldest, and it is counted."""

        async def check(played: PlayedDevice) -> None:
            source = played.source()
            async with self._opened(source) as info:
                (*_, last) = await self._read(source, info, seconds=0.05)
                await asyncio.sleep(LOOK_AWAY_S)
                (chunk, *_) = await self._read(source, info, seconds=0.0, after=last)
                most = math.ceil(self.keeps_s * info.rate_hz) + 1
                length, lost = len(chunk.samples), chunk.lost_before
                require(
                    length <= most,
                    f"after {LOOK_AWAY_S:g} s without reading {length} samples were waiting, more than {most}",
                )
                require(lost > 0, "samples of which nobody knows are missing: lost_before is 0")
                counted = source.health.lost_samples
                require(counted >= lost, f"lost_before says {lost}, health.lost_samples {counted}")

        self._run(check)

    def test_an_unplugged_device_is_lost_and_found_again(self) -> None:
        """A reader is told that the device has gone, `open` says so too, and works again when it is back."""

        async def check(played: PlayedDevice) -> None:
            source = played.source()
            info = await self._open(source)
            await self._read(source, info, seconds=0.05)
            played.unplug()
            reading = asyncio.create_task(_drain(source))
            lost = await self._soon(reading, "nobody was told that the device has gone")
            require(isinstance(lost, SourceLostError), f"an unplugged device raises SourceLostError, not {lost!r}")
            require(source.health.last_error != "", "health.last_error does not say that the device has gone")
            refused = await self._soon(asyncio.create_task(_open_error(source)), "open waits for ever")
            require(isinstance(refused, DriverError), f"open of a device that is gone raises DriverError: {refused!r}")
            await source.close()
            played.plug()
            async with self._opened(source) as info:
                await self._read(source, info, seconds=0.05)

        if self.can_be_unplugged:
            self._run(check)

    def _run(self, check: "_Check") -> None:
        with self.device() as played:
            asyncio.run(self._and_no_tasks(check(played)))

    async def _and_no_tasks(self, work: Coroutine[Any, Any, None]) -> None:
        await work
        left = await tasks_left()
        require(not left, f"tasks were left pending: {left}")

    @contextlib.asynccontextmanager
    async def _opened(self, source: EmgSource) -> AsyncIterator[StreamInfo]:
        info = await self._open(source)
        try:
            yield info
        finally:
            await source.close()

    async def _open(self, source: EmgSource) -> StreamInfo:
        """Open; a device that was just let go of, or is starting, may need a second try."""
        give_up_at = time.monotonic() + self.patience_s
        while True:
            try:
                return await source.open()
            except DriverError:
                if time.monotonic() > give_up_at:
                    raise
                await asyncio.sleep(0.05)

    async def _soon(self, task: "asyncio.Task[Any]", otherwise: str) -> object:
        """Return what the task returned or raised; fail if it does not end."""
        done, _ = await asyncio.wait([task], timeout=self.patience_s)
        if not done:
            task.cancel()
            await asyncio.wait([task])
        require(bool(done), f"{otherwise} for {self.patience_s:g} s")
        return task.exception() or task.result()

    async def _read(
        self, source: EmgSource, info: StreamInfo, *, seconds: float, after: Chunk | None = None
    ) -> list[Chunk]:
        """Read so much, one chunk at least; each chunk is held against the one before, the first against `after`."""
        chunks: list[Chunk] = []
        wanted = seconds * info.rate_hz
        async with asyncio.timeout(self.patience_s):
            async for chunk in source.chunks():
                _check_chunk(chunk, info, chunks[-1] if chunks else after)
                chunks.append(chunk)
                if sum(len(each.samples) for each in chunks) >= wanted:
                    break
        require(bool(chunks), "chunks() ended, although the source is open")
        return chunks


class _Check(Protocol):
    def __call__(self, played: PlayedDevice) -> Coroutine[Any, Any, None]: ...


def _check_chunk(chunk: Chunk, info: StreamInfo, before: Chunk | None) -> None:
    now_ns = time.monotonic_ns()
    shape, samples = chunk.samples.shape, chunk.samples
    require(
        len(shape) == 2 and shape[0] >= 1 and shape[1] == info.channel_count,
        f"a chunk has the shape [n, {info.channel_count}] with n >= 1, not {list(shape)}",
    )
    require(
        samples.dtype == np.float64 and samples.flags.c_contiguous,
        f"samples are C-contiguous float64; these are {samples.dtype}, or have gaps in memory",
    )
    age_s = (now_ns - chunk.newest_t_ns) / 1e9
    require(age_s >= 0, f"the newest sample comes from {-age_s:.6f} s in the future")
    require(age_s <= OLDEST_S, f"the newest sample is {age_s:.1f} s old; is its time one of time.monotonic_ns()?")
    if before is not None:
        begins = before.next_index + chunk.lost_before
        require(
            chunk.first_index == begins and chunk.lost_before >= 0,
            f"a chunk behind index {before.next_index - 1} with {chunk.lost_before} lost before it begins at {begins}, "
            f"not {chunk.first_index}",
        )
        require(chunk.newest_t_ns >= before.newest_t_ns, "a later chunk is older than the one before it")


async def _drain(source: EmgSource) -> int:
    """Read to the end; return how many chunks came."""
    return sum([1 async for _ in source.chunks()])


async def _next(source: EmgSource) -> Chunk:
    return await anext(source.chunks())


async def _open_error(source: EmgSource) -> object:
    try:
        return await source.open()
    except DriverError as error:
        return error
