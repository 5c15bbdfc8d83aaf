import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.protocols.bgapi import DONGLE_WORDS, HOST_WORDS, Packet, PacketReader, Word, encode
from drivers.source import SourceHealth

ADDRESS = bytes.fromhex("010203040506")


@pytest.mark.parametrize(
    ("packet", "as_hex"),
    [
        (encode(Word.END), "00000604"),
        (encode(Word.DISCONNECT, 2), "0001030002"),
        (encode(Word.DISCOVER, 1), "0001060201"),
        (encode(Word.CONNECT, ADDRESS, 0, 6, 6, 64, 0), "000f0603" + "010203040506" + "00" + "0600060040000000"),
        (encode(Word.READ, 0, 0x17), "00030404" + "001700"),
        (encode(Word.WRITE, 0, 0x2C, data=b"\x01\x00"), "00060405" + "002c00" + "020100"),
        (encode(Word.PROCEDURE_ENDED, 0, 0, 0x2C), "80050401" + "00" + "0000" + "2c00"),
        (encode(Word.VALUE, 0, 0x2B, 1, data=bytes(16)), "80150405" + "002b0001" + "10" + 32 * "0"),
        (encode(Word.DISCONNECTED, 0, 0x0208), "80030304" + "000802"),
        (
            encode(Word.ADVERTISED, -60, 0, ADDRESS, 0, 255, data=b"ab"),
            "800d0600" + "c400" + "010203040506" + "00ff02" + "6162",
        ),
    ],
)
def test_packets_are_laid_out_as_the_reference_says(packet: bytes, as_hex: str) -> None:
    assert packet.hex() == as_hex


def packets() -> st.SearchStrategy[list[Packet]]:
    value = st.builds(lambda data: Packet(Word.VALUE, (0, 0x2B, 1), data), st.binary(max_size=40))
    ended = st.builds(lambda result: Packet(Word.PROCEDURE_ENDED, (0, result, 0x19)), st.integers(0, 0xFFFF))
    found = st.builds(lambda data: Packet(Word.ADVERTISED, (-60, 0, ADDRESS, 0, 255), data), st.binary(max_size=31))
    return st.lists(st.one_of(value, ended, found, st.just(Packet(Word.ENDS, (0,)))), max_size=8)


@given(packets(), st.lists(st.integers(1, 30), max_size=20))
def test_packets_cut_anywhere_arrive_whole(sent: list[Packet], cuts: list[int]) -> None:
    health = SourceHealth()
    reader = PacketReader(DONGLE_WORDS, health)
    data = b"".join(encode(packet.word, *packet.fields, data=packet.data) for packet in sent)
    got = []
    for cut in cuts:
        got += reader.feed(data[:cut])
        data = data[cut:]
    got += reader.feed(data)
    assert got == sent
    assert health == SourceHealth()


def test_what_the_other_side_says_is_no_packet() -> None:
    health = SourceHealth()
    assert PacketReader(HOST_WORDS, health).feed(encode(Word.VALUE, 0, 0x2B, 1, data=bytes(16))) == []
    assert health.bad_frames == 1


def test_a_packet_whose_counts_disagree_is_skipped_and_the_next_is_found() -> None:
    health = SourceHealth()
    wrong = bytearray(encode(Word.VALUE, 0, 0x2B, 1, data=bytes(range(16))))
    wrong[8] = 15
    right = encode(Word.PROCEDURE_ENDED, 0, 0, 0x19)
    assert PacketReader(DONGLE_WORDS, health).feed(bytes(wrong) + right) == [Packet(Word.PROCEDURE_ENDED, (0, 0, 0x19))]
    assert (health.bad_frames, health.discarded_bytes) == (1, len(wrong))


def test_a_packet_that_was_cut_off_does_not_swallow_the_next() -> None:
    values = [encode(Word.VALUE, 0, 0x2B, 1, data=bytes(16)), encode(Word.VALUE, 0, 0x2E, 1, data=bytes(16))]
    reader = PacketReader(DONGLE_WORDS, SourceHealth())
    reader.frequent_head = values[0][:5]
    assert [packet.fields[1] for packet in reader.feed(values[0][:14] + values[1])] == [0x2E]
