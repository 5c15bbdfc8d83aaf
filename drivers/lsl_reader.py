"""An LSL inlet that delivers, and the one thread that pulls it."""

import threading
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.chunk import Chunk
from drivers.errors import SettingsError, SourceLostError, SourceNotFoundError
from drivers.lsl_library import ClockMap, StreamSearch, WantedStream, describe, load_pylsl
from drivers.pending_chunks import PendingChunks
from drivers.sample_clock import RATE_ON_PAPER, SampleClock
from drivers.source import SourceHealth, StreamInfo
from drivers.stamp_counter import StampCounter

PULL_TIMEOUT_S = 0.1  # how often the thread looks whether it shall end
INLET_BUFFER_S = 1  # liblsl's least; the default of 360 s is for recorders
HOP_S = 0.01  # senders that collect more than this are asked to send as often as this
CLOCK_CHECK_S = 5.0
# A stamp further from now than this was not made with LSL's clock: network and buffers together stay below a second.
STRANGE_STAMP_S = 10.0


@dataclass(frozen=True, slots=True)
class LslSettings:
    """Settings of `LslSource`."""

    wanted: WantedStream
    resolve_timeout_s: float
    resolve_scope: str
    time_from: str


@dataclass(slots=True)
class Connection:
    """An inlet that has delivered its first samples."""

    pylsl: Any
    inlet: Any
    info: StreamInfo
    scales: NDArray[np.float64]


def connect(settings: LslSettings, stop: threading.Event) -> Connection:
    """Find the stream, open it, and wait until it delivers. Blocks; see `LslSource.open` for what it raises."""
    pylsl = load_pylsl(settings.resolve_scope)
    with StreamSearch(pylsl, settings.wanted) as search:
        found = search.first(settings.resolve_timeout_s, stop)
        granularity = max(1, round(HOP_S * found.nominal_srate()))
        inlet = pylsl.StreamInlet(
            found,
            max_buflen=INLET_BUFFER_S,
            max_chunklen=granularity,
            recover=False,  # a recovering inlet gives empty pulls for ever and never says that its stream has gone
            processing_flags=pylsl.proc_clocksync,  # no dejitter: it needs 30 to 120 s to settle
        )
        try:
            info, scales = describe(inlet.info(timeout=settings.resolve_timeout_s))
            # The first pull also waits for the first estimate of the sender's clock, 0.6 s; what queued up is dropped.
            _, stamps = inlet.pull_chunk(
                timeout=settings.resolve_timeout_s, max_samples=granularity, min_samples=1, as_numpy=True
            )
            search.refuse_a_second(stop)
            inlet.flush()
        except (pylsl.util.LostError, pylsl.util.TimeoutError) as error:
            raise SourceNotFoundError(
                f"LSL stream '{found.name()}' was found but could not be opened: {error}"
            ) from error
    if len(stamps) == 0:
        raise SourceNotFoundError(
            f"LSL stream '{info.name}' is there but sent nothing within {settings.resolve_timeout_s:g} s; "
            "is its device on?"
        )
    off_s = pylsl.local_clock() - stamps[-1]
    if settings.time_from == "stamps" and abs(off_s) > STRANGE_STAMP_S:
        raise SettingsError(
            f"the stamps of LSL stream '{info.name}' are {off_s:.0f} s from this machine's LSL clock, so its sender "
            "uses another one; set time_from = 'arrival'"
        )
    return Connection(pylsl, inlet, info, np.asarray(scales))


class LslReader:
    """The one thread that pulls; it wakes the loop once per pull and ends with its stream, or when told."""

    def __init__(self, connection: Connection, time_from: str, pending: PendingChunks, health: SourceHealth) -> None:
        rate_hz = connection.info.rate_hz
        self._connection = connection
        self._pending = pending
        self._health = health
        self._most_samples = max(1, round(PULL_TIMEOUT_S * rate_hz))
        self._counter = StampCounter(rate_hz) if time_from == "stamps" else None
        self._arrival_clock = SampleClock(1e9 / rate_hz, RATE_ON_PAPER)
        self._next_index = 0
        self._newest_t_ns = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"LSL {connection.info.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Tell the thread to end."""
        self._stop.set()

    def join(self) -> None:
        """Wait for the thread to end. Blocks up to `PULL_TIMEOUT_S`."""
        self._thread.join()

    def _run(self) -> None:
        pylsl, inlet, name = self._connection.pylsl, self._connection.inlet, self._connection.info.name
        cause = "its reading thread ended"
        try:
            clock = ClockMap(pylsl.local_clock)
            check_at = time.monotonic() + CLOCK_CHECK_S
            while not (self._stop.is_set() or self._pending.ended):
                samples, stamps = inlet.pull_chunk(
                    timeout=PULL_TIMEOUT_S, max_samples=self._most_samples, min_samples=1, as_numpy=True
                )
                if len(stamps):
                    self._hand_on(samples, clock.monotonic_ns(stamps[-1]), time.monotonic_ns())
                if time.monotonic() > check_at:
                    clock.check()
                    check_at = time.monotonic() + CLOCK_CHECK_S
        except pylsl.util.LostError as error:
            cause = str(error).rstrip(".")
        finally:
            if not self._stop.is_set():
                self._pending.fail_from_thread(SourceLostError(f"LSL stream '{name}' is lost: {cause}; open it again"))

    def _hand_on(self, samples: NDArray[Any], stamp_ns: int, now_ns: int) -> None:
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
        scaled = samples * self._connection.scales
        self._pending.put_from_thread(Chunk(scaled, self._newest_t_ns, first_index, lost))
