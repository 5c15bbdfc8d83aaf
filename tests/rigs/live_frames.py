"""Reads the records of clinic/live/frames.py as its docstring says, apart from the code that writes them."""

import json
import struct
from dataclasses import dataclass
from typing import Any

SIGNAL, STATE, COMMAND, EMG = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Record:
    what: int
    numbers: tuple[float, ...]
    arrays: tuple[tuple[float, ...], ...]
    text: Any


def records(frame: bytes) -> list[Record]:
    """Return the records of one binary frame."""
    found = []
    at = 0
    while at < len(frame):
        assert at % 8 == 0
        what, version, count, array_count, length, text_length = struct.unpack_from("<BBBBII", frame, at)
        assert version == 1
        assert length % 8 == 0
        lengths = struct.unpack_from(f"<{array_count}I", frame, at + 12)
        place = at + _up(12 + 4 * array_count)
        numbers = struct.unpack_from(f"<{count}d", frame, place)
        place += 8 * count
        arrays = []
        for values in lengths:
            arrays.append(struct.unpack_from(f"<{values}f", frame, place))
            place += _up(4 * values)
        text = frame[place : place + text_length]
        assert place + _up(text_length) == at + length
        found.append(Record(what, numbers, tuple(arrays), json.loads(text)))
        at += length
    assert at == len(frame)
    return found


def _up(size: int) -> int:
    return -(-size // 8) * 8
