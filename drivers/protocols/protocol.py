"""What every wire protocol is to the serial source: bytes in, events out, and what the device wants to hear."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drivers.source import SourceHealth, StreamInfo


@dataclass(frozen=True, slots=True)
class Ticks:
    """How a device counts time: nominal length of a tick, how wrong that may be, where the count wraps (0: never).

    A device that stamps its samples counts in units of its stamps; one that only numbers them counts samples.
    `unseen_loss`: a loss of so many samples, or a multiple of it, does not show in what the device says: 256 where a
    byte numbers them, 1 where nothing does, 0 where no loss can hide. Then a tick is a sample, the protocol counts what
    came and what it knows to be missing, and whoever knows when bytes arrived infers the rest.
    """

    tick_ns: float
    tolerance: float
    modulus: int = 0
    unseen_loss: int = 0


@dataclass(frozen=True, slots=True)
class Described:
    """What the device delivers is known; blocks follow."""

    info: StreamInfo
    ticks: Ticks


@dataclass(frozen=True, slots=True)
class SampleBlock:
    """Consecutive samples: [n, channels] float64, n >= 1, in the described unit, C-contiguous.

    `first_index` counts every sample that the device took and does not wrap; `lost_before` of them are missing directly
    before this block. `newest_ticks` is the device's time of the newest sample, as `Described.ticks` counts it.
    """

    samples: NDArray[np.float64]
    first_index: int
    lost_before: int
    newest_ticks: int


@dataclass(frozen=True, slots=True)
class DeviceMarker:
    """Something that the device itself reported at a sample, such as a pressed button."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class StreamRestarted:
    """The run that was described is over. Its successor counts anew and may differ in everything."""

    cause: str


Event = Described | SampleBlock | DeviceMarker | StreamRestarted


class WireProtocol(Protocol):
    """The host's side of the talk with one device over one opened port. Pure: no port, no clock, no thread.

    Counts into `health` what could not be used: `bad_frames`, `discarded_bytes`, `lost_samples`.
    """

    health: SourceHealth

    def feed(self, data: bytes) -> Sequence[Event]:
        """Take the next bytes, cut anywhere, and return what they complete, in order.

        Never raises for any bytes and keeps a bounded number of them.
        """
        ...

    def say(self, elapsed_s: float) -> bytes:
        """Return what the host says now, mostly nothing; `elapsed_s` is the time since the port was opened.

        Asked when the port is open, after everything that was heard and every 50 ms, until the stream is described.
        """
        ...

    def farewell(self) -> bytes:
        """Return what the device should hear before the port is closed, so that it stops sending."""
        ...

    def why_not_described(self) -> str:
        """Return what is known about a device that has sent something and does not describe itself; else nothing."""
        ...
