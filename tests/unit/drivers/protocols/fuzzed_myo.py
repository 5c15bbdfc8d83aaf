"""The Myo armband for the fuzz harness."""

from collections.abc import Sequence

import numpy as np

from drivers.protocols.myo import MyoParser
from drivers.protocols.protocol import WireProtocol
from sim.emulator.voices.myo import MyoVoice
from tests.unit.drivers.protocols.fuzz import FuzzedFraming


def connected() -> tuple[MyoParser, MyoVoice]:
    """Return both sides, with the talk done up to the first value."""
    parser, armband = MyoParser(), MyoVoice()
    lead(parser, armband)
    return parser, armband


def lead(parser: WireProtocol, armband: MyoVoice) -> None:
    """Let both talk until the armband streams."""
    for turn in range(100):
        now_s = 0.05 * turn
        parser.feed(armband.hear(parser.say(now_s), round(1e9 * now_s)))
        parser.feed(armband.due(round(1e9 * now_s)))
    assert armband.streaming


def talk(parser: WireProtocol) -> None:
    armband = MyoVoice()
    lead(parser, armband)
    parser.feed(b"".join(armband.frames(np.zeros((8, 8), dtype=np.int32), 0, 1)))


def frames(count: int, generator: np.random.Generator) -> Sequence[bytes]:
    return MyoVoice().frames(generator.integers(-128, 128, (2 * count, 8), dtype=np.int32), 0, 1)


# 40 bits say that the armband has gone: four of the head, and which connection. A value has 70 fixed bits.
FRAMING = FuzzedFraming(make=MyoParser, talk=talk, frames=frames, false_frames_per_byte=2.0**-40, rows_per_frame=2.0)
