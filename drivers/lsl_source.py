"""EMG from a Lab Streaming Layer stream."""

import asyncio
import math
import threading

from drivers.errors import SettingsError
from drivers.lsl_inlet import Connection, LslSettings, connect
from drivers.lsl_library import WantedStream
from drivers.lsl_reader import LslReader
from drivers.source import StreamInfo
from drivers.threaded_source import ThreadedSource


class LslSource(ThreadedSource):
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
        super().__init__()
        wanted = WantedStream(name, stream_type, source_id)
        self._settings = LslSettings(wanted, resolve_timeout_s, resolve_scope, time_from, rate_hz)

    async def open(self) -> StreamInfo:
        """Find the stream and measure its first second, in a thread; about 1.2 s, half of it liblsl's clock probes.

        Raises `SourceNotFoundError` (not there, or silent) or `SettingsError` (no pylsl, several, text, no rate or
        another than it says).
        """
        await self._begin()
        stop = threading.Event()
        connecting = asyncio.get_running_loop().run_in_executor(None, connect, self._settings, stop)
        try:
            connection = await asyncio.shield(connecting)
        except asyncio.CancelledError:
            stop.set()
            connecting.add_done_callback(_forget)
            raise
        pending = self._gather_into(connection.info.rate_hz)
        self._gatherer = LslReader(connection, self._settings.time_from, pending, self.health)
        return connection.info


def _forget(connecting: "asyncio.Future[Connection]") -> None:
    """Take note of how an unwanted connection ended; the inlet closes itself when nobody holds it any more."""
    if not connecting.cancelled():
        connecting.exception()
