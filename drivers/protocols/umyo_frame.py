"""One frame of a uMyo sensor as its USB base passes it on: found in the bytes, and made.

The base adds three bytes before what the sensor sends by radio. Layout: uMyo firmware, `prepare_data_packet` in
`main.c` (Ultimate Robotics), and uMyo_python_tools `umyo_parser.py` (MIT).
"""

import struct
from dataclasses import dataclass

from drivers.source import SourceHealth

SYNC = b"\x4f\xd5"
# mark, signal strength; number of the radio packet, length from there on, sensor, kind, parameter and its three
# bytes, number of the block of samples
HEAD = struct.Struct(">2sBBBIBB3sB")
_BASE_BYTES = 3
# The kind says how many samples: 80 and their number.
_KIND, MOST_SAMPLES = 80, 39
_SPECTRUM_TO_ANGLES = 2 * (4 + 4 + 3 + 3)  # words: spectrum, quaternion, acceleration, angles
_MAGNETIC_FIELD = 2 * 3  # not from every version
_BATTERY, _VERSION = 0, 101


@dataclass(frozen=True, slots=True)
class UmyoFrame:
    """A block of samples (int16, high byte first) of one sensor, and the number of the block, 0..255."""

    sensor: int
    block: int
    samples: bytes


class UmyoReader:
    """Finds frames in bytes, cut anywhere; keeps less than one frame, never raises.

    There is no check sum. A frame begins with its mark, and its kind and length agree: random bytes look so once in
    5 x 10^7. `known` are the sensors that are listened to: the head of one inside a frame says that this was cut off.
    """

    def __init__(self, health: SourceHealth) -> None:
        self.known: frozenset[int] = frozenset()
        self._health = health
        self._held = b""
        self._in_lock = True

    def feed(self, data: bytes) -> list[UmyoFrame]:
        """Take the next bytes and return the frames that they complete."""
        frames: list[UmyoFrame] = []
        held, at = self._held + data, 0
        while True:
            begin = held.find(SYNC, at)
            if begin < 0:  # the last byte may be the first of a mark
                begin = max(at, len(held) - held.endswith(SYNC[:1]))
            self._skip(begin - at)
            at = begin
            if len(held) - at < HEAD.size:
                break
            _, _, _, length, sensor, kind, _, _, block = HEAD.unpack_from(held, at)
            if not _agree(kind, length):
                self._skip(1)
                at += 1
                continue
            end = at + _BASE_BYTES + length
            if end > len(held):
                break
            if inner := self._cut_off_at(held, at, end):
                self._skip(inner - at)
                at = inner
                continue
            samples_at = at + HEAD.size
            frames.append(UmyoFrame(sensor, block, held[samples_at : samples_at + 2 * (kind - _KIND)]))
            self._in_lock = True
            at = end
        self._held = held[at:]
        return frames

    def _cut_off_at(self, held: bytes, begin: int, end: int) -> int:
        """Return where the head of a known sensor's frame begins inside this one; 0 where none does."""
        at = held.find(SYNC, begin + 1, end)
        while at >= 0 and at + HEAD.size <= end:
            _, _, _, length, sensor, kind, _, _, _ = HEAD.unpack_from(held, at)
            if sensor in self.known and _agree(kind, length):
                return at
            at = held.find(SYNC, at + 1, end)
        return 0

    def _skip(self, count: int) -> None:
        if count:
            self._health.discarded_bytes += count
            self._health.bad_frames += self._in_lock
            self._in_lock = False


def encode_frame(frame: UmyoFrame, packet: int, battery_mv: int = 3900, signal: int = 60) -> bytes:
    """Return the frame as the base passes it on; what is no EMG is zero, battery and version apart."""
    rest = bytes(_SPECTRUM_TO_ANGLES + _MAGNETIC_FIELD)
    length = HEAD.size - _BASE_BYTES + len(frame.samples) + len(rest)
    parameter = bytes(((battery_mv - 2000) // 10, _VERSION, 0))
    kind = _KIND + len(frame.samples) // 2
    head = HEAD.pack(SYNC, signal, packet, length, frame.sensor, kind, _BATTERY, parameter, frame.block)
    return head + frame.samples + rest


def _agree(kind: int, length: int) -> bool:
    samples = kind - _KIND
    rest = length - (HEAD.size - _BASE_BYTES) - 2 * samples - _SPECTRUM_TO_ANGLES
    return 0 < samples <= MOST_SAMPLES and rest in (0, _MAGNETIC_FIELD)
