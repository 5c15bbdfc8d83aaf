import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.errors import SettingsError
from drivers.protocols.emager import CHANNELS, FRAME_BYTES, INFO, EmagerParser, encode_frames
from drivers.protocols.protocol import Described, Event, SampleBlock

BEHIND = b"\x00\x00\x00\x01"  # the beginning of another frame


def any_counts(n_samples: int, seed: int = 0) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(-(1 << 15), 1 << 15, (n_samples, CHANNELS))


def blocks(events: list[Event]) -> list[SampleBlock]:
    return [event for event in events if isinstance(event, SampleBlock)]


def rows(events: list[Event]) -> NDArray[np.float64]:
    return np.concatenate([block.samples for block in blocks(events)])


def test_a_frame_holds_the_samples_in_the_wires_order_and_its_mark() -> None:
    counts = np.zeros((1, CHANNELS), dtype=np.int64)
    counts[0, 0], counts[0, 54] = 0x1234, -2  # row 1 column 1 is sample 10 of a frame, row 4 column 7 sample 0
    (frame,) = encode_frames(counts)
    assert frame[:4] == b"\xff\xfe\x00\x01"
    assert frame[20:22] == b"\x12\x35"
    assert [byte & 1 for byte in frame[1::2]] == [0] + 63 * [1]


def test_each_electrode_has_one_place_in_the_frame() -> None:
    events = EmagerParser().feed(b"".join(encode_frames(np.diag(np.arange(2, 130, 2)))) + BEHIND)
    assert np.array_equal(rows(events), np.diag(np.arange(2, 130, 2)))


def test_the_cuff_is_described_by_its_first_frames() -> None:
    frames = encode_frames(any_counts(3))
    parser = EmagerParser()
    assert parser.feed(frames[0]) == parser.feed(frames[1]) == []
    described, block = parser.feed(frames[2])
    assert isinstance(described, Described)
    assert described.info == INFO
    assert (INFO.channel_count, INFO.rate_hz, INFO.labels[17]) == (64, 1000.0, "row 2 column 2")
    assert described.ticks.unseen_loss == 1
    assert isinstance(block, SampleBlock)
    assert (block.first_index, block.lost_before, block.newest_ticks, len(block.samples)) == (0, 0, 2, 2)


@given(st.integers(0, FRAME_BYTES - 1), st.lists(st.integers(1, 400), max_size=20))
def test_frames_cut_anywhere_from_anywhere_arrive_whole(begin: int, cuts: list[int]) -> None:
    counts = any_counts(12)
    data, parser, events = b"".join(encode_frames(counts))[begin:], EmagerParser(), list[Event]()
    for cut in cuts:
        events += parser.feed(data[:cut])
        data = data[cut:]
    events += parser.feed(data + BEHIND)
    assert np.array_equal(rows(events), counts[begin > 0 :] & -2)
    assert parser.health.discarded_bytes == -begin % FRAME_BYTES
    assert parser.health.lost_samples == parser.health.bad_frames == 0


@pytest.mark.parametrize(("missing", "gone", "told"), [(1, 1, 1), (126, 2, 2), (129, 2, 1), (300, 3, 1)])
def test_of_bytes_that_are_missing_the_rest_of_their_frames_tells(missing: int, gone: int, told: int) -> None:
    counts = any_counts(20)
    data = b"".join(encode_frames(counts))
    at = 5 * FRAME_BYTES + 5  # early in the sixth frame, whose mark cannot hold then
    parser = EmagerParser()
    events = parser.feed(data[:at] + data[at + missing :] + BEHIND)
    first, second = blocks(events)
    assert np.array_equal(first.samples, counts[:5] & -2)
    assert np.array_equal(second.samples, counts[5 + gone :] & -2)
    assert (second.first_index, second.lost_before) == (5 + told, told)
    assert second.newest_ticks == 20 - gone + told
    assert (parser.health.lost_samples, parser.health.bad_frames) == (told, 1)


def test_a_whole_frame_that_is_missing_does_not_show() -> None:
    frames = encode_frames(any_counts(6))
    events = EmagerParser().feed(b"".join(frames[:3] + frames[4:]) + BEHIND)
    assert [(block.first_index, block.lost_before, len(block.samples)) for block in blocks(events)] == [(0, 0, 5)]


def test_samples_that_all_look_alike_are_no_frames() -> None:
    parser = EmagerParser()
    assert parser.feed(bytes(10_000)) == parser.feed(b"\xff" * 10_000) == []
    assert "lowest bits" in parser.why_not_described()
    assert parser.say(1.0) == parser.farewell() == b""


def test_counts_beyond_16_bits_are_clipped_and_other_shapes_refused() -> None:
    counts = np.full((3, CHANNELS), 1 << 20)
    counts[1] = -(1 << 20)
    assert rows(EmagerParser().feed(b"".join(encode_frames(counts)) + BEHIND))[:2, 5].tolist() == [32766.0, -32768.0]
    with pytest.raises(SettingsError, match="64"):
        encode_frames(np.zeros((3, 8), dtype=np.int64))


@pytest.mark.parametrize("at", [3, 60, 127])
def test_a_byte_lost_while_all_samples_are_negative_spoils_no_frame(at: int) -> None:
    counts = np.random.default_rng(1).integers(-200, -1, (20, CHANNELS))  # all high bytes end in 1, as marks do
    data = b"".join(encode_frames(counts))
    lost = 5 * FRAME_BYTES + at
    parser = EmagerParser()
    events = parser.feed(data[:lost] + data[lost + 1 :] + BEHIND)
    assert np.array_equal(rows(events), np.concatenate([counts[:5], counts[6:]]) & -2)


def test_a_signal_that_looks_like_a_mark_delays_the_lock_until_it_does_not() -> None:
    counts = np.random.default_rng(1).integers(-200, -1, (40, CHANNELS))
    counts[:30, 54] = 5  # the first of a frame is the only one above zero: high bytes are marked as low bytes are
    data = b"".join(encode_frames(counts))
    for begin in (0, 1, 127):
        parser = EmagerParser()
        assert parser.feed(data[begin : 25 * FRAME_BYTES]) == []
        events = parser.feed(data[25 * FRAME_BYTES :] + BEHIND)
        assert np.array_equal(rows(events), counts[begin > 0 :] & -2)


def test_a_doubt_that_lasts_keeps_no_more_than_it_must() -> None:
    counts = np.full((500, CHANNELS), -100)
    counts[:, 54] = 5
    parser = EmagerParser()
    for frame in encode_frames(counts):
        assert parser.feed(frame) == []
    assert len(parser._held) <= 64 * FRAME_BYTES
    counts = any_counts(100)
    events = parser.feed(b"".join(encode_frames(counts)) + BEHIND)
    assert np.array_equal(rows(events)[-100:], counts & -2)
