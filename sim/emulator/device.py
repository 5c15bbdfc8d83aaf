"""What the emulator's thread asks of every device it drives."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.emulator.bad_line import LineState


@dataclass(slots=True)
class DeviceCounters:
    """What became of the packets of one device since it was made; they only grow.

    `unheard_samples`: taken while nobody had the port or stream open. `dropped_packets`: the reader was too slow.
    """

    sent_samples: int = 0
    unheard_samples: int = 0
    dropped_packets: int = 0
    lost_bytes: int = 0
    descriptions: int = 0
    unknown_commands: int = 0


class Device(Protocol):
    """One way out for the samples. Everything but `address` and `counters` is called on the emulator's thread only."""

    counters: DeviceCounters

    @property
    def address(self) -> str:
        """What a reader opens: a path or a stream name."""
        ...

    def plug(self) -> None:
        """Appear, as a device that was just switched on. Raises `SimError` when the machine does not allow it."""
        ...

    def unplug(self) -> None:
        """Vanish. Does nothing when it already has."""
        ...

    def wait_descriptor(self) -> int | None:
        """File descriptor on which the host's words arrive; None when there is nothing to wait for."""
        ...

    def attend(self, now_ns: int) -> None:
        """Listen to the host and say what is due; called at least every 10 ms while the device is plugged."""
        ...

    @property
    def has_reader(self) -> bool:
        """Whether someone has asked this device for its samples since it was plugged."""
        ...

    def jump_clock(self, jump_ns: int) -> None:
        """Let the device's own clock jump. Raises `SimError` where it has none of its own."""
        ...

    def disturb(self, state: LineState) -> None:
        """Put its line into a state. Raises `SimError` where it has none."""
        ...

    def lose_bytes(self, probability: float) -> None:
        """Let its line lose each byte with this probability. Raises `SimError` where it has no line."""
        ...

    def send(self, counts: NDArray[np.int32], samples_per_packet: int) -> int:
        """Send [n, channels] counts; never blocks. Returns the monotonic ns right before they were written."""
        ...
