import re

import pytest

from drivers.errors import PortMissingError, SettingsError, SourceNotFoundError
from drivers.serial_usb import UsbPort, find_usb_port, usb_ports, words_for

DONGLE = UsbPort("/dev/ttyUSB0", 0x0403, 0x6015, "DM01MV82", "FT231X USB UART")
TWIN = UsbPort("/dev/ttyUSB1", 0x0403, 0x6015, "DM02AB11", "FT231X USB UART")
BOARD = UsbPort("/dev/ttyACM0", 0x303A, 0x1001, "F4:12:FA:00:11:22", "USB JTAG/serial")
NAMELESS = UsbPort("/dev/ttyUSB2", 0x1A86, 0x7523, None, "CH340")
UART = UsbPort("/dev/ttyS0")
PORTS = [DONGLE, TWIN, BOARD, NAMELESS, UART]


@pytest.mark.parametrize(
    ("address", "device"),
    [
        ("usb:DM01MV82", "/dev/ttyUSB0"),
        ("usb:dm02ab11", "/dev/ttyUSB1"),
        ("usb:F4:12:FA:00:11:22", "/dev/ttyACM0"),
        ("usb:1a86:7523", "/dev/ttyUSB2"),
        ("usb:303A:1001", "/dev/ttyACM0"),
        ("usb:0403:6015:DM02AB11", "/dev/ttyUSB1"),
        ("usb:303a:1001:f4:12:fa:00:11:22", "/dev/ttyACM0"),
    ],
)
def test_a_device_is_found_by_what_is_written_in_it(address: str, device: str) -> None:
    assert find_usb_port(address, PORTS) == device


def test_a_serial_number_that_looks_like_ids_is_a_serial_number() -> None:
    odd = UsbPort("/dev/ttyACM7", 0x1209, 0x0001, "0403:6015")
    assert find_usb_port("usb:0403:6015", [DONGLE, odd]) == "/dev/ttyACM7"


def test_a_device_that_is_away_is_told_with_what_is_there() -> None:
    found = re.escape(
        "no port has the USB device 'X1'; ports found: /dev/ttyS0, /dev/ttyUSB0 (usb:DM01MV82, FT231X USB UART), "
        "/dev/ttyUSB2 (usb:1a86:7523, CH340); is it plugged in"
    )
    with pytest.raises(PortMissingError, match=found):
        find_usb_port("usb:X1", [DONGLE, NAMELESS, UART])
    with pytest.raises(PortMissingError, match="ports found: none"):
        find_usb_port("usb:0403:6015:X1", [])


def test_two_of_a_kind_are_told_by_name() -> None:
    with pytest.raises(SourceNotFoundError, match=r"2 ports have .* /dev/ttyUSB0 .*usb:DM01MV82.* /dev/ttyUSB1 .*give"):
        find_usb_port("usb:0403:6015", PORTS)


def test_no_address_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match=r"needs a serial number or VID:PID behind it; ports found: /dev/ttyS0"):
        find_usb_port("usb:", [UART])


def test_every_address_that_is_shown_finds_its_port() -> None:
    for port in (DONGLE, BOARD, NAMELESS):
        address = words_for(port).split("(")[1].split(",")[0]
        assert find_usb_port(address, PORTS) == port.device


def test_this_machines_ports_can_be_listed() -> None:
    assert all(port.device for port in usb_ports())
