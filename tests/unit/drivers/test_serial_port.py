import errno
import os
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from drivers import serial_port
from drivers.errors import SettingsError, SourceNotFoundError
from drivers.serial_port import PortBusyError, PortForbiddenError, PortMissingError, close_port, open_port


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
    monkeypatch.setattr(serial_port, "port_names", lambda: ("/dev/ttyACM3", "/dev/ttyUSB1"))
    with pytest.raises(PortMissingError, match="no port /dev/nowhere; ports found: /dev/ttyACM3, /dev/ttyUSB1;"):
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


def test_an_impossible_rate_is_a_wrong_setting(pty: tuple[int, str]) -> None:
    with pytest.raises(SettingsError, match="baud"):
        open_port(pty[1], -5)


def test_a_port_without_low_latency_gives_a_hint_and_opens(pty: tuple[int, str]) -> None:
    opened = open_port(pty[1], 921_600)
    assert "low-latency mode was refused" in opened.latency_hint
    close_port(opened.serial)


@pytest.mark.parametrize("refused", [None, ValueError("no ioctl"), NotImplementedError("macOS")])
def test_low_latency_is_asked_for(
    pty: tuple[int, str], monkeypatch: pytest.MonkeyPatch, refused: Exception | None
) -> None:
    asked: list[bool] = []

    def set_mode(_: serial.Serial, on: bool) -> None:
        asked.append(on)
        if refused is not None:
            raise refused

    monkeypatch.setattr(serial.Serial, "set_low_latency_mode", set_mode)
    opened = open_port(pty[1], 115_200)
    close_port(opened.serial)
    assert asked == [True]
    assert (opened.latency_hint == "") == (refused is None)


def test_a_port_whose_device_is_gone_can_be_closed_twice() -> None:
    master, slave = os.openpty()
    opened = open_port(os.ttyname(slave), 115_200)
    os.close(master)
    os.close(slave)
    close_port(opened.serial)
    close_port(opened.serial)
    assert not opened.serial.is_open
