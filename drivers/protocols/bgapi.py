"""BGAPI, what a Bluegiga Bluetooth LE dongle speaks over its serial port: packets in, packets out.

A packet is a head of four bytes (kind, length of the payload, class, command) and its payload; integers are
little-endian. There is no check sum, and no mark between packets. Source: Bluegiga Bluetooth Smart Software API
reference, as bglib (MIT) has it.
"""

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from drivers.source import SourceHealth

HEAD_BYTES = 4
# A command and its answer begin alike.
_TALK, _EVENT = 0x00, 0x80
_HOST, _DONGLE = "host", "dongle"
# An attribute of Bluetooth LE holds 20 bytes at a time, an advertisement 31: no message here is longer.
_MAX_PAYLOAD = 64


class Word(Enum):
    """What is said: by whom, kind, class, command, the payload's fixed part, and whether counted bytes follow."""

    CONNECTIONS = (_HOST, _TALK, 0, 6, "", False)
    DISCONNECT = (_HOST, _TALK, 3, 0, "B", False)  # connection
    READ = (_HOST, _TALK, 4, 4, "BH", False)  # connection, attribute
    WRITE = (_HOST, _TALK, 4, 5, "BH", True)  # connection, attribute
    DISCOVER = (_HOST, _TALK, 6, 2, "B", False)  # mode
    CONNECT = (
        _HOST,
        _TALK,
        6,
        3,
        "6sBHHHH",
        False,
    )  # address, its type, shortest and longest interval, time-out, latency
    END = (_HOST, _TALK, 6, 4, "", False)  # of scanning or connecting
    HAS_CONNECTIONS = (_DONGLE, _TALK, 0, 6, "B", False)  # how many there can be
    DISCONNECTS = (_DONGLE, _TALK, 3, 0, "BH", False)  # connection, result
    READS = (_DONGLE, _TALK, 4, 4, "BH", False)  # connection, result
    WRITES = (_DONGLE, _TALK, 4, 5, "BH", False)  # connection, result
    DISCOVERS = (_DONGLE, _TALK, 6, 2, "H", False)  # result
    CONNECTS = (_DONGLE, _TALK, 6, 3, "HB", False)  # result, connection
    ENDS = (_DONGLE, _TALK, 6, 4, "H", False)  # result
    BOOTED = (_DONGLE, _EVENT, 0, 0, "HHHHHBB", False)
    CONNECTED = (
        _DONGLE,
        _EVENT,
        3,
        0,
        "BB6sBHHHB",
        False,
    )  # connection, flags, address, its type, interval, time-out, ...
    VERSION = (_DONGLE, _EVENT, 3, 1, "BBHH", False)
    FEATURES = (_DONGLE, _EVENT, 3, 2, "B", True)
    DISCONNECTED = (_DONGLE, _EVENT, 3, 4, "BH", False)  # connection, reason
    INDICATED = (_DONGLE, _EVENT, 4, 0, "BH", False)
    PROCEDURE_ENDED = (_DONGLE, _EVENT, 4, 1, "BHH", False)  # connection, result, attribute
    VALUE = (_DONGLE, _EVENT, 4, 5, "BHB", True)  # connection, attribute, how it came
    ADVERTISED = (_DONGLE, _EVENT, 6, 0, "bB6sBB", True)  # signal strength, kind, address, its type, bond

    def __init__(self, side: str, kind: int, group: int, command: int, layout: str, counted: bool) -> None:
        self.side = side
        self.kind, self.group, self.command, self.counted = kind, group, command, counted
        self.fixed = struct.Struct(f"<{layout}B" if counted else f"<{layout}")

    def head(self, payload_bytes: int) -> bytes:
        """Return the four bytes before a payload of that length."""
        return bytes((self.kind, payload_bytes, self.group, self.command))


HOST_WORDS = tuple(word for word in Word if word.side == _HOST)
DONGLE_WORDS = tuple(word for word in Word if word.side == _DONGLE)


@dataclass(frozen=True, slots=True)
class Packet:
    """One message: the values of its fixed part, and the counted bytes where there are any."""

    word: Word
    fields: tuple[Any, ...]
    data: bytes = b""


def encode(word: Word, *fields: int | bytes, data: bytes = b"") -> bytes:
    """Return the packet as bytes. Raises `struct.error` for fields that do not fit the word."""
    payload = word.fixed.pack(*fields, len(data)) + data if word.counted else word.fixed.pack(*fields)
    return word.head(len(payload)) + payload


class PacketReader:
    """Finds the packets of one side in its bytes, cut anywhere; keeps less than one packet, never raises.

    Only what is one of `words`, with the length that it must have, is a packet; anything else is skipped byte by
    byte and counted in `health` (`discarded_bytes`, `bad_frames`). `frequent_head` is how the packets begin that make
    up most of the stream: one that holds it inside was cut off, and the next begins there.
    """

    def __init__(self, words: Iterable[Word], health: SourceHealth) -> None:
        self.frequent_head = b""
        self._words = {(word.kind, word.group, word.command): word for word in words}
        heads = [re.escape(word.head(0)[:1]) + _lengths(word) + re.escape(word.head(0)[2:]) for word in words]
        self._heads = re.compile(b"|".join(heads), re.DOTALL)
        self._health = health
        self._held = b""
        self._in_lock = True

    def feed(self, data: bytes) -> list[Packet]:
        """Take the next bytes and return the packets that they complete."""
        packets: list[Packet] = []
        held, at = self._held + data, 0
        while True:
            found = self._heads.search(held, at)
            begin = found.start() if found else max(at, len(held) - HEAD_BYTES + 1)
            self._skip(begin - at)
            at = begin
            if found is None:
                break
            end = at + HEAD_BYTES + held[at + 1]
            word = self._words[held[at], held[at + 2], held[at + 3]]
            counts_at = at + HEAD_BYTES + word.fixed.size - 1
            if word.counted and counts_at < len(held) and held[counts_at] != end - counts_at - 1:
                self._skip(1)
                at += 1
                continue
            if end > len(held):
                break
            if self.frequent_head and (inner := held.find(self.frequent_head, at + 1, end)) > 0:
                self._skip(inner - at)
                at = inner
                continue
            fields = word.fixed.unpack_from(held, at + HEAD_BYTES)
            data_at = at + HEAD_BYTES + word.fixed.size
            packets.append(Packet(word, fields[:-1] if word.counted else fields, held[data_at:end]))
            self._in_lock = True
            at = end
        self._held = held[at:]
        return packets

    def _skip(self, count: int) -> None:
        if count:
            self._health.discarded_bytes += count
            self._health.bad_frames += self._in_lock
            self._in_lock = False


def _lengths(word: Word) -> bytes:
    """Return the payload lengths that the word can have, as a piece of a regular expression."""
    shortest = re.escape(bytes((word.fixed.size,)))
    return b"[" + shortest + b"-" + re.escape(bytes((_MAX_PAYLOAD,))) + b"]" if word.counted else shortest
