import errno
import os
import re
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from drivers import serial_port
from drivers.errors import PortBusyError, PortForbiddenError, PortMissingError, SettingsError, SourceNotFoundError
from drivers.serial_port import close_port, open_port
from drivers.serial_usb import UsbPort


@pytest.fixture
def pty() -> Iterator[tuple[int, str]]:
    master, slave = os.openpty()
    tty.setraw(slave)
    yield master, os.ttyname(slave)
    os.close(master)
    os.close(slave)


def refuse_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(serial, "Serial", refuse)


def test_a_missing_port_names_those_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = [UsbPort("/dev/ttyUSB1"), UsbPort("/dev/ttyACM3", 0x2341, 0x0043, "75830", "Uno")]
    monkeypatch.setattr(serial_port, "usb_ports", lambda: ports)
    found = re.escape("no port /dev/nowhere; ports found: /dev/ttyACM3 (usb:75830, Uno), /dev/ttyUSB1;")
    with pytest.raises(PortMissingError, match=found):
        open_port("/dev/nowhere", 115_200)


def test_a_missing_port_on_windows_is_known_by_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_with(monkeypatch, serial.SerialException("could not open port 'COM9': FileNotFoundError(2, 'x', None, 2)"))
    with pytest.raises(PortMissingError, match="no port COM9"):
        open_port("COM9", 115_200)


def test_a_forbidden_port_says_which_group_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_with(monkeypatch, serial.SerialException(errno.EACCES, "could not open port"))
    with pytest.raises(PortForbiddenError, match="dialout"):
        open_port("/dev/ttyUSB0", 115_200)


@pytest.mark.parametrize(
    "error",
    [
        serial.SerialException(errno.EBUSY, "busy"),
        serial.SerialException("could not open port 'COM3': PermissionError(13, 'Access is denied.', None, 5)"),
    ],
)
def test_a_busy_port_says_so(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    refuse_with(monkeypatch, error)
    with pytest.raises(PortBusyError, match="in use by another program"):
        open_port("COM3", 115_200)


def test_a_port_that_we_have_open_is_busy(pty: tuple[int, str]) -> None:
    first = open_port(pty[1], 115_200)
    with pytest.raises(PortBusyError):
        open_port(pty[1], 115_200)
    close_port(first.serial)
    close_port(open_port(pty[1], 115_200).serial)


def test_a_file_is_no_serial_port(tmp_path: Path) -> None:
    file = tmp_path / "port"
    file.touch()
    with pytest.raises(SourceNotFoundError, match="cannot be used as a serial port"):
        open_port(str(file), 115_200)


def test_a_usb_device_is_looked_up_at_each_opening(pty: tuple[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    ports: list[UsbPort] = []
    monkeypatch.setattr(serial_port, "usb_ports", lambda: ports)
    with pytest.raises(PortMissingError, match="no port has the USB device 'A7'"):
        open_port("usb:A7", 115_200)
    ports.append(UsbPort(pty[1], 0x0403, 0x6015, "A7"))
    opened = open_port("usb:A7", 115_200)
    assert opened.serial.name == pty[1]
    close_port(opened.serial)


def test_an_impossible_rate_is_a_wrong_setting(pty: tuple[int, str]) -> None:
    with pytest.raises(SettingsError, match="baud"):
        open_port(pty[1], -5)


def test_a_pseudo_terminal_holds_nothing_back(pty: tuple[int, str]) -> None:
    opened = open_port(pty[1], 921_600)
    assert opened.latency_hint == ""
    close_port(opened.serial)


def test_closing_leaves_what_the_other_end_has_not_read_yet(pty: tuple[int, str]) -> None:
    opened = open_port(pty[1], 115_200)
    opened.serial.write(b"last words")
    close_port(opened.serial)
    assert os.read(pty[0], 100) == b"last words"


def test_a_port_whose_device_is_gone_can_be_closed_twice() -> None:
    master, slave = os.openpty()
    opened = open_port(os.ttyname(slave), 115_200)
    os.close(master)
    os.close(slave)
    close_port(opened.serial)
    close_port(opened.serial)
    assert not opened.serial.is_open
