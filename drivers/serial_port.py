"""Opening a serial port, with errors that say what to do and the lowest latency that the port allows."""

import errno
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import serial

from drivers.errors import PortBusyError, PortForbiddenError, PortMissingError, SettingsError, SourceNotFoundError
from drivers.serial_latency import try_low_latency
from drivers.serial_network import is_network, open_network
from drivers.serial_usb import USB, find_usb_port, usb_ports, words_for

try:
    import termios
except ImportError:  # Windows
    PORT_ERRORS: tuple[type[Exception], ...] = (serial.SerialException, OSError)
else:
    PORT_ERRORS = (serial.SerialException, OSError, termios.error)  # pyserial lets the last through; it is no OSError

# How long a read or a write in a thread may block: the reading thread looks at its stop flag this often.
BLOCKING_S = 0.1
READ_BYTES = 1 << 16
# Commands are some bytes long; what would be more than this is said to a device that does not listen.
WAITING_WORDS_BYTES = 1 << 12

TakeBytes = Callable[[bytes, int], None]  # the bytes, and when they were read (monotonic ns)
TakeLoss = Callable[[str], None]  # why there will be no more


class SerialPort(Protocol):
    """What a reader needs of an open port, as pyserial names it; reads and writes block for `BLOCKING_S` at most."""

    @property
    def name(self) -> str | None:
        """What was opened."""
        ...

    @property
    def is_open(self) -> bool:
        """Whether `close` was not called."""
        ...

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read at once."""
        ...

    def fileno(self) -> int:
        """Return the descriptor, not blocking, from which the device's bytes are read. `OSError`: it has none."""
        ...

    def read(self, size: int = 1, /) -> bytes:
        """Wait for bytes."""
        ...

    def write(self, data: bytes, /) -> int | None:
        """Send bytes."""
        ...

    def close(self) -> None:
        """Free the port."""
        ...


@dataclass(frozen=True, slots=True)
class OpenPort:
    """An open port. `latency_hint` is empty where nothing holds bytes back that can be told not to."""

    serial: SerialPort
    latency_hint: str


def open_port(port: str, baud: int) -> OpenPort:
    """Open the port for this process alone, 8-N-1, raw, reads and writes bounded by `BLOCKING_S`.

    `port`: a name, `usb:` and a serial number or VID:PID, `socket://host:port`, or `rfc2217://host:port`. The lock is
    advisory: a program that does not ask for one can still open the port. Opening raises DTR, which makes
    many boards start again. May take seconds (Bluetooth, network): not for the event loop's thread.
    Raises `PortMissingError`, `PortForbiddenError`, `PortBusyError`, `SourceNotFoundError`, or `SettingsError` (baud).
    """
    if is_network(port):
        return OpenPort(open_network(port, baud, BLOCKING_S), "")
    opened = open_serial(port, baud)
    return OpenPort(opened, try_low_latency(str(opened.name), opened))


def open_serial(port: str, baud: int) -> serial.Serial:
    """Open a port of this machine, as `open_port` does, and leave its latency as it is."""
    if port.startswith(USB):
        port = find_usb_port(port, usb_ports())
    try:
        return serial.Serial(port, baud, timeout=BLOCKING_S, write_timeout=BLOCKING_S, exclusive=True)
    except PORT_ERRORS as error:
        raise _port_error(port, error) from error
    except ValueError as error:
        raise SettingsError(f"port {port} cannot do {baud} baud ({error}); give a rate that the device uses") from error


def close_port(port: SerialPort) -> None:
    """Close the port without waiting for bytes that it still has to send, also when its device is gone.

    Only where there are such bytes: on a pseudo-terminal those that the other end has not read yet would go as well.
    """
    try:
        if isinstance(port, serial.Serial) and port.is_open and unsent_bytes(port):
            port.reset_output_buffer()
    except PORT_ERRORS:
        pass  # the device is gone, and its buffer with it
    finally:
        port.close()


def unsent_bytes(port: SerialPort) -> int:
    """Return how many bytes wait in this machine to be sent; 0 where that cannot be known, or the device is gone."""
    try:
        return int(getattr(port, "out_waiting", 0))
    except PORT_ERRORS:
        return 0
    except TypeError:  # closed in another thread meanwhile
        return 0


def port_names() -> tuple[str, ...]:
    """Return the serial ports that this machine has now, sorted, with what is known of their devices."""
    return tuple(sorted(words_for(port) for port in usb_ports()))


def _port_error(port: str, error: Exception) -> SourceNotFoundError:
    # Windows gives no errno, only the name of the original error in the text, and calls a busy port forbidden.
    text, number = str(error), getattr(error, "errno", None)
    if number in (errno.ENOENT, errno.ENXIO, errno.ENODEV) or "FileNotFoundError" in text:
        found = ", ".join(port_names()) or "none"
        return PortMissingError(f"there is no port {port}; ports found: {found}; is the device plugged in and powered?")
    if number in (errno.EACCES, errno.EPERM):
        return PortForbiddenError(
            f"this user may not open {port}; on Linux join its group (`sudo usermod -aG dialout $USER`), log in again"
        )
    if number in (errno.EBUSY, errno.EAGAIN) or "PermissionError" in text:
        return PortBusyError(
            f"port {port} is in use by another program; close that one (a serial monitor, ModemManager)"
        )
    return SourceNotFoundError(f"{port} cannot be used as a serial port: {text}")
