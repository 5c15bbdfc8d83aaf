"""Low latency: adapters that gather bytes for milliseconds are told not to, or the user is told how to tell them."""

import contextlib
from pathlib import Path

import serial

SYSFS = Path("/sys")
# FTDI adapters begin with 16 ms (application note AN232B-04); the kernel's driver takes 1 to 255.
LOWEST_MS = 1


def try_low_latency(port: str, opened: serial.Serial, sysfs: Path = SYSFS) -> str:
    """Ask the port's driver to hand on bytes at once; return what still holds them back and what helps, else nothing.

    Linux shows an adapter's timer in sysfs: what stands there counts. Ports without one (USB CDC, UARTs, pseudo-
    terminals) hold nothing back that could be set. Where there is no sysfs the hint is for whom it concerns.
    """
    refused = _ask_driver(opened)
    if not sysfs.is_dir():
        return f"{refused}; if the adapter is an FTDI, set its latency timer to 1 ms by hand" if refused else ""
    timer = latency_timer(port, sysfs)
    return "" if timer is None else shorten(timer)


def latency_timer(port: str, sysfs: Path = SYSFS) -> Path | None:
    """Return the file with the latency timer of the port's adapter in ms; None where it has none. Follows links."""
    timer = sysfs / "bus/usb-serial/devices" / Path(port).resolve().name / "latency_timer"
    return timer if timer.is_file() else None


def shorten(timer: Path) -> str:
    """Set the timer to 1 ms where this user may; return what holds bytes back and what helps, nothing if it is short.

    For a timer that cannot be read, or says no number, there is nothing to say.
    """
    before_ms = _read_ms(timer)
    if before_ms is None or before_ms <= LOWEST_MS:
        return ""
    with contextlib.suppress(OSError):  # only root may, unless a rule of udev says otherwise
        timer.write_text(f"{LOWEST_MS}\n", encoding="ascii")
    after_ms = _read_ms(timer)
    if after_ms is None or after_ms <= LOWEST_MS:
        return ""
    return (
        f"the adapter gathers bytes for up to {after_ms} ms; until it is plugged in again this helps: "
        f"echo {LOWEST_MS} | sudo tee {timer}"
    )


def _read_ms(timer: Path) -> int | None:
    try:
        return int(timer.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _ask_driver(opened: serial.Serial) -> str:
    set_mode = getattr(opened, "set_low_latency_mode", None)  # Windows has none
    if set_mode is None:
        return "this system has no low-latency mode"
    try:
        set_mode(True)
    except (ValueError, NotImplementedError) as error:  # a pty or a Bluetooth port; macOS
        return f"low-latency mode was refused ({error})"
    return ""
