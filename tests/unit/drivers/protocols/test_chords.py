from typing import Any

import numpy as np
import pytest

from drivers.errors import SettingsError
from drivers.protocols.chords import ASK_AGAIN_S, START, STOP, WHO, ChordsEncoder, ChordsParser
from drivers.protocols.protocol import Described, SampleBlock
from drivers.source import StreamInfo, Unit

COUNTS = np.array([[-8192, 8191, 0, 1, -1, 5], [1, 2, 3, 4, 5, 6]])


def test_the_bytes_are_those_of_the_firmware() -> None:
    (first, second) = ChordsEncoder(6, 14).frames(COUNTS)
    assert first.tobytes().hex(" ") == "c7 7c 00 00 00 3f ff 20 00 20 01 1f ff 20 05 01"
    assert second.tobytes().hex(" ") == "c7 7c 01 20 01 20 02 20 03 20 04 20 05 20 06 01"


def test_the_board_is_asked_started_and_described_by_its_first_frame() -> None:
    parser = ChordsParser()
    assert (parser.say(0.0), parser.say(0.05)) == (WHO, b"")
    assert parser.feed(b"UNO-") == []
    assert parser.feed(b"R4\r\n") == []
    assert (parser.say(0.1), parser.say(0.15)) == (START, b"")
    described, block = parser.feed(ChordsEncoder(6, 14).frames(COUNTS).tobytes())
    assert isinstance(described, Described)
    assert isinstance(block, SampleBlock)
    assert described.info == StreamInfo("UNO-R4", 6, 500.0, Unit.ARBITRARY)
    assert described.info.full_scale == 8192
    assert described.ticks.unseen_loss == 256
    np.testing.assert_array_equal(block.samples, COUNTS)
    assert parser.say(100.0) == b""
    assert parser.farewell() == STOP


def test_a_board_that_starts_is_asked_again_and_one_that_does_not_stream_is_started_again() -> None:
    parser = ChordsParser()
    parser.say(0.0)
    assert (parser.say(ASK_AGAIN_S - 0.01), parser.say(ASK_AGAIN_S)) == (b"", WHO)
    parser.feed(b"UNO-R3\r\n")
    assert parser.say(3.0) == START
    assert (parser.say(3.0 + ASK_AGAIN_S - 0.01), parser.say(3.0 + ASK_AGAIN_S)) == (b"", START)


def test_a_board_that_streams_already_is_recognised_between_its_frames() -> None:
    parser = ChordsParser()
    frames = ChordsEncoder(6, 10).frames(COUNTS).tobytes()
    parser.feed(frames[5:])
    parser.feed(frames + b"UNO-R3\r\n")
    described, *_ = parser.feed(frames)
    assert isinstance(described, Described)
    assert (described.info.rate_hz, described.info.full_scale) == (250.0, 512.0)


def test_an_unknown_board_is_named_and_can_be_described_by_hand() -> None:
    parser = ChordsParser()
    parser.feed(b"MEGA-2560-R3\r\n")
    assert "'MEGA-2560-R3' answered" in parser.why_not_described()
    assert parser.say(0.0) == WHO
    parser = ChordsParser(channels=16, rate_hz=250.0, bits=10)
    parser.feed(b"MEGA-2560-R3\r\n")
    described, *_ = parser.feed(ChordsEncoder(16, 10).frames(np.zeros((1, 16), dtype=int)).tobytes())
    assert isinstance(described, Described)
    assert described.info == StreamInfo("MEGA-2560-R3", 16, 250.0, Unit.ARBITRARY)


def test_frames_of_another_length_are_none_and_the_reason_is_told() -> None:
    parser = ChordsParser()
    parser.feed(b"NPG-LITE\r\n")
    assert parser.feed(ChordsEncoder(6, 12).frames(COUNTS).tobytes()) == []
    assert "no frame of 10 bytes" in parser.why_not_described()


@pytest.mark.parametrize("options", [{"channels": 17}, {"channels": -1}, {"rate_hz": -1.0}, {"bits": 17}])
def test_what_no_board_has_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="a Chords board has"):
        ChordsParser(**options)


def test_counts_that_do_not_fit_are_clipped() -> None:
    parser = ChordsParser()
    parser.feed(b"UNO-R3\r\n")
    wild = np.array([[1 << 23, -(1 << 31), 511, -512, 512, -513]], dtype=np.int64)
    block = parser.feed(ChordsEncoder(6, 10).frames(wild).tobytes())[-1]
    assert isinstance(block, SampleBlock)
    assert block.samples.tolist() == [[511, -512, 511, -512, 511, -512]]
