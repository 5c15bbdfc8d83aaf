"""Opening a serial port, with errors that say what to do and the lowest latency that the port allows."""

import errno
from dataclasses import dataclass

import serial
from serial.tools import list_ports

from drivers.errors import SettingsError, SourceNotFoundError

try:
    import termios
except ImportError:  # Windows
    PORT_ERRORS: tuple[type[Exception], ...] = (serial.SerialException,)
else:
    PORT_ERRORS = (serial.SerialException, termios.error)  # pyserial lets the latter through; it is no OSError

# How long a read or a write in a thread may block: the reading thread looks at its stop flag this often.
BLOCKING_S = 0.1


class PortMissingError(SourceNotFoundError):
    """There is no such port."""


class PortForbiddenError(SourceNotFoundError):
    """The port is there, and this user may not open it."""


class PortBusyError(SourceNotFoundError):
    """Another program has the port."""


@dataclass(frozen=True, slots=True)
class OpenPort:
    """An open port. `latency_hint` is empty where low latency was set, else it says why not and what may help."""

    serial: serial.Serial
    latency_hint: str


def port_names() -> tuple[str, ...]:
    """Return the serial ports that this machine has now, sorted."""
    return tuple(sorted(port.device for port in list_ports.comports()))


def open_port(port: str, baud: int) -> OpenPort:
    """Open the port for this process alone, 8-N-1, raw, reads and writes bounded by `BLOCKING_S`.

    The lock is advisory: a program that does not ask for one can still open the port. Opening raises DTR, which makes
    many boards start again. May take seconds (Bluetooth): not for the event loop's thread.
    Raises `PortMissingError`, `PortForbiddenError`, `PortBusyError`, `SourceNotFoundError`, or `SettingsError` (baud).
    """
    try:
        opened = serial.Serial(port, baud, timeout=BLOCKING_S, write_timeout=BLOCKING_S, exclusive=True)
    except PORT_ERRORS as error:
        raise _port_error(port, error) from error
    except ValueError as error:
        raise SettingsError(f"port {port} cannot do {baud} baud ({error}); give a rate that the device uses") from error
    return OpenPort(opened, _try_low_latency(opened))


def close_port(opened: serial.Serial) -> None:
    """Close the port without waiting for bytes that it still has to send, also when its device is gone."""
    try:
        opened.reset_output_buffer()
    except PORT_ERRORS:
        pass  # the device is gone, and its buffer with it
    finally:
        opened.close()


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


def _try_low_latency(opened: serial.Serial) -> str:
    """Ask the driver to hand on bytes at once; return why not, if not."""
    advice = "if the adapter is an FTDI, set its latency timer to 1 ms by hand"
    set_mode = getattr(opened, "set_low_latency_mode", None)  # Windows has none
    if set_mode is None:
        return f"this system has no low-latency mode; {advice}"
    try:
        set_mode(True)
    except (ValueError, NotImplementedError) as error:  # a pty or a Bluetooth port; macOS
        return f"low-latency mode was refused ({error}); {advice}"
    return ""
