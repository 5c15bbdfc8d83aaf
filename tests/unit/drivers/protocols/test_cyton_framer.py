from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.protocols.cyton_framer import CytonFramer
from drivers.protocols.cyton_packet import PACKET_BYTES, pack
from drivers.source import SourceHealth

FOOTERS = [0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6]


def packets_of(count: int, first_number: int = 0, seed: int = 0) -> list[bytes]:
    """Packets of random counts, auxiliary bytes and defined footers."""
    generator = np.random.default_rng(seed)
    counts = generator.integers(-(1 << 23), 1 << 23, (count, 8), dtype=np.int32)
    auxiliary = generator.integers(0, 256, (count, 6)).astype(np.uint8)
    footers = generator.choice(FOOTERS, count).astype(np.uint8)
    return [packet.tobytes() for packet in pack(first_number, counts, auxiliary, footers)]


def fed(framer: CytonFramer, *pieces: bytes) -> list[bytes]:
    """Feed the pieces and return the packets that come out."""
    runs: list[NDArray[np.uint8]] = [run for piece in pieces for run in framer.feed(piece)]
    for run in runs:
        assert np.all(np.diff(run[:, 1].astype(int)) % 256 == 1), "the numbers in a run follow each other"
    return [packet.tobytes() for run in runs for packet in run]


@settings(max_examples=60)
@given(
    count=st.integers(2, 40),
    first_number=st.integers(0, 255),
    garbage=st.binary(max_size=100),
    cuts=st.lists(st.integers(0, 1 << 20), max_size=30),
)
def test_packets_come_back_however_the_bytes_are_cut(
    count: int, first_number: int, garbage: bytes, cuts: list[int]
) -> None:
    packets = packets_of(count, first_number)
    data = garbage.replace(b"\xa0", b"\0") + b"".join(packets)
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    health = SourceHealth()
    assert fed(CytonFramer(health), *(data[begin:end] for begin, end in pairwise(edges))) == packets
    assert (health.bad_frames, health.discarded_bytes) == (0, len(garbage))


def test_in_lock_a_packet_is_taken_with_its_last_byte() -> None:
    packets = packets_of(5, 254)
    framer = CytonFramer(SourceHealth())
    assert fed(framer, packets[0]) == [], "one packet may be anything"
    assert fed(framer, packets[1]) == packets[:2]
    for packet in packets[2:]:
        assert fed(framer, packet[:-1]) == []
        assert fed(framer, packet[-1:]) == [packet]


def test_packets_after_lost_ones_are_taken_when_a_second_confirms_the_first() -> None:
    packets = packets_of(20)
    health = SourceHealth()
    framer = CytonFramer(health)
    fed(framer, *packets[:5])
    assert fed(framer, packets[8]) == []
    assert fed(framer, packets[9]) == packets[8:10]
    assert (health.bad_frames, health.discarded_bytes) == (0, 0), "lost packets are no bad ones"


def test_a_packet_between_two_lost_ones_is_given_up() -> None:
    packets = packets_of(20)
    framer = CytonFramer(SourceHealth())
    assert fed(framer, *packets[:5], packets[6], *packets[8:12]) == packets[:5] + packets[8:12]


def test_packets_that_come_twice_are_taken_once() -> None:
    packets = packets_of(10)
    health = SourceHealth()
    twice = [packet for packet in packets for _ in range(2)]
    assert fed(CytonFramer(health), packets[0], *twice[2:]) == packets
    assert health == SourceHealth(extra={"old_packets": 9})


@pytest.mark.parametrize("place", [0, 1, 32])
def test_a_packet_with_a_wrong_header_number_or_footer_is_left_out_alone(place: int) -> None:
    packets = packets_of(20)
    hurt = bytearray(packets[7])
    hurt[place] ^= 0x11
    health = SourceHealth()
    got = fed(CytonFramer(health), *packets[:7], bytes(hurt), *packets[8:])
    assert got == packets[:7] + packets[8:]
    assert (health.bad_frames, health.discarded_bytes) == (1, PACKET_BYTES)


@pytest.mark.parametrize("footer", [0x00, 0xBF, 0xC7, 0xCF, 0xFF])
def test_footers_that_no_firmware_sends_are_refused(footer: int) -> None:
    packets = [packet[:-1] + bytes([footer]) for packet in packets_of(10)]
    assert fed(CytonFramer(SourceHealth()), *packets) == []


def test_noise_passes_for_a_pair_as_seldom_as_it_is_stated() -> None:
    """Each of the five bytes that are looked at holds by itself; together they give the rate in the docstring."""
    generator = np.random.default_rng(0)
    trials = 20_000
    for place, chance in ((0, 1 / 256), (32, 7 / 256), (33, 1 / 256), (34, 1 / 256), (65, 7 / 256)):
        taken = 0
        for first, second in zip(packets_of(trials, seed=1), packets_of(trials, seed=1)[1:], strict=False):
            pair = bytearray(first + second)
            pair[place] = int(generator.integers(256))
            taken += any(run[:, 1].tolist() for run in CytonFramer(SourceHealth()).feed(bytes(pair)))
        assert abs(taken - trials * chance) < 5 * (trials * chance) ** 0.5 + 1, place


def test_a_flood_of_headers_is_not_kept() -> None:
    framer = CytonFramer(SourceHealth())
    for _ in range(100):
        assert fed(framer, b"\xa0" * 1000) == []
    packets = packets_of(4)
    assert fed(framer, *packets)[-2:] == packets[-2:]
