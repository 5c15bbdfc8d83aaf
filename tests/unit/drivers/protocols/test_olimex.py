import numpy as np
import pytest

from drivers.errors import SettingsError
from drivers.protocols.olimex import OlimexEncoder, OlimexParser
from drivers.protocols.protocol import Described, SampleBlock
from drivers.source import StreamInfo, Unit

COUNTS = np.array([[-512, 511, 0, 1, -1, 5], [1, 2, 3, 4, 5, 6]])


def test_the_bytes_are_those_of_the_sketch() -> None:
    (first, second) = OlimexEncoder().frames(COUNTS)
    assert first.tobytes().hex(" ") == "a5 5a 02 00 00 00 03 ff 02 00 02 01 01 ff 02 05 00"
    assert second.tobytes().hex(" ") == "a5 5a 02 01 02 01 02 02 02 03 02 04 02 05 02 06 00"


@pytest.mark.parametrize("rate_hz", [256.0, 125.0])
def test_the_first_frame_describes_the_stream(rate_hz: float) -> None:
    parser = OlimexParser(rate_hz=rate_hz)
    described, block = parser.feed(OlimexEncoder().frames(COUNTS).tobytes())
    assert isinstance(described, Described)
    assert isinstance(block, SampleBlock)
    assert described.info == StreamInfo("Olimex EKG/EMG", 6, rate_hz, Unit.ARBITRARY)
    assert described.info.full_scale == 512
    np.testing.assert_array_equal(block.samples, COUNTS)
    assert (parser.say(0.0), parser.farewell()) == (b"", b"")


def test_a_pressed_switch_is_part_of_a_frame() -> None:
    frames = OlimexEncoder().frames(COUNTS)
    frames[:, -1] = 0x0F
    assert isinstance(OlimexParser().feed(frames.tobytes())[-1], SampleBlock)


def test_a_frame_that_lost_its_last_byte_does_not_swallow_the_next() -> None:
    first, second = (frame.tobytes() for frame in OlimexEncoder().frames(COUNTS))
    block = OlimexParser().feed(first[:-1] + second)[-1]
    assert isinstance(block, SampleBlock)
    assert block.samples.tolist() == [COUNTS[1].tolist()]


@pytest.mark.parametrize("rate_hz", [0.0, -1.0, float("nan"), 1e5])
def test_what_is_no_rate_is_refused(rate_hz: float) -> None:
    with pytest.raises(SettingsError, match="rate_hz"):
        OlimexParser(rate_hz=rate_hz)
