"""One line of text with samples: our own form with a number, a time and a check sum, and whatever sketches print.

Our own form is documented for firmware writers in docs/devices/csv-lines.md.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.errors import SettingsError
from drivers.source import SourceHealth

LONGEST_LINE = 256
TOO_LONG = b"\0"  # stands for a line that was longer; it is no line of any form
MOST_CHANNELS = 24  # with seven digits each, more do not fit into a line
NUMBERS, TIMES = 1 << 16, 1 << 32  # where the number and the time (in microseconds) of a line wrap
COUNT_LIMIT = 1 << 23
_POLYNOMIAL = 0x07

_SEALED = re.compile(rb"([^*]*)\*([0-9A-Fa-f]{2})")
_HEADER = re.compile(rb"EMG1,([ !-)+\-.-~]{0,40}),(\d{1,2}),(\d{1,6}(?:\.\d{1,6})?),(\d{1,6}(?:\.\d{1,9})?)")
_ROW = re.compile(rb"(\d{1,5}),(\d{1,10})((?:,-?\d{1,7})+)")

_NUMBER = rb"[+-]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})(?:[eE][+-]?\d{1,2})?"
_ITEM = rb"(?:[A-Za-z_]\w{0,30}:)?" + _NUMBER
_PLAIN = re.compile(rb"%b(?:[,; \t]+%b)*[,; \t]*" % (_ITEM, _ITEM))
_BETWEEN = re.compile(rb"[,; \t]+")
_AFTER_COLON = re.compile(rb":[ \t]+")


@dataclass(frozen=True, slots=True)
class Header:
    """What a device says of its lines. `uv_per_count` is 0 where a count has no scale."""

    name: str
    channels: int
    rate_hz: float
    uv_per_count: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of our own form."""

    number: int
    time_us: int
    counts: tuple[int, ...]


class LineCutter:
    """Cuts bytes into lines and keeps less than one. Counts what it drops into `health` as `discarded_bytes`."""

    def __init__(self, health: SourceHealth) -> None:
        self._health = health
        self._held = b""
        self._too_long = False  # inside a line that is

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that these bytes complete, without their ends; `TOO_LONG` for one that was."""
        *ended, rest = (self._held + data).split(b"\n")
        lines = []
        for line in ended:
            if self._too_long or len(line) >= LONGEST_LINE:
                self._health.discarded_bytes += len(line)
                lines.append(TOO_LONG)
            elif text := line.strip():
                lines.append(text)
            self._too_long = False
        self._too_long |= len(rest) >= LONGEST_LINE
        if self._too_long:
            self._health.discarded_bytes += len(rest)
            rest = b""
        self._held = rest
        return lines


def check_sum(text: bytes) -> int:
    """Return the CRC-8/SMBUS of the bytes: polynomial 0x07, start 0, nothing reflected; 0xF4 for `123456789`."""
    crc = 0
    for byte in text:
        crc = _CRC_OF_BYTE[crc ^ byte]
    return crc


def read_sealed(line: bytes) -> Header | Row | None:
    """Return what a line of our own form says; None where it is none, or its check sum is wrong."""
    sealed = _SEALED.fullmatch(line)
    if sealed is None or check_sum(sealed[1]) != int(sealed[2], 16):
        return None
    if row := _ROW.fullmatch(sealed[1]):
        number, time_us = int(row[1]), int(row[2])
        counts = tuple(map(int, row[3][1:].split(b",")))
        return Row(number, time_us, counts) if number < NUMBERS and time_us < TIMES else None
    if header := _HEADER.fullmatch(sealed[1]):
        said = Header(header[1].decode("ascii"), int(header[2]), float(header[3]), float(header[4]))
        return said if 1 <= said.channels <= MOST_CHANNELS and said.rate_hz > 0 else None
    return None


def read_plain(line: bytes) -> tuple[list[float], tuple[str, ...]] | None:
    """Return the numbers of a line that a sketch printed, and their labels if all have one; None where it is none.

    Commas, semicolons, blanks and tabs separate; `label:512` is a number with a label, as the Arduino plotter has it.
    """
    line = _AFTER_COLON.sub(b":", line)
    if not _PLAIN.fullmatch(line):
        return None
    items = [item.rpartition(b":") for item in _BETWEEN.split(line) if item]
    if len(items) > MOST_CHANNELS:
        return None
    labels = tuple(label.decode("ascii") for label, colon, _ in items if colon)
    return [float(number) for _, _, number in items], labels if len(labels) == len(items) else ()


def write_header(header: Header) -> bytes:
    """Return the line. Raises `SettingsError` for what it cannot say."""
    scale = f"{header.uv_per_count:.9f}".rstrip("0").rstrip(".")
    text = f"EMG1,{header.name},{header.channels},{header.rate_hz:.6f}".rstrip("0").rstrip(".") + f",{scale}"
    line = _seal(text.encode("ascii", "replace"))
    if read_sealed(line.rstrip()) is None:
        raise SettingsError(
            f"a line says a name without comma or star, 1 to {MOST_CHANNELS} channels, a rate below 1e6 and a scale "
            f"above 1e-9; asked for was {header}"
        )
    return line


def write_row(number: int, time_us: int, counts: NDArray[np.integer[Any]]) -> bytes:
    """Return the line of one sample; `counts` are [channels], within seven digits."""
    values = ",".join(map(str, np.clip(counts, -COUNT_LIMIT, COUNT_LIMIT - 1).tolist()))
    return _seal(f"{number % NUMBERS},{time_us % TIMES},{values}".encode("ascii"))


def _seal(text: bytes) -> bytes:
    return b"%b*%02x\n" % (text, check_sum(text))


def _crc_of_byte(byte: int) -> int:
    for _ in range(8):
        byte = byte << 1 ^ (_POLYNOMIAL if byte & 0x80 else 0)
    return byte & 0xFF


_CRC_OF_BYTE = tuple(_crc_of_byte(byte) for byte in range(256))
