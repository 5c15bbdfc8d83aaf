from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.errors import SettingsError
from drivers.protocols.efferent_frame import OLD_PACKETS_OF_A_RESTART, TICKS, WRAP, EfferentEncoder, EfferentParser
from drivers.protocols.efferent_packet import (
    DATA_HEAD,
    DATA_V1,
    MAX_ENCODED_BYTES,
    MAX_SAMPLES,
    Description,
    pack_counts,
    seal,
)
from drivers.protocols.protocol import Described, Event, SampleBlock, StreamRestarted
from drivers.source import StreamInfo, Unit

INFO = StreamInfo("front end", 4, 1000.0, Unit.MICROVOLT, ("a", "b", "c", "d"), "serial 7")
SCALE = 0.02235


def counts_of(samples: int, channels: int = 4, seed: int = 0) -> NDArray[np.int32]:
    generator = np.random.default_rng(seed)
    return generator.integers(-(1 << 23), 1 << 23, (samples, channels), dtype=np.int32)


def described_parser(info: StreamInfo = INFO, boot: int = 0) -> EfferentParser:
    parser = EfferentParser()
    parser.feed(EfferentEncoder(info, SCALE, boot).description())
    return parser


def blocks(events: list[Event]) -> list[SampleBlock]:
    return [event for event in events if isinstance(event, SampleBlock)]


def feed_in_pieces(parser: EfferentParser, data: bytes, cuts: list[int]) -> list[Event]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [event for begin, end in pairwise(edges) for event in parser.feed(data[begin:end])]


@settings(max_examples=60)
@given(
    channels=st.integers(1, 64),
    samples=st.integers(1, 40),
    per_packet=st.integers(1, MAX_SAMPLES),
    first_index=st.integers(0, WRAP - 1),
    scale=st.sampled_from([1.0, SCALE, -1e-9, 1e12]),
    cuts=st.lists(st.integers(0, 1 << 20), max_size=30),
)
def test_samples_come_back_exactly_however_the_bytes_are_cut(
    channels: int, samples: int, per_packet: int, first_index: int, scale: float, cuts: list[int]
) -> None:
    info = StreamInfo("x", channels, 2000.0)
    encoder = EfferentEncoder(info, scale, boot=9, first_index=first_index)
    counts = counts_of(samples, channels)
    data = encoder.description() + encoder.data(counts, 1_000_000, per_packet)

    parser = EfferentParser()
    first, *rest = feed_in_pieces(parser, data, cuts)

    assert isinstance(first, Described)
    assert (first.info, first.ticks, parser.description) == (info, TICKS, Description(info, scale, 9))
    received = blocks(rest)
    assert len(received) == len(rest)
    assert np.array_equal(np.concatenate([block.samples for block in received]), counts * scale)
    expected_index = first_index
    for block in received:
        assert (block.first_index, block.lost_before) == (expected_index, 0)
        assert block.samples.flags.c_contiguous
        expected_index += len(block.samples)
    assert received[-1].newest_ticks == 1_000_000


def test_one_byte_at_a_time_gives_what_one_feed_gives() -> None:
    encoder = EfferentEncoder(INFO, SCALE)
    data = encoder.description() + encoder.data(counts_of(30), 5000, per_packet=3)
    parser = EfferentParser()
    slow = [event for i in range(len(data)) for event in parser.feed(data[i : i + 1])]
    (fast,) = blocks(EfferentParser().feed(data))
    assert np.array_equal(np.concatenate([block.samples for block in blocks(slow)]), fast.samples)
    assert len(blocks(slow)) == 10


def test_adjacent_packets_become_one_block_even_around_a_repeated_description() -> None:
    encoder = EfferentEncoder(INFO, SCALE)
    parser = EfferentParser()
    parser.feed(encoder.description())
    counts = counts_of(500)
    data = encoder.data(counts[:250], 1000, 1) + encoder.description() + encoder.data(counts[250:], 251_000, 1)
    (block,) = parser.feed(data)
    assert isinstance(block, SampleBlock)
    assert np.array_equal(block.samples, counts * SCALE)
    assert block.newest_ticks == 251_000


def test_times_of_packets_sent_together_are_spread_by_the_rate_and_wrap() -> None:
    encoder = EfferentEncoder(INFO, SCALE)
    parser = described_parser()
    packets = encoder.data(counts_of(3), WRAP + 500, per_packet=1).split(b"\0")[:-1]
    times = [blocks(parser.feed(packet + b"\0"))[0].newest_ticks for packet in packets]
    assert times == [WRAP - 1500, WRAP - 500, 500]


def test_the_index_goes_on_over_its_wrap() -> None:
    encoder = EfferentEncoder(INFO, SCALE, first_index=WRAP - 2)
    parser = described_parser()
    (before,) = blocks(parser.feed(encoder.data(counts_of(2), 0)))
    (after,) = blocks(parser.feed(encoder.data(counts_of(2), 0)))
    assert (before.first_index, after.first_index, after.lost_before) == (WRAP - 2, WRAP, 0)


def test_lost_samples_begin_a_new_block_also_over_the_wrap() -> None:
    encoder = EfferentEncoder(INFO, SCALE, first_index=WRAP - 5)
    parser = described_parser()
    data = encoder.data(counts_of(3), 0)
    encoder.next_index += 7
    first, second = blocks(parser.feed(data + encoder.data(counts_of(3), 0)))
    assert (first.lost_before, second.lost_before) == (0, 7)
    assert second.first_index == first.first_index + 3 + 7
    assert parser.health.lost_samples == 7


def test_repeated_and_late_packets_are_dropped_and_counted() -> None:
    encoder = EfferentEncoder(INFO, SCALE)
    first, second, third = (encoder.data(counts_of(2, seed=seed), 0) for seed in range(3))
    parser = described_parser()
    received = blocks(parser.feed(first + second + second + first + third))
    assert [len(block.samples) for block in received] == [6]
    assert parser.health.extra == {"old_packets": 2}
    assert parser.health.lost_samples == parser.health.bad_frames == 0


def test_a_new_boot_number_ends_the_stream_until_it_is_described_again() -> None:
    old, new = EfferentEncoder(INFO, SCALE, boot=1), EfferentEncoder(INFO, SCALE, boot=2)
    parser = described_parser(boot=1)
    kept, restarted = parser.feed(old.data(counts_of(2), 0) + new.data(counts_of(2), 0))
    assert isinstance(kept, SampleBlock)
    assert restarted == StreamRestarted("the device has started again")
    assert parser.feed(new.data(counts_of(2), 0)) == []
    assert parser.health.extra == {"undescribed_packets": 1}
    description, block = parser.feed(new.description() + new.data(counts_of(2), 0))
    assert description == Described(INFO, TICKS)
    assert parser.description == Description(INFO, SCALE, 2)
    assert isinstance(block, SampleBlock)
    assert block.lost_before == 0  # another stream: nothing to compare with


@pytest.mark.parametrize(
    "other",
    [
        Description(StreamInfo("front end", 5, 1000.0), SCALE, 0),
        Description(StreamInfo("front end", 4, 2000.0, INFO.unit, INFO.labels, INFO.source_id), SCALE, 0),
        Description(INFO, 2 * SCALE, 0),
        Description(INFO, SCALE, 1),
    ],
)
def test_another_description_is_another_stream(other: Description) -> None:
    parser = described_parser()
    data = EfferentEncoder(INFO, SCALE).data(counts_of(2), 0)
    data += EfferentEncoder(other.info, other.scale, other.boot).description()
    block, restarted, description = parser.feed(data)
    assert isinstance(block, SampleBlock)
    assert isinstance(restarted, StreamRestarted)
    assert isinstance(description, Described)
    assert description.info == other.info
    assert parser.description == other


def test_a_device_that_counts_anew_with_its_old_boot_number_is_noticed() -> None:
    parser = described_parser()
    encoder = EfferentEncoder(INFO, SCALE, first_index=100_000)
    parser.feed(encoder.data(counts_of(5), 0))
    encoder.next_index = 0
    for _ in range(OLD_PACKETS_OF_A_RESTART - 1):
        assert parser.feed(encoder.data(counts_of(5), 0)) == []
    assert parser.feed(encoder.data(counts_of(5), 0)) == [StreamRestarted("the device counts its samples anew")]


def test_old_packets_that_do_not_continue_each_other_are_no_restart() -> None:
    parser = described_parser()
    encoder = EfferentEncoder(INFO, SCALE, first_index=100_000)
    parser.feed(encoder.data(counts_of(5), 0))
    echo = EfferentEncoder(INFO, SCALE).data(counts_of(5), 0)
    assert all(parser.feed(echo) == [] for _ in range(3 * OLD_PACKETS_OF_A_RESTART))
    assert len(blocks(parser.feed(encoder.data(counts_of(5), 0)))) == 1


def test_a_line_that_repeats_every_packet_is_no_restart() -> None:
    parser = described_parser()
    encoder = EfferentEncoder(INFO, SCALE)
    packets = [encoder.data(counts_of(5), 0) for _ in range(2 * OLD_PACKETS_OF_A_RESTART)]
    received = [event for packet in packets for event in parser.feed(packet + packet)]
    assert len(received) == len(blocks(received)) == len(packets)


def test_samples_before_their_description_are_counted_and_dropped() -> None:
    parser = EfferentParser()
    assert parser.feed(EfferentEncoder(INFO, SCALE).data(counts_of(6), 0, per_packet=2)) == []
    assert parser.health.extra == {"undescribed_packets": 3}
    assert parser.health.bad_frames == 0


def data_packet(channels: int, count: int, payload: bytes, kind: int = DATA_V1) -> bytes:
    return seal(DATA_HEAD.pack(kind, channels, count, 0, 0, 0) + payload)


@pytest.mark.parametrize(
    "packet",
    [
        data_packet(3, 1, bytes(9)),  # not the described channel count
        data_packet(4, 2, bytes(12)),  # says 2 samples, holds 1
        data_packet(4, 1, bytes(13)),
        data_packet(4, 0, b""),
        data_packet(0, 1, b""),
        data_packet(4, 1, bytes(12), kind=3),
        seal(b"\x01\x04"),
        seal(b"\x02\x04\x01"),
        seal(b""),
        b"\x01\0",
        b"\xff\x01\0",  # breaks off
        seal(DATA_HEAD.pack(DATA_V1, 4, 1, 0, 0, 0) + bytes(12))[:-3] + b"\x55\x55\0",
    ],
)
def test_a_packet_that_contradicts_the_layout_is_counted_bad_and_leaves_no_trace(packet: bytes) -> None:
    parser = described_parser()
    assert parser.feed(packet) == []
    assert parser.health.bad_frames == 1
    assert parser.health.discarded_bytes == len(packet) - 1
    (block,) = blocks(parser.feed(EfferentEncoder(INFO, SCALE).data(counts_of(1), 0)))
    assert block.lost_before == 0


def test_joining_in_the_middle_of_a_packet_is_no_bad_frame() -> None:
    encoder = EfferentEncoder(INFO, SCALE)
    packet = encoder.data(counts_of(2), 0)
    parser = EfferentParser()
    parser.feed(packet[10:] + encoder.description())
    assert parser.description is not None
    assert (parser.health.bad_frames, parser.health.discarded_bytes) == (0, len(packet) - 11)


def test_a_run_without_end_is_discarded_and_counted_and_the_next_packets_are_read() -> None:
    parser = described_parser()
    piece, pieces = b"\x07" * 10_000, 30
    for fed in range(1, pieces + 1):
        assert parser.feed(piece) == []
        assert parser.health.discarded_bytes >= fed * len(piece) - MAX_ENCODED_BYTES
    encoder = EfferentEncoder(INFO, SCALE)
    lost = encoder.data(counts_of(1), 0)  # its beginning belongs to the run
    (block,) = blocks(parser.feed(lost + encoder.data(counts_of(1), 0)))
    assert block.first_index == 1
    assert parser.health.discarded_bytes == pieces * len(piece) + len(lost) - 1


def test_the_largest_packet_is_read_when_it_comes_byte_by_byte() -> None:
    info = StreamInfo("x", 64, 2000.0)
    encoder = EfferentEncoder(info)
    parser = described_parser(info)
    parser.feed(EfferentEncoder(info).description())
    counts = counts_of(255, 64)
    data = encoder.data(counts | 0x010101, 0)  # no zero bytes: the longest code
    events = [event for begin in range(0, len(data), 7) for event in parser.feed(data[begin : begin + 7])]
    assert len(blocks(events)[0].samples) == 255


@settings(max_examples=200)
@given(pieces=st.lists(st.binary(max_size=300) | st.sampled_from([b"\0", b"\x02\x01\x01\0"]), max_size=20))
def test_no_bytes_raise_and_all_are_accounted_for(pieces: list[bytes]) -> None:
    parser = described_parser()
    received = [event for piece in pieces for event in parser.feed(piece)]
    assert received == []
    zeros = sum(piece.count(0) for piece in pieces)
    still_held = len(b"".join(pieces).split(b"\0")[-1])
    assert parser.health.discarded_bytes == sum(map(len, pieces)) - zeros - still_held


@settings(max_examples=150)
@given(
    damage=st.lists(
        st.tuples(st.integers(0, 399), st.sampled_from(["change", "drop", "insert"]), st.integers(0, 255)),
        min_size=1,
        max_size=8,
    ),
    cuts=st.lists(st.integers(0, 1 << 20), max_size=5),
)
def test_after_damage_the_second_clean_packet_is_read_and_nothing_wrong_is_delivered(
    damage: list[tuple[int, str, int]], cuts: list[int]
) -> None:
    encoder = EfferentEncoder(INFO, SCALE)
    counts = counts_of(30)
    hit, clean = encoder.data(counts[:20], 0, per_packet=1), encoder.data(counts[20:], 0, per_packet=1)
    line = bytearray(hit)
    for place, how, value in damage:
        if how == "change":
            line[place % len(line)] ^= value
        elif how == "drop":
            del line[place % len(line)]
        else:
            line.insert(place % len(line), value)

    parser = described_parser()
    received = blocks(feed_in_pieces(parser, bytes(line) + clean, cuts))

    delivered: dict[int, NDArray[np.float64]] = {}
    for block in received:
        delivered |= {block.first_index + row: sample for row, sample in enumerate(block.samples)}
    assert all(np.array_equal(sample, counts[index] * SCALE) for index, sample in delivered.items())
    assert set(range(21, 30)) <= set(delivered)
    gaps = sum(block.lost_before for block in received)
    assert gaps == parser.health.lost_samples
    assert len(delivered) + gaps == 30 - min(delivered)


def test_counts_that_do_not_fit_are_clipped_and_counted() -> None:
    encoder = EfferentEncoder(INFO, 1.0)
    counts = np.array([[1 << 23, -(1 << 23) - 1, (1 << 23) - 1, -(1 << 23)]], dtype=np.int64)
    (block,) = blocks(described_parser_of(encoder).feed(encoder.data(counts, 0)))
    assert block.samples.tolist() == [[2**23 - 1, -(2**23), 2**23 - 1, -(2**23)]]
    assert encoder.clipped_values == 2


def described_parser_of(encoder: EfferentEncoder) -> EfferentParser:
    parser = EfferentParser()
    parser.feed(encoder.description())
    return parser


@pytest.mark.parametrize("kind", [np.int8, np.int16, np.uint8, np.int64])
def test_any_integers_can_be_encoded(kind: type[np.signedinteger | np.unsignedinteger]) -> None:
    encoder = EfferentEncoder(INFO, 1.0)
    (block,) = blocks(described_parser_of(encoder).feed(encoder.data(np.full((2, 4), 100, dtype=kind), 0)))
    assert (block.samples == 100).all()


@pytest.mark.parametrize(("shape", "per_packet"), [((3, 5), 10), ((12,), 10), ((3, 4), 0), ((3, 4), 256)])
def test_the_encoder_refuses_what_it_cannot_send(shape: tuple[int, ...], per_packet: int) -> None:
    with pytest.raises(SettingsError, match="expected counts"):
        EfferentEncoder(INFO).data(np.zeros(shape, dtype=np.int32), 0, per_packet)


def test_no_samples_are_no_bytes() -> None:
    assert EfferentEncoder(INFO).data(np.zeros((0, 4), dtype=np.int32), 0) == b""


def test_packed_counts_are_little_endian_twos_complement() -> None:
    assert pack_counts(np.array([[1, -2, 0x123456]], dtype=np.int32)) == bytes.fromhex("010000 feffff 563412")
