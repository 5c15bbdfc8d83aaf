"""The fuzz harness finds parsers that keep too much, stay lost, raise, or believe anything."""

from collections.abc import Sequence

import numpy as np
import pytest

from drivers.protocols.protocol import Event, SampleBlock, WireProtocol
from drivers.source import SourceHealth
from tests.unit.drivers.protocols import fuzz
from tests.unit.drivers.protocols.fuzz import FuzzedFraming

FRAME_BYTES = 4


class FixedFrames:
    """Frames of four bytes, the first of them 0xA5. What goes wrong is up to those who inherit."""

    def __init__(self) -> None:
        self.health = SourceHealth()
        self.held = bytearray()
        self.kept: list[bytes] = []

    def feed(self, data: bytes) -> Sequence[Event]:
        self.held += data
        rows: list[list[int]] = []
        while len(self.held) >= FRAME_BYTES:
            if self.held[0] == 0xA5:
                rows.append(list(self.held[1:FRAME_BYTES]))
                del self.held[:FRAME_BYTES]
            else:
                self.lost()
        return [SampleBlock(np.array(rows, dtype=np.float64), 0, 0, 0)] if rows else []

    def lost(self) -> None:
        del self.held[: max(self.held.find(0xA5), 0) or len(self.held)]

    def say(self, elapsed_s: float) -> bytes:  # noqa: ARG002 - the seam says so
        return b""

    def farewell(self) -> bytes:
        return b""

    def why_not_described(self) -> str:
        return ""


class Keeping(FixedFrames):
    def feed(self, data: bytes) -> Sequence[Event]:
        self.kept.append(data)
        return super().feed(data)


class Raising(FixedFrames):
    def lost(self) -> None:
        raise ValueError("not my bytes")


class NeverLockingAgain(FixedFrames):
    def lost(self) -> None:
        del self.held[:FRAME_BYTES]


def framing(make: type[FixedFrames]) -> FuzzedFraming:
    def frames(count: int, generator: np.random.Generator) -> Sequence[bytes]:
        # no 0xA5 in the samples: the parser above would lock to it, which is its own fault
        return [b"\xa5" + bytes(generator.integers(0, 0xA5, 3, dtype=np.uint8)) for _ in range(count)]

    def talk(parser: WireProtocol) -> None:
        pass

    return FuzzedFraming(make, talk, frames, false_frames_per_byte=1 / 256)


def test_a_parser_that_keeps_what_it_hears_is_found() -> None:
    with pytest.raises(AssertionError, match="keeps"):
        fuzz.feed_random_bytes(framing(Keeping), described=True)


def test_a_parser_that_raises_is_found() -> None:
    with pytest.raises(ValueError, match="not my bytes"):
        fuzz.feed_shreds(framing(Raising))


def test_a_parser_that_stays_lost_is_found() -> None:
    fuzz.assert_locks_again(framing(FixedFrames), "half frame")
    with pytest.raises(AssertionError):
        fuzz.assert_locks_again(framing(NeverLockingAgain), "half frame")


def test_false_frames_are_counted() -> None:
    counted = fuzz.frames_in(FixedFrames().feed(b"\xa5abc\xa5def" + b"xyz" * 4), framing(FixedFrames))
    assert counted == 2
