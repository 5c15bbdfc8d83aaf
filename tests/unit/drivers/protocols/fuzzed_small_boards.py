"""The protocols of small boards for the fuzz harness."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from drivers.protocols.chords import ChordsEncoder, ChordsParser
from drivers.protocols.olimex import CHANNELS, OlimexEncoder, OlimexParser
from drivers.protocols.protocol import WireProtocol
from drivers.protocols.spikerbox import SpikerBoxParser
from drivers.protocols.spikerbox_frames import pack_frames
from drivers.protocols.spikerbox_messages import message
from tests.unit.drivers.protocols.fuzz import FuzzedFraming


def random_frames(
    encoder: ChordsEncoder | OlimexEncoder, bits: int, count: int, generator: np.random.Generator
) -> Sequence[bytes]:
    counts = generator.integers(-(1 << (bits - 1)), 1 << (bits - 1), (count, CHANNELS))
    return [frame.tobytes() for frame in encoder.frames(counts)]


def chords_talk(parser: WireProtocol) -> None:
    parser.feed(b"UNO-R4\r\n")
    # one frame, so that the stream is described
    parser.feed(ChordsEncoder(6, 14).frames(np.zeros((1, 6), dtype=np.int32)).tobytes())


def chords_frames(count: int, generator: np.random.Generator) -> Sequence[bytes]:
    encoder = ChordsEncoder(6, 14)
    encoder.next_number = 1
    return random_frames(encoder, 14, count, generator)


def olimex_talk(parser: WireProtocol) -> None:
    parser.feed(OlimexEncoder().frames(np.zeros((1, CHANNELS), dtype=np.int32)).tobytes())


def olimex_frames(count: int, generator: np.random.Generator) -> Sequence[bytes]:
    encoder = OlimexEncoder()
    encoder.next_number = 1
    return random_frames(encoder, 10, count, generator)


def with_fixed_bytes(frame: NDArray[np.uint8], generator: np.random.Generator, fixed: Sequence[int]) -> bytes:
    """Return the frame with all other bytes by chance."""
    chance = np.frombuffer(generator.bytes(len(frame)), dtype=np.uint8).copy()
    chance[list(fixed)] = frame[list(fixed)]
    return chance.tobytes()


def chords_sealed(generator: np.random.Generator) -> bytes:
    return with_fixed_bytes(ChordsEncoder(6, 14).frames(np.zeros((1, 6), dtype=np.int32))[0], generator, (0, 1, -1))


def olimex_sealed(generator: np.random.Generator) -> bytes:
    return with_fixed_bytes(OlimexEncoder().frames(np.zeros((1, 6), dtype=np.int32))[0], generator, (0, 1, 2))


# Neither has a check sum. Three bytes of each frame are fixed; six values of 14 bits leave two bits of their 16 at 0,
# and those of 10 bits leave six: once in 4 ** 6, or 64 ** 6, of the frames whose fixed bytes are right.
CHORDS = FuzzedFraming(ChordsParser, chords_talk, chords_frames, 3e-11, sealed=chords_sealed, sealed_per_byte=256.0**-3)
OLIMEX = FuzzedFraming(OlimexParser, olimex_talk, olimex_frames, 1e-11, sealed=olimex_sealed, sealed_per_byte=256.0**-3)


def spikerbox_talk(parser: WireProtocol) -> None:
    parser.feed(message("HWT:MUSCLESS;"))
    # enough frames of two channels to be told from others
    parser.feed(pack_frames(np.zeros((20, 2), dtype=np.int32), 10).tobytes())


def spikerbox_frames(count: int, generator: np.random.Generator) -> Sequence[bytes]:
    return [frame.tobytes() for frame in pack_frames(generator.integers(-512, 512, (count, 2)), 10)]


# A frame of N channels of 10 bits: one byte of 8 with bit 7 set, N - 1 bytes of 8, N bytes below 0x80; of 256 each.
SPIKERBOX = FuzzedFraming(SpikerBoxParser, spikerbox_talk, spikerbox_frames, (8 / 256 * 128 / 256) ** 2)
