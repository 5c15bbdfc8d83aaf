"""uMyo sensors for the fuzz harness."""

from collections.abc import Sequence

import numpy as np

from drivers.protocols.protocol import WireProtocol
from drivers.protocols.umyo import LISTEN_S, UmyoParser
from sim.emulator.voices.umyo import BLOCK_SAMPLES, UmyoVoice
from tests.unit.drivers.protocols.fuzz import FuzzedFraming

SENSORS = 2
LISTENED_BLOCKS = 100


def listen(parser: WireProtocol, heard: bytes) -> None:
    """Let a parser hear this for as long as it listens before it says what there is."""
    parser.feed(heard)
    parser.say(0.0)
    parser.say(LISTEN_S)


def talk(parser: WireProtocol) -> None:
    before = UmyoVoice(SENSORS).frames(np.zeros((LISTENED_BLOCKS * BLOCK_SAMPLES, SENSORS), dtype=np.int32), 0, 1)
    listen(parser, b"".join(before))
    parser.feed(b"")


def frames(count: int, generator: np.random.Generator) -> Sequence[bytes]:
    """Return a block of both sensors as a frame, those that follow what was heard before."""
    base = UmyoVoice(SENSORS)
    base.skip(LISTENED_BLOCKS * BLOCK_SAMPLES)
    counts = generator.integers(-16_000, 16_000, (count * BLOCK_SAMPLES, SENSORS), dtype=np.int32)
    parts = base.frames(counts, 0, 1)
    return [b"".join(parts[at : at + SENSORS]) for at in range(0, len(parts), SENSORS)]


# Two bytes of a mark, kind and length that agree (78 of 65,536), a known sensor.
FRAMING = FuzzedFraming(
    make=UmyoParser,
    talk=talk,
    frames=frames,
    false_frames_per_byte=2.0**-16 * 78 / 65_536 * SENSORS * 2.0**-32,
    rows_per_frame=BLOCK_SAMPLES,
)
