"""What hands on the bytes of an open port, each system in its quickest way. A reader owns its port and frees it."""

import os
from typing import Protocol

from drivers.serial_descriptor_reader import DescriptorReader
from drivers.serial_port import SerialPort, TakeBytes, TakeLoss
from drivers.serial_thread_reader import ThreadReader


class PortReader(Protocol):
    """Hands bytes to the loop until the port is lost or closed, whichever is first; after that it is silent."""

    def write(self, data: bytes) -> None:
        """Send a short command, whole or not at all; it waits where the port does not take it now."""
        ...

    def rest(self, until_ns: int) -> None:
        """Leave the bytes where they are until then."""
        ...

    async def say_farewell(self, words: bytes, within_s: float) -> None:
        """Hand on nothing more, send the last words, and wait until they have left, at most so long."""
        ...

    def close(self) -> None:
        """Hand on nothing more and let go of the port. May be called twice."""
        ...

    async def wait_closed(self) -> None:
        """Wait until the port is free."""
        ...


def make_reader(port: SerialPort, take_bytes: TakeBytes, take_loss: TakeLoss) -> PortReader:
    """Start the reader that suits this system and port. To be called inside the loop that gets the bytes."""
    if os.name == "posix" and _has_descriptor(port):
        return DescriptorReader(port, take_bytes, take_loss)
    return ThreadReader(port, take_bytes, take_loss)


def _has_descriptor(port: SerialPort) -> bool:
    try:
        port.fileno()
    except OSError:  # RFC 2217: what comes over its socket is not yet what the device sent
        return False
    return True
