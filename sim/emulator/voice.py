"""What makes an emulated serial device speak like its model: its words, its answers, its frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drivers.source import StreamInfo


@dataclass(slots=True)
class VoiceCounters:
    """What was said to the device and what it described; they only grow."""

    descriptions: int = 0
    unknown_commands: int = 0


class DeviceVoice(Protocol):
    """The device's side of the talk. Pure: bytes and times come in, bytes go out; the pty is somebody else's.

    `info` and `uv_per_count` say what samples it takes: a feed for it gives counts of that size at that rate, 0 for no
    signal; where the device defines no scale, so many microvolts are what its amplifier makes one count of. Times
    are nanoseconds of the monotonic clock.
    """

    info: StreamInfo
    uv_per_count: float
    counters: VoiceCounters

    @property
    def asked(self) -> bool:
        """Whether a host has asked for samples since the device was switched on; true where nobody has to ask."""
        ...

    @property
    def streaming(self) -> bool:
        """Whether samples leave the device now; while not, they are taken and gone."""
        ...

    def switch_on(self) -> None:
        """Forget all that was said, as at power-on."""
        ...

    def opened(self, now_ns: int) -> bytes:
        """Return what the device says when a host opens its port; boards that start then say so later, in `due`."""
        ...

    def hear(self, data: bytes, now_ns: int) -> bytes:
        """Take the host's bytes, cut anywhere, and return the answers. Keeps a bounded number of them."""
        ...

    def due(self, now_ns: int) -> bytes:
        """Return what is to be said unasked by now; called at least every 10 ms while the port is open."""
        ...

    def skip(self, n_samples: int) -> None:
        """Count samples that were taken and do not leave the device."""
        ...

    def frames(self, counts: NDArray[np.int32], newest_time_us: int, samples_per_packet: int) -> Sequence[bytes]:
        """Return the frames for [n, channels] counts, n >= 1, oldest first; `newest_time_us` is the device's own time.

        A device whose frames hold a fixed number of samples ignores `samples_per_packet`.
        """
        ...
