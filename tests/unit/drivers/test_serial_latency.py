import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from drivers.serial_latency import latency_timer, shorten, try_low_latency


@pytest.fixture
def sysfs(tmp_path: Path) -> Path:
    """An FTDI adapter as ttyUSB3, and one of another make, without a timer, as ttyUSB4."""
    devices = tmp_path / "bus/usb-serial/devices"
    (devices / "ttyUSB3").mkdir(parents=True)
    (devices / "ttyUSB4").mkdir()
    (devices / "ttyUSB3/latency_timer").write_text("16\n")
    return tmp_path


@pytest.fixture
def terminal() -> Iterator[serial.Serial]:
    """An open port whose driver refuses low latency."""
    master, slave = os.openpty()
    with serial.Serial(os.ttyname(slave)) as opened:
        yield opened
    os.close(master)
    os.close(slave)


def test_the_timer_of_an_ftdi_adapter_is_set_to_a_millisecond(sysfs: Path, terminal: serial.Serial) -> None:
    assert try_low_latency("/dev/ttyUSB3", terminal, sysfs) == ""
    assert (sysfs / "bus/usb-serial/devices/ttyUSB3/latency_timer").read_text() == "1\n"


def test_a_timer_that_cannot_be_set_is_told_with_its_value_and_the_command(sysfs: Path) -> None:
    timer = latency_timer("/dev/ttyUSB3", sysfs)
    assert timer is not None

    class Fixed(type(timer)):  # type: ignore[misc]
        """As for a user who is not root; the tests may run as root, who is refused nothing."""

        def write_text(self, *_: object, **__: object) -> int:
            raise PermissionError

    hint = shorten(Fixed(timer))
    assert hint.startswith("the adapter gathers bytes for up to 16 ms")
    assert hint.endswith(f"echo 1 | sudo tee {timer}")
    assert timer.read_text() == "16\n"


def test_a_timer_that_takes_the_value_and_keeps_its_own_is_told(sysfs: Path) -> None:
    timer = latency_timer("/dev/ttyUSB3", sysfs)
    assert timer is not None

    class Deaf(type(timer)):  # type: ignore[misc]
        def write_text(self, *_: object, **__: object) -> int:
            return 2

    assert "16 ms" in shorten(Deaf(timer))


@pytest.mark.parametrize("content", ["1\n", "0\n", "", "soon\n", "ÿ"])
def test_a_short_timer_and_one_that_says_nothing_are_left_alone(sysfs: Path, content: str) -> None:
    timer = sysfs / "bus/usb-serial/devices/ttyUSB3/latency_timer"
    timer.write_text(content, encoding="latin-1")
    assert shorten(timer) == ""
    assert timer.read_text(encoding="latin-1") == content


def test_a_link_leads_to_the_timer_of_its_port(sysfs: Path, tmp_path: Path) -> None:
    port, link = tmp_path / "ttyUSB3", tmp_path / "usb-FTDI-if00"
    port.touch()
    link.symlink_to(port)
    assert latency_timer(str(link), sysfs) == sysfs / "bus/usb-serial/devices/ttyUSB3/latency_timer"


@pytest.mark.parametrize("port", ["/dev/ttyUSB4", "/dev/ttyACM0", "/dev/pts/3"])
def test_a_port_without_a_timer_needs_no_hint(sysfs: Path, terminal: serial.Serial, port: str) -> None:
    assert try_low_latency(port, terminal, sysfs) == ""


def test_where_there_is_no_sysfs_the_hint_is_for_whom_it_concerns(tmp_path: Path, terminal: serial.Serial) -> None:
    hint = try_low_latency("/dev/cu.usbserial", terminal, tmp_path / "none")
    assert "low-latency mode was refused" in hint
    assert "if the adapter is an FTDI" in hint


@pytest.mark.parametrize("refused", [None, ValueError("no ioctl"), NotImplementedError("macOS")])
def test_low_latency_is_asked_for(
    terminal: serial.Serial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Exception | None
) -> None:
    asked: list[bool] = []

    def set_mode(_: serial.Serial, on: bool) -> None:
        asked.append(on)
        if refused is not None:
            raise refused

    monkeypatch.setattr(serial.Serial, "set_low_latency_mode", set_mode)
    hint = try_low_latency("/dev/cu.usbserial", terminal, tmp_path / "none")
    assert asked == [True]
    assert (hint == "") == (refused is None)
