"""An LSL inlet: found, described, checked while it delivers, and the one thread that pulls it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.errors import DriverError, SettingsError, SourceLostError, SourceNotFoundError
from drivers.lsl_description import describe
from drivers.lsl_library import ClockMap, StreamSearch, WantedStream, load_pylsl
from drivers.rate_watch import FIRST_BOUND, RateWatch
from drivers.source import StreamInfo

PULL_TIMEOUT_S = 0.1  # how often the thread looks whether it shall end
INLET_BUFFER_S = 1  # liblsl's least; the default of 360 s is for recorders
IRREGULAR_UNIT = 100  # of a stream without a rate liblsl counts the buffer in hundreds of samples
HOP_S = 0.01  # senders that collect more than this are asked to send as often as this
CLOCK_CHECK_S = 5.0
# A stamp further from now than this was not made with LSL's clock: network and buffers together stay below a second.
STRANGE_STAMP_S = 2.0
# The rate is measured over so long before a stream counts as open, and again while it seems wrong, up to the longest.
MEASURE_S, LONGEST_MEASURE_S = 1.0, 3.0


@dataclass(frozen=True, slots=True)
class LslSettings:
    """How one stream is to be found and read. `rate_hz`: goes before what the sender says, unless 0."""

    wanted: WantedStream
    resolve_timeout_s: float
    resolve_scope: str
    time_from: str
    rate_hz: float = 0.0


@dataclass(slots=True)
class Connection:
    """An inlet that delivers, at the rate that `info` says."""

    pylsl: Any
    inlet: Any
    info: StreamInfo
    scales: NDArray[np.float64]
    uid: str


def connect(settings: LslSettings, stop: threading.Event) -> Connection:
    """Find the stream, open it, and measure what it delivers. Blocks; see `LslSource.open` for what it raises."""
    pylsl = load_pylsl(settings.resolve_scope)
    with StreamSearch(pylsl, settings.wanted) as search:
        found = search.first(settings.resolve_timeout_s, stop)
        rate_hz = settings.rate_hz or found.nominal_srate()
        regular = found.nominal_srate() > 0
        inlet = pylsl.StreamInlet(
            found,
            max_buflen=INLET_BUFFER_S if regular else max(1, round(INLET_BUFFER_S * rate_hz / IRREGULAR_UNIT)),
            max_chunklen=max(1, round(HOP_S * rate_hz)),
            recover=False,  # a recovering inlet gives empty pulls for ever and never says that its stream has gone
            processing_flags=pylsl.proc_clocksync,  # no dejitter: it needs 30 to 120 s to settle
        )
        try:
            info, scales = describe(inlet.info(timeout=settings.resolve_timeout_s), settings.rate_hz)
            first = _First(pylsl, inlet, info, settings)
            # The first pull also waits for the first estimate of the sender's clock, 0.6 s.
            first.listen()
            search.refuse_a_second(stop)
            first.measure(stop)
            inlet.flush()
        except (pylsl.util.LostError, pylsl.util.TimeoutError) as error:
            raise SourceNotFoundError(
                f"LSL stream '{found.name()}' was found but could not be opened: {error}"
            ) from error
    return Connection(pylsl, inlet, info, np.asarray(scales), found.uid())


class _First:
    """The first second of an inlet: does it send, by LSL's clock, at the rate that it names?"""

    def __init__(self, pylsl: Any, inlet: Any, info: StreamInfo, settings: LslSettings) -> None:
        self._pylsl, self._inlet, self._info, self._settings = pylsl, inlet, info, settings
        self._by_stamps = settings.time_from == "stamps"
        self._samples, self._from_s, self._to_s = 0, 0.0, 0.0

    def listen(self) -> None:
        """Wait for the first samples. Raises `SourceNotFoundError` (silent) or `SettingsError` (another clock)."""
        stamps = self._pull(self._settings.resolve_timeout_s)
        if len(stamps) == 0:
            raise SourceNotFoundError(
                f"LSL stream '{self._info.name}' is there but sent nothing within "
                f"{self._settings.resolve_timeout_s:g} s; is its device on?"
            )
        off_s = self._pylsl.local_clock() - stamps[-1]
        if self._by_stamps and abs(off_s) > STRANGE_STAMP_S:
            raise SettingsError(
                f"the stamps of LSL stream '{self._info.name}' are {off_s:.1f} s from this machine's LSL clock, so its "
                "sender uses another one; set time_from = 'arrival'"
            )
        if self._by_stamps:
            # A stream without a rate gives one stamp to all samples of a push; those of the first push do not count.
            self._samples = len(stamps) - int(np.searchsorted(stamps, stamps[0], side="right"))
            self._from_s, self._to_s = stamps[0], stamps[-1]
        else:
            self._from_s = self._to_s = self._pylsl.local_clock()

    def measure(self, stop: threading.Event) -> None:
        """Measure the rate. Raises `SettingsError` for one that is not what was named, `SourceNotFoundError`."""
        name, rate_hz, span_s, measured_hz = self._info.name, self._info.rate_hz, 0.0, 0.0
        give_up_at = time.monotonic() + LONGEST_MEASURE_S
        while not stop.is_set():
            span_s = self._to_s - self._from_s
            measured_hz = self._samples / span_s if span_s > 0 else 0.0
            if span_s >= MEASURE_S and abs(measured_hz / rate_hz - 1.0) <= FIRST_BOUND:
                return
            if time.monotonic() > give_up_at:
                break
            stamps = self._pull(PULL_TIMEOUT_S)
            if len(stamps):
                self._samples += len(stamps)
                self._to_s = stamps[-1] if self._by_stamps else self._pylsl.local_clock()
        if span_s < MEASURE_S:
            raise SourceNotFoundError(f"LSL stream '{name}' stopped sending while its rate was measured")
        whose = "the settings say" if self._settings.rate_hz else "it says"
        raise SettingsError(
            f"LSL stream '{name}' sends {measured_hz:.0f} samples/s where {whose} {rate_hz:g} Hz; if that is what its "
            "device does, set rate_hz to its true rate and calibrate at that, else look for what loses samples"
        )

    def _pull(self, timeout_s: float) -> NDArray[np.float64]:
        most = max(1, round(self._info.rate_hz))
        _, stamps = self._inlet.pull_chunk(timeout=timeout_s, max_samples=most, min_samples=1, as_numpy=True)
        return np.asarray(stamps)


class InletThread:
    """The one thread that pulls an inlet; it ends with its stream, with an error of `take`, or when told.

    `take` gets the samples, in `StreamInfo.unit`, the newest one's stamp on the monotonic clock, and the time of now;
    `lost` is called at the end, unless it was told to end. Both are called in the thread.
    """

    def __init__(
        self,
        connection: Connection,
        by_stamps: bool,
        take: Callable[[NDArray[np.float64], int, int], None],
        lost: Callable[[DriverError], None],
    ) -> None:
        self._connection, self._by_stamps = connection, by_stamps
        self._take, self._lost = take, lost
        self._most_samples = max(1, round(PULL_TIMEOUT_S * connection.info.rate_hz))
        self._watch = RateWatch(connection.info.rate_hz)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"LSL {connection.info.name}", daemon=True)

    def start(self) -> None:
        """Begin to pull."""
        self._thread.start()

    def stop(self) -> None:
        """Tell the thread to end."""
        self._stop.set()

    def join(self) -> None:
        """Wait for the thread to end. Blocks up to `PULL_TIMEOUT_S`."""
        self._thread.join()

    def _run(self) -> None:
        pylsl, info = self._connection.pylsl, self._connection.info
        cause = "its reading thread ended"
        try:
            self._pull(pylsl, self._connection.inlet)
        except pylsl.util.LostError as error:
            cause = str(error).rstrip(".")
        finally:
            if self._watch.wrong_hz:
                cause = f"it sends {self._watch.wrong_hz:.0f} samples/s and was opened at {info.rate_hz:g} Hz"
            if not self._stop.is_set():
                self._lost(SourceLostError(f"LSL stream '{info.name}' is lost: {cause}; open it again"))

    def _pull(self, pylsl: Any, inlet: Any) -> None:
        clock = ClockMap(pylsl.local_clock)
        check_at = time.monotonic() + CLOCK_CHECK_S
        while not (self._stop.is_set() or self._watch.wrong_hz):
            samples, stamps = inlet.pull_chunk(
                timeout=PULL_TIMEOUT_S, max_samples=self._most_samples, min_samples=1, as_numpy=True
            )
            if len(stamps):
                now_ns = time.monotonic_ns()
                stamp_ns = clock.monotonic_ns(stamps[-1])
                self._watch.take(len(stamps), stamp_ns if self._by_stamps else now_ns)
                self._take(samples * self._connection.scales, stamp_ns, now_ns)
            if time.monotonic() > check_at:
                clock.check()
                check_at = time.monotonic() + CLOCK_CHECK_S
