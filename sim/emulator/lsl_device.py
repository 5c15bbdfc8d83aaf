"""An emulated EMG device on the Lab Streaming Layer."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.lsl_description import emg_stream
from drivers.lsl_library import load_pylsl
from drivers.source import StreamInfo
from sim.emulator.bad_line import LineState
from sim.emulator.bad_signal import NOT_A_NUMBER
from sim.emulator.device import DeviceCounters
from sim.errors import SimError

# What an inlet that falls behind may still get; the default of 360 s would be delivered as one stale burst.
_BUFFER_S = 1


class LslDevice:
    """An LSL stream of type EMG, float32, stamped by LSL's clock when the newest sample of a chunk is pushed.

    Labels and units of the channels are in the description, as the XDF wiki has them. liblsl listens on all network
    interfaces, without a password; `resolve_scope` only bounds who is told. Raises `SettingsError` without liblsl.
    """

    def __init__(self, info: StreamInfo, scale: float, resolve_scope: str = "machine") -> None:
        self.counters = DeviceCounters()
        self._pylsl = load_pylsl(resolve_scope)
        self._info, self._scale = info, scale
        self._outlet: Any = None  # pylsl publishes no types
        self._heard = False

    @property
    def address(self) -> str:
        """Name of the stream."""
        return self._info.name

    @property
    def has_reader(self) -> bool:
        """Whether an inlet has opened the stream since it was plugged in."""
        return self._heard

    def plug(self) -> None:
        """Announce the stream."""
        if self._outlet is not None:
            return
        info = emg_stream(self._pylsl, self._info, self._info.name, self._info.source_id)
        self._outlet = self._pylsl.StreamOutlet(info, max_buffered=_BUFFER_S)
        self.counters.descriptions += 1
        self._heard = False

    def unplug(self) -> None:
        """End the stream: inlets that do not recover by themselves raise."""
        self._outlet = None  # pylsl destroys it with its last reference

    def wait_descriptor(self) -> int | None:
        """Nothing to wait for: liblsl tells nobody when an inlet opens."""
        return None

    def attend(self, now_ns: int) -> None:  # noqa: ARG002 - the same for every device
        """Look for inlets."""
        self._heard = self._heard or (self._outlet is not None and bool(self._outlet.have_consumers()))

    def jump_clock(self, jump_ns: int) -> None:  # noqa: ARG002 - the same for every device
        """Refuse: its stamps are LSL's."""
        raise SimError("an LSL stream is stamped by this machine's clock; a jump is for the serial device")

    def disturb(self, state: LineState) -> None:
        """Refuse: there are no packets of ours."""
        raise SimError(f"an LSL stream has no line that could be {state}; disturb that of the serial device")

    def lose_bytes(self, probability: float) -> None:  # noqa: ARG002 - the same for every device
        """Refuse: LSL's network loses nothing."""
        raise SimError("an LSL stream has no line that could lose bytes; let the serial device lose them")

    def send(self, counts: NDArray[np.int32], samples_per_packet: int) -> int:
        """Push the counts in chunks of that many samples; returns the time right before the push."""
        now_ns = time.monotonic_ns()
        if self._outlet is None:
            return now_ns
        if self._outlet.have_consumers():
            self.counters.sent_samples += len(counts)
        else:
            self.counters.unheard_samples += len(counts)
        samples = np.ascontiguousarray(counts * self._scale, dtype=np.float32)
        samples[counts == NOT_A_NUMBER] = np.nan
        newest_s = self._pylsl.local_clock()
        now_ns = time.monotonic_ns()
        for start in range(0, len(samples), samples_per_packet):
            chunk = samples[start : start + samples_per_packet]
            after_s = (len(samples) - start - len(chunk)) / self._info.rate_hz
            self._outlet.push_chunk(chunk, newest_s - after_s)
        return now_ns
