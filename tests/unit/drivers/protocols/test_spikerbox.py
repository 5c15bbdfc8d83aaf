from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.errors import SettingsError
from drivers.protocols.protocol import Described, DeviceMarker, Event, SampleBlock, StreamRestarted
from drivers.protocols.spikerbox import START, STOP, WHICH_BOARD, SpikerBoxParser
from drivers.protocols.spikerbox_boards import BOARDS
from drivers.protocols.spikerbox_frames import FRAMES_THAT_SHOW_A_CHANGE, FRAMES_THAT_SHOW_THE_LENGTH, pack_frames
from drivers.protocols.spikerbox_messages import BEGIN, END, LONGEST_TEXT, EscapedMessages, message
from drivers.source import SourceHealth, StreamInfo, Unit


def counts_of(n: int, channels: int, bits: int = 10, seed: int = 0) -> NDArray[np.int64]:
    half = 1 << (bits - 1)
    return np.random.default_rng(seed).integers(-half, half, (n, channels))


def described(board: str = "MUSCLESS", channels: int = 2) -> SpikerBoxParser:
    """Return a parser that knows the stream; the last frame of its first ones is sample 3."""
    parser = SpikerBoxParser()
    zeros = np.zeros((FRAMES_THAT_SHOW_THE_LENGTH + 4, channels), dtype=int)
    parser.feed(message(f"HWT:{board};"))
    first, block = parser.feed(pack_frames(zeros, BOARDS[board].bits).tobytes())
    assert isinstance(first, Described)
    assert isinstance(block, SampleBlock)
    assert len(block.samples) == 4
    return parser


def rows(events: list[Event]) -> list[list[float]]:
    return [row for event in events if isinstance(event, SampleBlock) for row in event.samples.tolist()]


def test_the_bytes_are_those_of_the_guide() -> None:
    assert pack_frames(np.array([[0, 511], [-512, 1]]), 10).tobytes().hex(" ") == "84 00 07 7f 80 00 04 01"
    assert pack_frames(np.array([[8191, -8192]]), 14).tobytes().hex(" ") == "ff 7f 00 00"
    assert message("EVNT:2;").hex(" ") == "ff ff 01 01 80 ff 45 56 4e 54 3a 32 3b ff ff 01 01 81 ff"


@pytest.mark.parametrize(
    ("board", "channels", "rate_hz", "full_scale"),
    [
        ("MUSCLESS", 1, 10_000, 512),
        ("MUSCLESS", 3, 10_000 / 3, 512),
        ("MUSCLESS", 6, 10_000 / 6, 512),
        ("MSBPCDC", 2, 10_000, 512),
        ("MSBPCDC", 4, 5_000, 512),
        ("HUMANSB", 4, 5_000, 8192),
        ("NRNSBPRO", 3, 10_000, 8192),
    ],
)
def test_channels_are_found_in_the_frames_and_the_rate_follows_from_the_board(
    board: str, channels: int, rate_hz: float, full_scale: float
) -> None:
    bits = BOARDS[board].bits
    counts = counts_of(100, channels, bits)
    parser = SpikerBoxParser()
    assert parser.feed(b"StartUp!\r\n" + message(f"FWV:1.0;HWT:{board};HWV:1.0;")) == []
    first, block = parser.feed(pack_frames(counts, bits).tobytes())
    assert isinstance(first, Described)
    assert isinstance(block, SampleBlock)
    assert first.info == StreamInfo(BOARDS[board].title, channels, rate_hz, Unit.ARBITRARY)
    assert (first.info.full_scale, first.ticks.unseen_loss) == (full_scale, 1)
    np.testing.assert_array_equal(block.samples, counts[FRAMES_THAT_SHOW_THE_LENGTH:])
    assert (block.first_index, block.lost_before) == (0, 0)


@given(cuts=st.lists(st.integers(0, 600), max_size=12), places=st.lists(st.integers(0, 400), max_size=5))
def test_messages_are_stripped_from_any_place_without_loss(cuts: list[int], places: list[int]) -> None:
    counts = counts_of(100, 2, 14, seed=3)
    data = bytearray(pack_frames(counts, 14).tobytes())
    for number, place in enumerate(sorted(places, reverse=True)):
        data[place:place] = message(f"EVNT:{number};")
    parser = described("HUMANSB")
    edges = [0, *sorted(cut % len(data) for cut in cuts), len(data)]
    events = [event for begin, end in pairwise(edges) for event in parser.feed(bytes(data[begin:end]))]
    np.testing.assert_array_equal(rows(events), counts)
    assert (parser.health.lost_samples, parser.health.bad_frames) == (0, 0)
    markers = [event for event in events if isinstance(event, DeviceMarker)]
    assert [marker.text for marker in markers] == [f"EVNT:{number}" for number in reversed(range(len(places)))]
    assert [marker.index for marker in markers] == [4 + place // 4 for place in sorted(places)]


def test_the_board_is_asked_until_it_answers_and_a_shield_is_told_how_many_channels() -> None:
    parser = SpikerBoxParser(channels=3)
    assert parser.say(0.0) == WHICH_BOARD
    assert parser.say(1.5) == b""  # an Uno that restarts hears nothing
    parser.feed(b"StartUp!\r\n")
    assert (parser.say(1.55), parser.say(1.6), parser.say(2.6)) == (WHICH_BOARD, b"", WHICH_BOARD)
    parser.feed(message("HWT:MUSCLESS;"))
    assert (parser.say(2.65), parser.say(2.7), parser.say(3.7)) == (b"c:3;\n", b"", b"c:3;\n")
    one = pack_frames(counts_of(40, 1), 10).tobytes()
    assert parser.feed(one) == []
    assert "frames of 1 channels came, not of 3" in parser.why_not_described()
    assert isinstance(parser.feed(one + pack_frames(counts_of(40, 3), 10).tobytes())[0], Described)
    assert parser.say(9.0) == b""
    assert parser.farewell() == b""


def test_a_pro_board_is_started_and_stopped() -> None:
    parser = SpikerBoxParser()
    parser.feed(message("HWT:MSBPCDC;"))
    assert (parser.say(0.1), parser.farewell()) == (START, STOP)


def test_a_board_that_does_not_say_what_it_is_can_be_described_by_hand() -> None:
    frames = pack_frames(counts_of(40, 1), 10).tobytes()
    parser = SpikerBoxParser()
    assert parser.feed(frames) == []
    assert "set rate_hz and bits" in parser.why_not_described()
    first, *_ = SpikerBoxParser(rate_hz=8000.0, bits=10).feed(frames)
    assert isinstance(first, Described)
    assert first.info == StreamInfo("SpikerBox", 1, 8000.0, Unit.ARBITRARY)


def test_a_board_of_no_known_rate_is_named() -> None:
    parser = SpikerBoxParser()
    parser.feed(message("HWT:PLANTSS;"))
    assert "'PLANTSS' answered, but sends no frames" in parser.why_not_described()
    parser.feed(pack_frames(counts_of(40, 1), 10).tobytes())
    assert "from a board 'PLANTSS'" in parser.why_not_described()


def test_bytes_that_are_missing_are_counted_as_the_frames_they_stand_for() -> None:
    parser = described()
    frames = pack_frames(counts_of(10, 2), 10)
    frames[:, 0] = 0x83  # so that no byte of a value passes for the beginning of a frame
    line = frames.tobytes()
    lost_inside = line[:9] + line[10:24] + line[31:]  # a byte of frame 2; frame 6 and most of frame 7
    blocks = [event for event in parser.feed(lost_inside) if isinstance(event, SampleBlock)]
    assert [(block.first_index, block.lost_before, len(block.samples)) for block in blocks] == [
        (4, 0, 2),
        (7, 1, 5),  # the byte that is left of frames 6 and 7 is less than half a frame: they leave no trace
    ]
    assert (parser.health.bad_frames, parser.health.discarded_bytes, parser.health.lost_samples) == (2, 4, 1)


def test_values_that_do_not_fit_into_the_bits_make_no_frame() -> None:
    parser = described()
    assert parser.feed(b"\x88\x00\x00\x00\x83\x00\x08\x00") == []


def test_another_number_of_channels_is_another_stream() -> None:
    parser = described(channels=2)
    few = pack_frames(counts_of(FRAMES_THAT_SHOW_A_CHANGE, 4), 10).tobytes()
    assert not any(isinstance(event, StreamRestarted) for event in parser.feed(few))
    more = pack_frames(counts_of(40, 4), 10).tobytes()
    assert parser.feed(more)[-1] == StreamRestarted("the board sends 4 channels now")
    first, *_ = parser.feed(more)
    assert isinstance(first, Described)
    assert first.info.channel_count == 4


def test_a_message_without_its_end_costs_no_samples_behind_it() -> None:
    health = SourceHealth()
    stripper = EscapedMessages(health)
    samples = b"\x84\x01\x02\x03"
    assert stripper.feed(BEGIN + b"EVNT:1;" + END[:3]) == (b"", [])
    assert stripper.feed(samples) == (END[:3] + samples, [])
    assert health.discarded_bytes == len(BEGIN) + 7
    assert stripper.feed(BEGIN + b"x" * (LONGEST_TEXT + 1))[1] == []
    assert stripper.feed(samples) == (samples, [])


def test_half_a_beginning_is_held_and_no_more() -> None:
    stripper = EscapedMessages(SourceHealth())
    assert stripper.feed(b"\x84\x01\xff\xff") == (b"\x84\x01", [])
    assert stripper.feed(b"\x01\x02") == (b"\xff\xff\x01\x02", [])


@pytest.mark.parametrize(("channels", "rate_hz", "bits"), [(7, 0, 0), (0, -1, 0), (0, 0, 15), (0, 0, 7), (-1, 0, 0)])
def test_what_no_board_has_is_refused(channels: int, rate_hz: float, bits: int) -> None:
    with pytest.raises(SettingsError, match="a SpikerBox has"):
        SpikerBoxParser(channels=channels, rate_hz=rate_hz, bits=bits)


@pytest.mark.parametrize(
    ("board", "channels", "one_in"), [("MUSCLESS", 1, 64), ("MUSCLESS", 2, 4096), ("NRNSBPRO", 2, 16)]
)
def test_random_bytes_pass_for_frames_as_often_as_the_page_says(board: str, channels: int, one_in: int) -> None:
    bits = BOARDS[board].bits
    parser = SpikerBoxParser(rate_hz=1000.0, bits=bits)
    parser.feed(pack_frames(np.zeros((20, channels), dtype=int), bits).tobytes())
    size = 400_000
    found = len(rows(parser.feed(np.random.default_rng(5).bytes(size))))
    assert abs(found - size / one_in) < 5 * (size / one_in) ** 0.5
