"""EMG from two or more Lab Streaming Layer streams, as one source."""

import asyncio
import math
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from drivers.chunk import Chunk
from drivers.errors import DriverError, SettingsError
from drivers.lsl_inlet import Connection, InletThread, LslSettings, connect
from drivers.lsl_library import WantedStream, load_pylsl
from drivers.pending_chunks import PendingChunks
from drivers.source import SourceHealth, StreamInfo, Unit
from drivers.stamp_counter import StampCounter
from drivers.stream_aligner import StreamAligner
from drivers.threaded_source import ThreadedSource


class MergedStream(BaseModel):
    """One of the streams. `delay_ms`: how much later than the others its sender stamps what happens at one time."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str = ""
    stream_type: str = "EMG"
    source_id: str = ""
    delay_ms: Annotated[float, Field(ge=-1000, le=1000)] = 0.0


_STREAMS = TypeAdapter(Annotated[tuple[MergedStream, ...], Field(min_length=2, max_length=8)])


class LslMergedSource(ThreadedSource):
    """An `EmgSource` of two to eight LSL streams of one nominal rate, their channels side by side.

    `streams`: for each what `LslSource` takes to find it, and `delay_ms`. Rows are the first stream's samples, each
    with the nearest of the others by LSL's stamps (`StreamAligner`). A gap in one is a gap in all; the loss of one ends
    the source. `newest_t_ns` is that of the older of the newest samples. `resolve_*` and
    `rate_hz`: as for `LslSource`, for all.
    """

    def __init__(
        self,
        streams: Sequence[Mapping[str, Any]],
        resolve_timeout_s: float = 5.0,
        *,
        resolve_scope: str = "machine",
        rate_hz: float = 0.0,
    ) -> None:
        try:
            self._streams = _STREAMS.validate_python(streams)
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(str(part) for part in fault["loc"]) or "the list"
            raise SettingsError(
                f"lsl_merged needs streams, two to eight tables of name, stream_type, source_id and delay_ms; "
                f"{where}: {fault['msg']}"
            ) from error
        if not (resolve_timeout_s > 0 and 0 <= rate_hz < math.inf):
            raise SettingsError(
                "lsl_merged needs a resolve_timeout_s above 0, and a rate_hz above 0, or 0 for what the senders say; "
                f"got {resolve_timeout_s} and {rate_hz}"
            )
        super().__init__()
        self._settings = [
            LslSettings(
                WantedStream(each.name, each.stream_type, each.source_id),
                resolve_timeout_s,
                resolve_scope,
                "stamps",
                rate_hz,
            )
            for each in self._streams
        ]

    async def open(self) -> StreamInfo:
        """Find all streams at once and measure their first second, in threads.

        Raises `SourceNotFoundError` (one is not there, or silent) or `SettingsError` (as `LslSource`, or streams of
        different rates, or one stream named twice).
        """
        await self._begin()
        connections = await self._connect()
        info = merged_info([connection.info for connection in connections])
        if len({connection.uid for connection in connections}) < len(connections):
            raise SettingsError(
                f"two of the streams to be merged are the same one: {info.name}; name each by source_id"
            )
        delays_ns = [round(stream.delay_ms * 1e6) for stream in self._streams]
        self._gatherer = _Merger(connections, delays_ns, self._gather_into(info.rate_hz), self.health)
        return info

    async def _connect(self) -> list[Connection]:
        loop, stop = asyncio.get_running_loop(), threading.Event()
        await loop.run_in_executor(None, load_pylsl, self._settings[0].resolve_scope)
        connecting = [loop.run_in_executor(None, connect, settings, stop) for settings in self._settings]
        try:
            # All of them, so that none goes on to look while its error is being told.
            results = await asyncio.shield(asyncio.gather(*connecting, return_exceptions=True))
        except asyncio.CancelledError:
            stop.set()
            raise
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return [result for result in results if isinstance(result, Connection)]


class _Merger:
    """The threads of all inlets, and the aligner that they share."""

    def __init__(
        self, connections: Sequence[Connection], delays_ns: list[int], pending: PendingChunks, health: SourceHealth
    ) -> None:
        rate_hz = connections[0].info.rate_hz
        self._pending, self._health, self._delays_ns = pending, health, delays_ns
        self._lock = threading.Lock()
        self._counters = [StampCounter(rate_hz) for _ in connections]
        self._aligner = StreamAligner(tuple(each.info.channel_count for each in connections), rate_hz)
        self._newest_t_ns = 0
        self._threads = [
            InletThread(connection, True, partial(self._take, number), self._lost)
            for number, connection in enumerate(connections)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        for thread in self._threads:
            thread.stop()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _lost(self, error: DriverError) -> None:
        self._pending.fail_from_thread(error)
        self.stop()

    def _take(self, stream: int, samples: NDArray[np.float64], stamp_ns: int, now_ns: int) -> None:
        counter = self._counters[stream]
        with self._lock:
            first_index, _ = counter.count(len(samples), stamp_ns - self._delays_ns[stream])
            for rows in self._aligner.put(stream, samples, first_index, counter.newest_t_ns, counter.period_ns):
                self._newest_t_ns = max(self._newest_t_ns, min(rows.newest_t_ns, now_ns))
                self._health.lost_samples += rows.lost_before
                self._health.extra["slipped_samples"] = self._aligner.slips
                self._pending.put_from_thread(
                    Chunk(rows.samples, self._newest_t_ns, rows.first_index, rows.lost_before)
                )
        if self._pending.ended:
            self.stop()


def merged_info(infos: Sequence[StreamInfo]) -> StreamInfo:
    """Return what the streams are together. Raises `SettingsError` for different rates.

    In µV if all are, else of arbitrary unit. A channel without a label, or with one that another stream has too, is
    called by its stream and number.
    """
    rates = {info.rate_hz for info in infos}
    if len(rates) > 1:
        stated = ", ".join(f"'{info.name}' {info.rate_hz:g} Hz" for info in infos)
        raise SettingsError(f"streams can be merged where they have one nominal rate; these have: {stated}")
    labels = [label for info in infos for label in (info.labels or ("",) * info.channel_count)]
    owners = [f"{info.name} {n}" for info in infos for n in range(1, info.channel_count + 1)]
    named = [label if label and labels.count(label) == 1 else own for label, own in zip(labels, owners, strict=True)]
    places = [place for info in infos for place in info.places_mm]
    return StreamInfo(
        " + ".join(info.name for info in infos),
        len(labels),
        infos[0].rate_hz,
        Unit.MICROVOLT if all(info.unit is Unit.MICROVOLT for info in infos) else Unit.ARBITRARY,
        tuple(named),
        " + ".join(info.source_id for info in infos),
        places_mm=tuple(places) if len(places) == len(labels) else (),
    )
