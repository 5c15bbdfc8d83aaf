"""What every parser of the serial source stands: random bytes, damage, and a stated rate of false frames."""

import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.protocols.protocol import Described, DeviceMarker, Event, SampleBlock, StreamRestarted, WireProtocol

RANDOM_BYTES = 10_000_000
# Of the framings with a check sum. Each must show by arithmetic that it is met; no measurement of seconds can.
MOST_FALSE_FRAMES_PER_BYTE = 1e-9
SEALED_FRAMES = 20_000
_WEIGH_EVERY = 100  # pieces


@dataclass(frozen=True)
class FuzzedFraming:
    """What the harness must know of a protocol.

    `make` returns a new parser; `talk` says to it what the device says until it is described (and calls `say` where the
    dialogue wants it). `frames` returns that many frames as one device sends them from then on, with random samples.
    `false_frames_per_byte`: the stated rate, for a described parser that hears random bytes; everything that it
    delivers, markers and restarts included, counts as a frame. `rows_per_frame` may be a fraction.

    A rate too small to measure, as that of a check sum, is proved: `sealed` returns one random frame whose check sum
    and fixed bytes are right, and `sealed_per_byte` is how many such stand in one random byte, by arithmetic from the
    layout. How many of them the parser takes is measured. Other framings leave both out, and their rate itself is
    measured. `check_sum`: whether the framing has one, and must keep `MOST_FALSE_FRAMES_PER_BYTE`.
    `lock_frames`: so many clean frames may be needed after damage.
    """

    make: Callable[[], WireProtocol]
    talk: Callable[[WireProtocol], None]
    frames: Callable[[int, np.random.Generator], Sequence[bytes]]
    false_frames_per_byte: float
    rows_per_frame: float = 1.0
    sealed: Callable[[np.random.Generator], bytes] | None = None
    sealed_per_byte: float = 1.0
    check_sum: bool = False
    lock_frames: int = 2
    most_held_bytes: int = 200_000


def new_parser(framing: FuzzedFraming, described: bool = True) -> WireProtocol:
    """Return a parser, with the device's first words said unless it is to be left alone."""
    parser = framing.make()
    if described:
        framing.talk(parser)
    return parser


def feed_random_bytes(framing: FuzzedFraming, described: bool, seed: int = 0) -> float:
    """Feed 1e7 random bytes in pieces of 1 to 100,000; return the false frames per byte.

    A parser that says its stream is over is replaced, as the serial source does. Fails where one keeps too much.
    """
    generator = np.random.default_rng(seed)
    parser, false_frames = new_parser(framing, described), 0.0
    left, pieces = RANDOM_BYTES, 0
    while left:
        size = min(left, int(10 ** generator.uniform(0, 5)), 10 if pieces % 2 else left)
        events = parser.feed(generator.bytes(size))
        left, pieces = left - size, pieces + 1
        false_frames += frames_in(events, framing)
        if pieces % _WEIGH_EVERY == 0:
            assert_small(parser, framing)
        if any(isinstance(event, StreamRestarted) for event in events):
            parser = new_parser(framing, described)
        elif not described:
            parser.say(pieces * 0.05)
    assert_small(parser, framing)
    return false_frames / RANDOM_BYTES


def feed_shreds(framing: FuzzedFraming, size: int = 1_000_000, seed: int = 1) -> None:
    """Feed pieces of good frames between garbage, which come further into a parser than random bytes."""
    generator = np.random.default_rng(seed)
    clean = b"".join(framing.frames(200, generator))
    parser, fed, pieces = new_parser(framing), 0, 0
    while fed < size:
        begin, length = int(generator.integers(len(clean))), int(10 ** generator.uniform(0, 3.5))
        shred = bytearray(clean[begin : begin + length])
        if generator.random() < 0.5:
            shred[int(generator.integers(len(shred)))] = int(generator.integers(256))
        piece = bytes(shred) + generator.bytes(int(generator.integers(0, 40)))
        if any(isinstance(event, StreamRestarted) for event in parser.feed(piece)):
            parser = new_parser(framing)
        fed, pieces = fed + len(piece), pieces + 1
        if pieces % _WEIGH_EVERY == 0:
            assert_small(parser, framing)


def sealed_frames_taken(framing: FuzzedFraming, seed: int = 2) -> float:
    """Return the share of random sealed frames that the parser takes; an upper bound where it is 0."""
    assert framing.sealed is not None
    generator = np.random.default_rng(seed)
    parser, taken = new_parser(framing), 0.0
    for _ in range(SEALED_FRAMES):
        events = parser.feed(framing.sealed(generator))
        taken += frames_in(events, framing)
        if events:
            parser = new_parser(framing)
    return max(taken, 3.0) / SEALED_FRAMES  # none of n: below 3/n with a confidence of 95 %


def damaged(frames: Sequence[bytes], how: str, generator: np.random.Generator) -> bytes:
    """Return the frames as bytes, with one damage of that kind inside the last of them or, garbage, behind it."""
    *whole, last = frames
    place = int(generator.integers(len(last)))
    if how == "lost byte":
        last = last[:place] + last[place + 1 :]
    elif how == "flipped byte":
        last = last[:place] + bytes([last[place] ^ int(generator.integers(1, 256))]) + last[place + 1 :]
    elif how == "inserted garbage":
        last = last[:place] + generator.bytes(int(generator.integers(1, 3 * len(last)))) + last[place:]
    elif how == "half frame":
        last = last[:place]
    elif how == "garbage":
        last += generator.bytes(int(generator.integers(1, 3 * len(last))))
    else:
        raise ValueError(how)
    return b"".join(whole) + last


DAMAGES = ("lost byte", "flipped byte", "inserted garbage", "half frame", "garbage")


def assert_locks_again(framing: FuzzedFraming, how: str, trials: int = 150, seed: int = 3) -> None:
    """Fail where more than `lock_frames` clean frames after damage are not delivered exactly as they were sent."""
    generator = np.random.default_rng(seed)
    before, after = 6, 6 + 2 * framing.lock_frames
    for trial in range(trials):
        frames = framing.frames(before + after, generator)
        intact = new_parser(framing)
        rows_until = np.cumsum([len(rows_of(intact.feed(frame))) for frame in frames])
        clean = rows_of(new_parser(framing).feed(b"".join(frames)))
        must_come = int(rows_until[-1] - rows_until[before + framing.lock_frames - 1])
        assert must_come > 0
        hurt = new_parser(framing)
        line = damaged(frames[:before], how, generator)
        got = [*hurt.feed(line), *hurt.feed(b"".join(frames[before:]))]
        assert not any(isinstance(event, StreamRestarted) for event in got), (how, trial, got)
        assert np.array_equal(rows_of(got)[-must_come:], clean[-must_come:]), (how, trial, line[-80:].hex(" "))


def rows_of(events: Sequence[Event]) -> NDArray[np.float64]:
    """Return all samples of the events, [n, channels]."""
    blocks = [event.samples for event in events if isinstance(event, SampleBlock)]
    return np.concatenate(blocks) if blocks else np.empty((0, 0))


def frames_in(events: Sequence[Event], framing: FuzzedFraming) -> float:
    """Return how many frames the events make."""
    others = sum(isinstance(event, Described | DeviceMarker | StreamRestarted) for event in events)
    return len(rows_of(events)) / framing.rows_per_frame + others


def assert_small(parser: WireProtocol, framing: FuzzedFraming) -> None:
    """Fail where the parser keeps more bytes than it needs."""
    held = held_bytes(parser)
    assert held <= framing.most_held_bytes, f"the parser keeps {held} bytes"


def held_bytes(thing: object, seen: set[int] | None = None) -> int:
    """Return the bytes that a parser keeps: of itself and all that hangs on it, code left out."""
    seen = set() if seen is None else seen
    if id(thing) in seen or isinstance(thing, type) or callable(thing):
        return 0
    seen.add(id(thing))
    inner: list[object] = []
    if isinstance(thing, dict):
        inner = [*thing.keys(), *thing.values()]
    elif isinstance(thing, list | tuple | set | frozenset | deque):
        inner = [*thing]
    elif isinstance(thing, np.ndarray):
        return sys.getsizeof(thing) + thing.nbytes
    inner += getattr(thing, "__dict__", {}).values()
    slots = [slot for kind in type(thing).__mro__ for slot in getattr(kind, "__slots__", ())]
    inner += [getattr(thing, slot) for slot in slots if hasattr(thing, slot)]
    return sys.getsizeof(thing) + sum(held_bytes(part, seen) for part in inner)
