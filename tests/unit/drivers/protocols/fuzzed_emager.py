"""The EMaGer cuff for the fuzz harness."""

from collections.abc import Sequence

import numpy as np

from drivers.protocols.emager import CHANNELS, EmagerParser, encode_frames
from drivers.protocols.protocol import WireProtocol
from tests.unit.drivers.protocols.fuzz import FuzzedFraming


def talk(parser: WireProtocol) -> None:
    parser.feed(b"".join(frames(3, np.random.default_rng(0))))


def frames(count: int, generator: np.random.Generator) -> Sequence[bytes]:
    return encode_frames(generator.integers(-(1 << 15), 1 << 15, (count, CHANNELS)))


# 64 bits of a frame are fixed.
FRAMING = FuzzedFraming(make=EmagerParser, talk=talk, frames=frames, false_frames_per_byte=2.0**-64)
