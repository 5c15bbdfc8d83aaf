"""What a source delivers, as an LSL stream for recorders and viewers: from a thread of its own, nobody waits for it."""

import math
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from drivers.chunk import Chunk
from drivers.lsl_description import emg_stream, marker_stream
from drivers.lsl_library import OWN_STREAMS, ClockMap, load_pylsl
from drivers.source import StreamInfo

# How often the thread looks what there is to push. It is not woken: a wake-up would cost the one who hands over.
PUSH_EVERY_S = 0.05
CLOCK_CHECK_S = 5.0
# What may wait for the thread; beyond it the oldest goes.
WAITING_S = 2.0
# What an inlet that falls behind may still get, in seconds or hundreds of samples; liblsl's 360 s would be all memory.
BUFFER_S = 10


class Outlet(Protocol):
    """One stream that a thread pushes."""

    def push(self, pylsl: Any, clock: ClockMap) -> None:
        """Push what waits. In the thread; blocks."""
        ...

    def close(self) -> None:
        """End the stream."""
        ...


class EmgOutlet:
    """An LSL stream of type EMG, float32, of what `take` gets. `begin` and `take` never wait; beyond `WAITING_S`,
    newest wins.

    Samples are stamped with the time at which they were taken, on LSL's clock. What was lost is not there: the stamps
    jump. `name` and `source_id` empty: the device's. `pushed_samples` and `dropped_samples` only grow.
    """

    def __init__(self, name: str = "", source_id: str = "") -> None:
        self.pushed_samples = self.dropped_samples = 0
        self.published = threading.Event()
        self._name, self._source_id = name, source_id
        self._begun: StreamInfo | None = None
        self._waiting: deque[tuple[StreamInfo | None, Chunk]] = deque()
        # Each is written by one side alone, so that neither needs a lock.
        self._put = self._taken = 0
        self._most = 1
        self._info: StreamInfo | None = None
        self._outlet: Any = None  # pylsl publishes no types
        self._next_index, self._newest_s = -1, -math.inf  # of what was pushed last

    def begin(self, info: StreamInfo) -> None:
        """Say what the chunks are from now on; the stream is made anew if that is another device than before."""
        self._most = max(1, round(WAITING_S * info.rate_hz))
        self._begun = info

    def take(self, chunk: Chunk) -> None:
        """Take a chunk to be pushed. From the thread that called `begin`."""
        self._waiting.append((self._begun, chunk))
        self._put += len(chunk.samples)
        while self._put - self._taken - self.dropped_samples > self._most:
            try:
                _, oldest = self._waiting.popleft()
            except IndexError:  # the thread was quicker
                return
            self.dropped_samples += len(oldest.samples)

    def push(self, pylsl: Any, clock: ClockMap) -> None:
        """Push what waits. In the thread; blocks."""
        if self._begun is not None:
            self._describe(pylsl, self._begun)
        while True:
            try:
                info, chunk = self._waiting.popleft()
            except IndexError:
                return
            self._taken += len(chunk.samples)
            if info is not None and info == self._info:
                newest_s = clock.stamp_s(chunk.newest_t_ns)
                follows = chunk.first_index == self._next_index
                stamps = sample_stamps(self._newest_s, newest_s, len(chunk.samples), info.rate_hz, follows)
                self._outlet.push_chunk(chunk.samples.astype(np.float32), stamps.tolist())
                self.pushed_samples += len(chunk.samples)
                self._next_index, self._newest_s = chunk.next_index, newest_s

    def close(self) -> None:
        """End the stream."""
        self._outlet = None  # pylsl destroys it with its last reference

    def _describe(self, pylsl: Any, info: StreamInfo) -> None:
        if info == self._info and self._outlet is not None:
            return
        self._info, self._outlet = info, None
        self._outlet = _publish(pylsl, emg_stream(pylsl, info, self._name or info.name, self._source_id))
        self.published.set()


class MarkerOutlet:
    """An LSL stream of type Markers: words, each with its time. `markers` is asked for new ones, in the thread."""

    def __init__(self, name: str, source_id: str, markers: Callable[[], Iterable[tuple[int, str]]]) -> None:
        self._name, self._source_id, self._markers = name, source_id, markers
        self._outlet: Any = None

    def push(self, pylsl: Any, clock: ClockMap) -> None:
        """Push what is new. In the thread; blocks."""
        if self._outlet is None:
            self._outlet = _publish(pylsl, marker_stream(pylsl, self._name, self._source_id))
        for t_ns, text in self._markers():
            self._outlet.push_sample([text], clock.stamp_s(t_ns))

    def close(self) -> None:
        """End the stream."""
        self._outlet = None


class OutletThread:
    """The thread that pushes all outlets of a process. liblsl listens on all network interfaces, without a password.

    `failed` hears, in the thread, why nothing more is published. Raises `SettingsError` without liblsl.
    `resolve_scope`: as for `LslSource`, one per process.
    """

    def __init__(
        self, outlets: Sequence[Outlet], failed: Callable[[str], None], resolve_scope: str = "machine"
    ) -> None:
        self._pylsl = load_pylsl(resolve_scope)
        self._outlets, self._failed = tuple(outlets), failed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="LSL outlets", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Push what waits, end the streams and the thread. Blocks up to `PUSH_EVERY_S`, and as long as liblsl does."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        clock, ticks = ClockMap(self._pylsl.local_clock), 0
        try:
            while not self._stop.wait(PUSH_EVERY_S):
                self._push(clock)
                ticks += 1
                if ticks * PUSH_EVERY_S > CLOCK_CHECK_S:
                    clock.check()
                    ticks = 0
            self._push(clock)
        except RuntimeError as error:  # what liblsl refuses
            self._failed(f"LSL outlet: liblsl gave up: {error}; nothing more is published")
        finally:
            for outlet in self._outlets:
                outlet.close()

    def _push(self, clock: ClockMap) -> None:
        for outlet in self._outlets:
            outlet.push(self._pylsl, clock)


def sample_stamps(before_s: float, newest_s: float, count: int, rate_hz: float, follows: bool) -> NDArray[np.float64]:
    """Return a stamp for each of `count` samples, the last of which was taken at `newest_s`; none before `before_s`.

    Samples that follow those of `before_s` share the time since then evenly: ages have jitter, and recorders want
    stamps that never go back. After a gap they are a nominal period apart.
    """
    if follows:
        return np.linspace(before_s, newest_s, count + 1)[1:]
    return np.maximum(newest_s - np.arange(count - 1, -1, -1) / rate_hz, before_s)


def _publish(pylsl: Any, info: Any) -> Any:
    outlet = pylsl.StreamOutlet(info, max_buffered=BUFFER_S)
    OWN_STREAMS.add(outlet.get_info().uid())
    return outlet
