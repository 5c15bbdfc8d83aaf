"""A source without a device, right, and wrong in each way that the conformance suite is to find."""

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np

from drivers.chunk import Chunk
from drivers.errors import SourceLostError, SourceNotFoundError
from drivers.pending_chunks import PENDING_S, PendingChunks
from drivers.source import SourceHealth, StreamInfo

INFO = StreamInfo("small", 2, 500.0)
NS_PER_S = 1_000_000_000
PERIOD_S = 0.01
PER_CHUNK = 5


class SmallDevice:
    """Only a switch: is it plugged in?"""

    def __init__(self) -> None:
        self.plugged = True

    def plug(self) -> None:
        self.plugged = True

    def unplug(self) -> None:
        self.plugged = False


class SmallSource:
    """Right in everything. A task of its own makes the samples."""

    def __init__(self, device: SmallDevice) -> None:
        self.health = SourceHealth()
        self.device = device
        self.task: asyncio.Task[None] | None = None
        self.pending: PendingChunks | None = None
        self.next_index = 0

    async def open(self) -> StreamInfo:
        await self.close()
        self.health = SourceHealth()
        await asyncio.sleep(0.005)
        if not self.device.plugged:
            raise SourceNotFoundError("it is not plugged in")
        self.next_index = 0
        self.pending = PendingChunks(self.limit(), self.health)
        self.task = asyncio.create_task(self.make(self.pending))
        return INFO

    def limit(self) -> int:
        return round(PENDING_S * INFO.rate_hz)

    def chunks(self) -> AsyncIterator[Chunk]:
        assert self.pending is not None
        return self.pending

    def rest(self, until_ns: int) -> None:
        pass

    async def close(self) -> None:
        task, self.task = self.task, None
        if self.pending is not None:
            self.pending.close()
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def make(self, pending: PendingChunks) -> None:
        began_ns = time.monotonic_ns()
        while self.device.plugged:
            await asyncio.sleep(PERIOD_S)
            while (taken_ns := self.taken_ns(began_ns)) <= time.monotonic_ns():
                samples = np.ones((PER_CHUNK, INFO.channel_count))
                pending.put(self.change(Chunk(samples, taken_ns, self.next_index)))
                self.next_index += PER_CHUNK
        self.lose(pending)

    def taken_ns(self, began_ns: int) -> int:
        """When the last sample of the next chunk was taken."""
        return began_ns + round((self.next_index + PER_CHUNK) / INFO.rate_hz * NS_PER_S)

    def change(self, chunk: Chunk) -> Chunk:
        return chunk

    def lose(self, pending: PendingChunks) -> None:
        pending.fail(SourceLostError("it was unplugged"))


class Nameless(SmallSource):
    async def open(self) -> StreamInfo:
        return replace(await super().open(), labels=("only one",))


class FromTheFuture(SmallSource):
    def change(self, chunk: Chunk) -> Chunk:
        return replace(chunk, newest_t_ns=chunk.newest_t_ns + 50_000_000)


class OnTheWallClock(SmallSource):
    """Counts from another beginning, before that of the monotonic clock."""

    def change(self, chunk: Chunk) -> Chunk:
        return replace(chunk, newest_t_ns=chunk.newest_t_ns - 3_600_000_000_000)


class BackInTime(SmallSource):
    def change(self, chunk: Chunk) -> Chunk:
        return replace(chunk, newest_t_ns=chunk.newest_t_ns - 4_000_000 * chunk.first_index)


class SkipsAnIndex(SmallSource):
    def change(self, chunk: Chunk) -> Chunk:
        self.next_index += 1
        return chunk


class LeavesItsTask(SmallSource):
    async def close(self) -> None:
        if self.pending is not None:
            self.pending.close()


class LeavesAThread(SmallSource):
    async def open(self) -> StreamInfo:
        threading.Thread(target=time.sleep, args=(3.0,), daemon=True).start()
        return await super().open()


class LeavesADescriptor(SmallSource):
    async def open(self) -> StreamInfo:
        os.dup(0)
        return await super().open()


class LeavesItWhenCancelled(SmallSource):
    async def open(self) -> StreamInfo:
        descriptor = os.dup(0)
        info = await super().open()
        os.close(descriptor)
        return info


class OpensOnce(SmallSource):
    async def open(self) -> StreamInfo:
        if self.pending is not None:
            raise SourceNotFoundError("it was open already")
        return await super().open()


class ForgetsItsReader(SmallSource):
    async def close(self) -> None:
        task, self.task = self.task, None
        if task is not None:
            task.cancel()


class KeepsAll(SmallSource):
    def limit(self) -> int:
        return 1 << 30


class DropsInSilence(SmallSource):
    """Renumbers what is left, so that nobody sees the loss."""

    def chunks(self) -> AsyncIterator[Chunk]:
        return self.renumbered()

    async def renumbered(self) -> AsyncIterator[Chunk]:
        assert self.pending is not None
        async for chunk in self.pending:
            self.seen: int = getattr(self, "seen", 0) + len(chunk.samples)
            yield replace(chunk, first_index=self.seen - len(chunk.samples), lost_before=0)


class NeverTells(SmallSource):
    def lose(self, pending: PendingChunks) -> None:
        pass


class EndsQuietly(SmallSource):
    def lose(self, pending: PendingChunks) -> None:
        pending.close()


class ClosedByItsReader(SmallSource):
    """One whose reader is a generator: once cancelled, it never delivers again."""

    def chunks(self) -> AsyncIterator[Chunk]:
        if not hasattr(self, "generator"):
            self.generator = self.generate()
        return self.generator

    async def generate(self) -> AsyncIterator[Chunk]:
        assert self.pending is not None
        async for chunk in self.pending:
            yield chunk
