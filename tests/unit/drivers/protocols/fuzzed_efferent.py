"""The efferent framing for the fuzz harness."""

from collections.abc import Sequence

import numpy as np

from drivers.protocols.efferent_frame import EfferentEncoder, EfferentParser
from drivers.protocols.efferent_packet import CRC_BYTES, DATA_HEAD, DATA_V1, DESCRIPTION_V1, seal
from drivers.protocols.protocol import WireProtocol
from drivers.source import StreamInfo
from tests.unit.drivers.protocols.fuzz import MOST_FALSE_FRAMES_PER_BYTE, FuzzedFraming

INFO = StreamInfo("fuzzed", 4, 1000.0)


def talk(parser: WireProtocol) -> None:
    parser.feed(EfferentEncoder(INFO).description())


def frames(count: int, generator: np.random.Generator) -> Sequence[bytes]:
    counts = generator.integers(-(1 << 23), 1 << 23, (count, INFO.channel_count))
    return [packet + b"\0" for packet in EfferentEncoder(INFO).data(counts, 0, per_packet=1).split(b"\0")[:-1]]


def sealed(generator: np.random.Generator) -> bytes:
    """Return a packet by chance with a right check sum, as long as the pieces of random bytes are.

    Every other one has a known type: then the parser looks at what the type's own rules say.
    """
    size = int(generator.geometric(1 / 256)) + 1
    body = generator.bytes(size + DATA_HEAD.size)
    return seal(bytes([int(generator.choice((DATA_V1, DESCRIPTION_V1)))]) + body[1:])


# A packet ends at a zero, one random byte in 256. Its check sum is right once in 65,536. Its first byte is one of two
# types: once in 127.5 (COBS leaves 255 values; a zero there is no type).
FRAMING = FuzzedFraming(
    make=EfferentParser,
    talk=talk,
    frames=frames,
    false_frames_per_byte=MOST_FALSE_FRAMES_PER_BYTE,
    sealed=sealed,
    sealed_per_byte=1 / 256 * 256.0**-CRC_BYTES * 2 / 255,
    check_sum=True,
)
