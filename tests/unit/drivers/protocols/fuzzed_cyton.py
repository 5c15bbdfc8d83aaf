"""The packets of the Cyton, alone and with a Daisy, for the fuzz harness."""

from collections.abc import Sequence

import numpy as np

from drivers.protocols.cyton import CytonProtocol
from drivers.protocols.protocol import WireProtocol
from sim.emulator.voices.cyton import CytonVoice
from tests.unit.drivers.protocols.fuzz import FuzzedFraming

_STEP_NS = 50_000_000


def talk(parser: WireProtocol, voice: CytonVoice, packets: int = 4) -> None:
    """Let the two talk until the board has sent so many packets, which are what describes the stream."""
    for turn in range(100):
        now_ns = turn * _STEP_NS
        if words := parser.say(now_ns / 1e9):
            parser.feed(voice.hear(words, now_ns))
        parser.feed(voice.due(now_ns))
        if voice.streaming:
            break
    channels = voice.info.channel_count
    parser.feed(b"".join(voice.frames(np.zeros((packets * 8 // channels, channels), dtype=np.int32), 0, 1)))


def frames(count: int, generator: np.random.Generator, daisy: bool) -> Sequence[bytes]:
    """Return the packets that come after `talk`."""
    voice = CytonVoice(daisy=daisy)
    voice.hear(b"b", 0)
    voice.skip(2 if daisy else 4)
    channels = voice.info.channel_count
    return voice.frames(
        generator.integers(-(1 << 23), 1 << 23, (count * 8 // channels, channels), dtype=np.int32), 0, 1
    )


def framing(daisy: bool) -> FuzzedFraming:
    """No check sum: two packets are taken wherever two headers, footers and numbers are right, see `CytonFramer`."""
    return FuzzedFraming(
        make=CytonProtocol,
        talk=lambda parser: talk(parser, CytonVoice(daisy=daisy)),
        frames=lambda count, generator: frames(count, generator, daisy),
        false_frames_per_byte=2 * (1 / 256 * 7 / 256) ** 2 / 256,
        rows_per_frame=0.5 if daisy else 1.0,
    )


CYTON, CYTON_DAISY = framing(daisy=False), framing(daisy=True)
