"""Finding the port of a USB device by what is written in the device: a name that survives replugging."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from serial.tools import list_ports

from drivers.errors import PortMissingError, SettingsError, SourceNotFoundError

USB = "usb:"
_IDS = re.compile(r"([0-9a-f]{4}):([0-9a-f]{4})(?::(.+))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UsbPort:
    """A port that this machine has now. `vid`, `pid` and `serial_number` are its device's, None where it has none."""

    device: str
    vid: int | None = None
    pid: int | None = None
    serial_number: str | None = None
    product: str = ""


def usb_ports() -> list[UsbPort]:
    """Return the serial ports that this machine has now, those without USB as well."""
    return [
        UsbPort(port.device, port.vid, port.pid, port.serial_number, port.product or "")
        for port in list_ports.comports()
    ]


def find_usb_port(address: str, ports: Sequence[UsbPort]) -> str:
    """Return the name that the device at `usb:SERIAL`, `usb:VID:PID` or `usb:VID:PID:SERIAL` has now.

    Letters of either case. Raises `PortMissingError` where it is not there, `SourceNotFoundError` where several are,
    `SettingsError` for an address that names nothing.
    """
    wanted = address.removeprefix(USB)
    if not wanted:
        raise SettingsError(f"'{USB}' needs a serial number or VID:PID behind it; {_found(ports)}")
    # First as it stands: the serial numbers of some boards are MAC addresses, with colons.
    fitting = [port for port in ports if (port.serial_number or "").casefold() == wanted.casefold()]
    if not fitting and (ids := _IDS.fullmatch(wanted)):
        fitting = [port for port in ports if _fits(port, int(ids[1], 16), int(ids[2], 16), ids[3])]
    if not fitting:
        raise PortMissingError(f"no port has the USB device '{wanted}'; {_found(ports)}; is it plugged in and powered?")
    if len(fitting) > 1:
        raise SourceNotFoundError(
            f"{len(fitting)} ports have the USB device '{wanted}': {_names(fitting)}; "
            "give its serial number, or the name of one port (on Linux a link in /dev/serial/by-id or by-path)"
        )
    return fitting[0].device


def words_for(port: UsbPort) -> str:
    """Return the port's name, and how to find its device again under another name."""
    if port.vid is None or port.pid is None:
        return port.device
    address = f"{USB}{port.serial_number}" if port.serial_number else f"{USB}{port.vid:04x}:{port.pid:04x}"
    return f"{port.device} ({address}{', ' + port.product if port.product else ''})"


def _fits(port: UsbPort, vid: int, pid: int, serial_number: str | None) -> bool:
    if (port.vid, port.pid) != (vid, pid):
        return False
    return serial_number is None or (port.serial_number or "").casefold() == serial_number.casefold()


def _found(ports: Iterable[UsbPort]) -> str:
    return f"ports found: {_names(ports) or 'none'}"


def _names(ports: Iterable[UsbPort]) -> str:
    return ", ".join(sorted(words_for(port) for port in ports))
