"""A protocol of five bytes, right, and wrong in each way that the conformance suite is to find."""

from collections.abc import Sequence

import numpy as np

from drivers.protocols.protocol import Described, Event, SampleBlock, StreamRestarted, Ticks
from drivers.source import SourceHealth, StreamInfo, Unit

SIZE = 5  # start, number, two values of 7 bits, and the sum of number and values
START = 0x80


def encode(number: int, values: Sequence[int]) -> bytes:
    body = bytes([number % 128, *values])
    return bytes([START, *body, sum(body) % 128])


class SmallDevice:
    """One sample of two channels in each frame."""

    samples_per_frame = 1

    def __init__(self) -> None:
        self._number = 0

    def answer(self, words: bytes, elapsed_s: float) -> bytes:  # noqa: ARG002 - it is quick
        return self.frame() if words == b"go\n" or self._number else b""

    def frame(self) -> bytes:
        self._number += 1
        return encode(self._number, [self._number * 3 % 101, self._number * 7 % 101])


class SmallProtocol:
    """Right in everything."""

    def __init__(self, health: SourceHealth) -> None:
        self.health = health
        self.held = b""
        self.described = False
        self.next_index = -1

    def feed(self, data: bytes) -> Sequence[Event]:
        self.held += data
        events: list[Event] = []
        while len(self.held) >= SIZE:
            frame = self.held[:SIZE]
            if frame[0] == START and max(frame[1:]) < 128 and sum(frame[1:4]) % 128 == frame[4]:
                self.held = self.held[SIZE:]
                self.take(frame, events)
            else:
                self.skip()
        return events

    def skip(self) -> None:
        self.health.discarded_bytes += 1
        self.held = self.held[1:]

    def take(self, frame: bytes, events: list[Event]) -> None:
        if not self.described:
            self.described = True
            events.append(Described(StreamInfo("small", 2, 100.0, Unit.ARBITRARY), Ticks(1e7, 0.01, 0, 128)))
            self.next_index = frame[1]
        lost = (frame[1] - self.next_index) % 128
        self.health.lost_samples += lost
        self.next_index += lost + 1
        events.append(self.block(frame, lost))

    def block(self, frame: bytes, lost: int) -> SampleBlock:
        return SampleBlock(np.array([list(frame[2:4])], dtype=np.float64), self.next_index - 1, lost, self.next_index)

    def say(self, elapsed_s: float) -> bytes:
        return b"go\n" if elapsed_s == 0 else b""

    def farewell(self) -> bytes:
        return b""

    def why_not_described(self) -> str:
        return ""


class Mute(SmallProtocol):
    def say(self, elapsed_s: float) -> bytes:  # noqa: ARG002 - what the seam gives
        return b""


class Chatterbox(SmallProtocol):
    """Describes its stream with each frame."""

    def take(self, frame: bytes, events: list[Event]) -> None:
        self.described = False
        super().take(frame, events)


class Hoarder(SmallProtocol):
    """Keeps whatever it could not use."""

    def __init__(self, health: SourceHealth) -> None:
        super().__init__(health)
        self.hoard: list[bytes] = []

    def skip(self) -> None:
        self.hoard.append(self.held[:1] * 8)
        super().skip()


class WholeFramesOnly(SmallProtocol):
    """Believes that each read brings whole frames."""

    def feed(self, data: bytes) -> Sequence[Event]:
        self.held = b""
        return super().feed(data)


class NeverBackInLock(SmallProtocol):
    """Skips a whole frame where it should skip a byte."""

    def skip(self) -> None:
        self.held = self.held[SIZE:]


class Believer(SmallProtocol):
    """Reads five bytes from wherever the start byte is, after which it never looks again."""

    def feed(self, data: bytes) -> Sequence[Event]:
        self.held += data
        events: list[Event] = []
        while len(self.held) >= SIZE:
            frame, self.held = self.held[:SIZE], self.held[SIZE:]
            self.take(frame, events)
        return events


class Raiser(SmallProtocol):
    def skip(self) -> None:
        raise ValueError("what is this?")


class LosesInSilence(SmallProtocol):
    """Closes the ranks over what is missing."""

    def take(self, frame: bytes, events: list[Event]) -> None:
        if self.described:
            self.next_index += (frame[1] - self.next_index) % 128
        super().take(frame, events)


class CountsNothing(SmallProtocol):
    """Tells of the gap in the block, and not in its health."""

    def take(self, frame: bytes, events: list[Event]) -> None:
        super().take(frame, events)
        self.health.lost_samples = 0


class StartsAnewAtEveryGap(SmallProtocol):
    def take(self, frame: bytes, events: list[Event]) -> None:
        if self.described and (frame[1] - self.next_index) % 128:
            self.described = False
            events.append(StreamRestarted("a gap"))
        super().take(frame, events)


class Rounder(SmallProtocol):
    """Delivers something that is no float64."""

    def block(self, frame: bytes, lost: int) -> SampleBlock:
        whole = np.array([list(frame[2:4])], dtype=np.float32)
        return SampleBlock(whole, self.next_index - 1, lost, self.next_index)  # type: ignore[arg-type]


class Timeless(SmallProtocol):
    def block(self, frame: bytes, lost: int) -> SampleBlock:
        return SampleBlock(np.array([list(frame[2:4])], dtype=np.float64), self.next_index - 1, lost, 7)
