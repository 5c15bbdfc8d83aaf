"""Where the packets of a Cyton begin and end in a stream of bytes that has no check sum."""

import numpy as np

from drivers.protocols.cyton_packet import (
    FIRST_FOOTER,
    FOOTER_AT,
    HEADER,
    LAST_FOOTER,
    NUMBER_AT,
    NUMBERS,
    PACKET_BYTES,
    Bytes,
)
from drivers.source import SourceHealth

_HEADER = bytes([HEADER])
_PAIR_BYTES = 2 * PACKET_BYTES


class CytonFramer:
    """Turns bytes, cut anywhere, into runs of packets; never raises for any bytes and keeps at most 65 of them.

    In lock, a packet is taken as soon as it is whole when it begins where the last one ended, header and footer are
    right, and its number follows. Everything else needs two whole packets in a row, header, footer and
    number of both right: after a loss, after damage, and at the start. So nothing waits while all is well, a packet
    whose number was hurt is not believed, and one between two lost ones counts as lost. One that comes twice is left
    out the second time.

    In random bytes such a pair stands once in 2.2e10 bytes: (1/256 * 7/256)^2 / 256 = 4.5e-11 per byte. Noise right
    behind good packets passes for the next one with 1/256 * 7/256 / 256 = 4.2e-7, once per damage. What was hurt
    between a right header and a right footer cannot be seen.

    Counts into `health`: `bad_frames` (times that the lock was lost), `discarded_bytes`, and in `extra` `old_packets`
    (those that came twice).
    """

    def __init__(self, health: SourceHealth) -> None:
        self._health = health
        self._held = b""
        self._next_number: int | None = None  # None: not in lock
        self._last = b""  # the packet before

    def feed(self, data: bytes) -> list[Bytes]:
        """Take the next bytes and return the runs they complete: [n, 33] packets whose numbers follow each other."""
        held = self._held + data
        place, runs = 0, []
        while True:
            if self._next_number is not None and (run := _run(held, place, self._next_number)) is not None:
                runs.append(run)
                place += run.size
                self._next_number = (int(run[-1, NUMBER_AT]) + 1) % NUMBERS
                self._last = run[-1].tobytes()
            if self._next_number is not None and held.startswith(self._last, place):
                self._health.extra["old_packets"] = self._health.extra.get("old_packets", 0) + 1
                place += PACKET_BYTES
                continue
            if len(held) - place < _PAIR_BYTES:
                break
            begin = _find_pair(held, place)
            if begin != place:
                self._health.bad_frames += self._next_number is not None
                self._health.discarded_bytes += begin - place
                self._next_number = None
            place = begin
            if len(held) - place >= _PAIR_BYTES:
                self._next_number = held[place + NUMBER_AT]
        self._held = held[place:]
        return runs


def _run(held: bytes, place: int, number: int) -> Bytes | None:
    """Return the good packets [n, 33] that stand at `place` and are numbered from `number` on; None if there are none.

    They are a view of `held`.
    """
    count = (len(held) - place) // PACKET_BYTES
    if not count or held[place] != HEADER or held[place + NUMBER_AT] != number:
        return None
    packets = np.frombuffer(held, np.uint8, count * PACKET_BYTES, place).reshape(count, PACKET_BYTES)
    footers = packets[:, FOOTER_AT]
    good = (packets[:, 0] == HEADER) & (footers >= FIRST_FOOTER) & (footers <= LAST_FOOTER)
    good &= packets[:, NUMBER_AT] == np.arange(number, number + count) % NUMBERS
    length = count if good.all() else int(good.argmin())
    return packets[:length] if length else None


def _find_pair(held: bytes, place: int) -> int:
    """Return where, from `place` on, two packets in a row begin; where there are none, the last 65 bytes."""
    end = len(held) - _PAIR_BYTES + 1
    begin = held.find(_HEADER, place, end)
    while begin >= 0:
        if _is_pair(held, begin):
            return begin
        begin = held.find(_HEADER, begin + 1, end)
    return end


def _is_pair(held: bytes, first: int) -> bool:
    second = first + PACKET_BYTES
    return (
        held[second] == HEADER
        and FIRST_FOOTER <= held[first + FOOTER_AT] <= LAST_FOOTER
        and FIRST_FOOTER <= held[second + FOOTER_AT] <= LAST_FOOTER
        and held[second + NUMBER_AT] == (held[first + NUMBER_AT] + 1) % NUMBERS
    )
