"""The half of a source that is the same wherever threads of its own gather the samples."""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

from drivers.chunk import Chunk
from drivers.pending_chunks import PENDING_S, PendingChunks
from drivers.source import SourceHealth


class Gatherer(Protocol):
    """Threads that put samples into a `PendingChunks`."""

    def stop(self) -> None:
        """Ask them to end; never waits."""
        ...

    def join(self) -> None:
        """Wait until they have ended."""
        ...


class ThreadedSource:
    """`chunks`, `rest` and `close` of an `EmgSource`; `open` is to call `_begin` first, then `_gather_into`."""

    def __init__(self) -> None:
        self.health = SourceHealth()
        self._gatherer: Gatherer | None = None
        self._pending: PendingChunks | None = None

    async def _begin(self) -> None:
        """Forget what was open before."""
        await self.close()
        self.health = SourceHealth()
        self._pending = None

    def _gather_into(self, rate_hz: float) -> PendingChunks:
        """Return where the threads are to put what comes."""
        self._pending = PendingChunks(round(PENDING_S * rate_hz), self.health)
        return self._pending

    def chunks(self) -> AsyncIterator[Chunk]:
        """Deliver what comes, up to `PENDING_S` old; see `EmgSource`."""
        if self._pending is None:
            raise RuntimeError("open the source before reading it")
        return self._pending

    def rest(self, until_ns: int) -> None:
        """Nothing to do: this source gathers samples anyway."""

    async def close(self) -> None:
        """End the threads, within their pull time-out; a task that waits for chunks sees their end at once."""
        gatherer, self._gatherer = self._gatherer, None
        if self._pending is not None:
            self._pending.close()
        if gatherer is not None:
            gatherer.stop()
            await asyncio.get_running_loop().run_in_executor(None, gatherer.join)
