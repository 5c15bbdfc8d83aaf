"""What a driver is to the rest of the system: something that opens, delivers chunks, and closes."""

import math
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from drivers.chunk import Chunk


class Unit(StrEnum):
    """Unit of the samples. `ARBITRARY` where a device defines no scale: usable after calibration, never called µV."""

    MICROVOLT = "uV"
    ARBITRARY = "arbitrary"


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What a source delivers, known once it is open. `rate_hz` is the device's nominal rate.

    `full_scale`: the largest magnitude that the device can give, in `unit`; infinite where it is not known.
    `places_mm`: x, y and z of each channel's electrodes, in the sender's own axes; empty where it does not say.
    """

    name: str
    channel_count: int
    rate_hz: float
    unit: Unit = Unit.MICROVOLT
    labels: tuple[str, ...] = ()
    source_id: str = ""
    full_scale: float = field(default=math.inf, compare=False)
    places_mm: tuple[tuple[float, float, float], ...] = field(default=(), compare=False)


@dataclass(slots=True)
class SourceHealth:
    """Counters since `open`; they only grow. Read at any time, by anyone."""

    chunks: int = 0
    samples: int = 0
    lost_samples: int = 0
    bad_frames: int = 0
    discarded_bytes: int = 0
    last_error: str = ""
    extra: dict[str, int] = field(default_factory=dict)


@runtime_checkable
class EmgSource(Protocol):
    """A source of EMG. One reader at a time; `open` and `close` may alternate any number of times.

    `open` finds the device, waits until it delivers and returns what it is.
    Raises `SourceNotFoundError` when it is not there, `SettingsError` when the settings are wrong.
    `chunks` yields what has come since the last yield as one chunk, oldest samples first; it never waits for more
    than one sample. Whoever is slow gets one larger chunk, and beyond the source's bound the oldest samples are
    lost and counted. Raises `SourceLostError` when the device goes; ends only where a recording ends.
    `close` frees the port, thread and buffers; it never raises and may be called twice.
    """

    health: SourceHealth

    async def open(self) -> StreamInfo:
        """Find the device and wait for its first words."""
        ...

    def chunks(self) -> AsyncIterator[Chunk]:
        """Deliver chunks until the source is closed, lost or at its end."""
        ...

    def rest(self, until_ns: int) -> None:
        """Hear that the reader needs nothing before `until_ns` (monotonic clock).

        A source that is woken by every sample may sleep until then and deliver all of them at once, which spares the
        processor nine wake-ups of ten. Never an obligation; a source that gathers anyway does nothing.
        """
        ...

    async def close(self) -> None:
        """Free everything."""
        ...
