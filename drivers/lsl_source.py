"""EMG from a Lab Streaming Layer stream."""

import asyncio
import math
import threading
from collections.abc import AsyncIterator

from drivers.chunk import Chunk
from drivers.errors import SettingsError
from drivers.lsl_inlet import Connection, LslSettings, connect
from drivers.lsl_library import WantedStream
from drivers.lsl_reader import LslReader
from drivers.pending_chunks import PENDING_S, PendingChunks
from drivers.source import SourceHealth, StreamInfo


class LslSource:
    """An `EmgSource` for the one LSL stream that has this name, type and source id (an empty text: any).

    `resolve_scope`: how far to look, `machine` (default), `link`, `site`, `organization`, `global`, or empty for
    liblsl's own configuration; one per process. `time_from`: `stamps` (LSL's, default), or `arrival` for senders that
    stamp with a clock of their own. `rate_hz`: the rate of a stream that names none, or names a wrong one; 0 believes
    the sender. Either way the rate is measured. Samples in volts or millivolts are delivered in µV.
    """

    def __init__(
        self,
        name: str = "",
        stream_type: str = "EMG",
        source_id: str = "",
        resolve_timeout_s: float = 5.0,
        *,
        resolve_scope: str = "machine",
        time_from: str = "stamps",
        rate_hz: float = 0.0,
    ) -> None:
        sensible = resolve_timeout_s > 0 and 0 <= rate_hz < math.inf
        if not sensible or time_from not in ("stamps", "arrival"):
            raise SettingsError(
                "an LSL source needs a resolve_timeout_s above 0, time_from 'stamps' or 'arrival' and a rate_hz above "
                f"0, or 0 for what the sender says; got {resolve_timeout_s}, '{time_from}' and {rate_hz}"
            )
        self.health = SourceHealth()
        wanted = WantedStream(name, stream_type, source_id)
        self._settings = LslSettings(wanted, resolve_timeout_s, resolve_scope, time_from, rate_hz)
        self._reader: LslReader | None = None
        self._pending: PendingChunks | None = None

    async def open(self) -> StreamInfo:
        """Find the stream and measure its first second, in a thread; about 1.2 s, half of it liblsl's clock probes.

        Raises `SourceNotFoundError` (not there, or silent) or `SettingsError` (no pylsl, several, text, no rate or
        another than it says).
        """
        await self.close()
        self.health = SourceHealth()
        self._pending = None
        stop = threading.Event()
        connecting = asyncio.get_running_loop().run_in_executor(None, connect, self._settings, stop)
        try:
            connection = await asyncio.shield(connecting)
        except asyncio.CancelledError:
            stop.set()
            connecting.add_done_callback(_forget)
            raise
        self._pending = PendingChunks(round(PENDING_S * connection.info.rate_hz), self.health)
        self._reader = LslReader(connection, self._settings.time_from, self._pending, self.health)
        return connection.info

    def chunks(self) -> AsyncIterator[Chunk]:
        """Deliver what comes, up to `PENDING_S` old; see `EmgSource`."""
        if self._pending is None:
            raise RuntimeError("open the source before reading it")
        return self._pending

    def rest(self, until_ns: int) -> None:
        """Nothing to do: this source gathers samples anyway."""

    async def close(self) -> None:
        """End the thread, within its pull time-out; a task that waits for chunks sees their end at once."""
        reader, self._reader = self._reader, None
        if self._pending is not None:
            self._pending.close()
        if reader is not None:
            reader.stop()
            await asyncio.get_running_loop().run_in_executor(None, reader.join)


def _forget(connecting: "asyncio.Future[Connection]") -> None:
    """Take note of how an unwanted connection ended; the inlet closes itself when nobody holds it any more."""
    if not connecting.cancelled():
        connecting.exception()
