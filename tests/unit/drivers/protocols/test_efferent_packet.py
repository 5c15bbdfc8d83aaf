import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import SettingsError
from drivers.protocols.efferent_packet import (
    DESCRIPTION_HEAD,
    MAX_ENCODED_BYTES,
    MAX_PACKET_BYTES,
    MAX_TEXT_BYTES,
    Description,
    check_sum,
    read_description,
    seal,
    unseal,
    write_description,
)
from drivers.source import StreamInfo, Unit

words = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20)


def test_the_check_sum_is_the_published_one() -> None:
    assert check_sum(b"123456789") == 0x29B1


@given(body=st.binary(min_size=1, max_size=600))
def test_a_sealed_packet_has_one_zero_byte_at_its_end_and_opens_again(body: bytes) -> None:
    sealed = seal(body)
    assert sealed.index(0) == len(sealed) - 1
    assert unseal(sealed[:-1])[:-2] == body


def test_no_packet_is_longer_than_the_bound() -> None:
    assert len(seal(b"\x01" * (MAX_PACKET_BYTES - 2))) - 1 <= MAX_ENCODED_BYTES


@given(body=st.binary(min_size=1, max_size=60), bit=st.integers(0))
def test_one_wrong_bit_never_passes(body: bytes, bit: int) -> None:
    sealed = bytearray(seal(body)[:-1])
    bit %= 8 * len(sealed)
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ValueError, match=r".+"):
        unseal(bytes(sealed))


@given(data=st.data(), channels=st.integers(1, 64), boot=st.integers(0, 255), millihertz=st.integers(1, 2**32 - 1))
def test_a_description_comes_back(data: st.DataObject, channels: int, boot: int, millihertz: int) -> None:
    labels = tuple(data.draw(st.lists(words, min_size=channels, max_size=channels)))
    scale = data.draw(st.floats(1e-12, 1e12)) * data.draw(st.sampled_from([1, -1]))
    info = StreamInfo(
        data.draw(words),
        channels,
        millihertz / 1000,
        data.draw(st.sampled_from(Unit)),
        labels if any(labels) else (),
        data.draw(words),
    )
    packet = unseal(seal(write_description(Description(info, scale, boot)))[:-1])
    assert read_description(packet) == Description(info, scale, boot)


@pytest.mark.parametrize(
    ("info", "scale"),
    [
        (StreamInfo("x", 2, 1000.0, labels=("a",)), 1.0),
        (StreamInfo("x\0", 2, 1000.0), 1.0),
        (StreamInfo("x" * MAX_TEXT_BYTES, 2, 1000.0), 1.0),
        (StreamInfo("x", 0, 1000.0), 1.0),
        (StreamInfo("x", 65, 1000.0), 1.0),
        (StreamInfo("x", 2, 0.0), 1.0),
        (StreamInfo("x", 2, 5e6), 1.0),
        (StreamInfo("x", 2, 1000.0), 0.0),
        (StreamInfo("x", 2, 1000.0), math.nan),
        (StreamInfo("x", 2, 1000.0), math.inf),
    ],
)
def test_what_the_framing_cannot_say_is_refused(info: StreamInfo, scale: float) -> None:
    with pytest.raises(SettingsError):
        write_description(Description(info, scale, 0))


def description_packet(channels: int, unit: int, millihertz: int, scale: float, text: bytes) -> bytes:
    return DESCRIPTION_HEAD.pack(2, channels, unit, 0, millihertz, scale) + text + b"\0\0"


def test_the_smallest_description_is_read() -> None:
    assert read_description(description_packet(1, 0, 1, 1.0, b"\0\0")).info == StreamInfo("", 1, 0.001, Unit.ARBITRARY)


def test_the_full_scale_is_that_of_24_bits() -> None:
    assert read_description(description_packet(1, 0, 1, 0.5, b"\0\0")).info.full_scale == 2**22


@pytest.mark.parametrize(
    "packet",
    [
        description_packet(1, 2, 1, 1.0, b"\0\0"),
        description_packet(1, 0, 0, 1.0, b"\0\0"),
        description_packet(1, 0, 1, math.nan, b"\0\0"),
        description_packet(1, 0, 1, 1e300, b"\0\0"),
        description_packet(0, 0, 1, 1.0, b"\0"),
        description_packet(65, 0, 1, 1.0, b"\0" * 66),
        description_packet(2, 0, 1, 1.0, b"\0\0"),
        description_packet(1, 0, 1, 1.0, b"\0\0\0"),
        description_packet(1, 0, 1, 1.0, b"\xff\0\0"),
        description_packet(1, 0, 1, 1.0, b"n" * MAX_TEXT_BYTES + b"\0\0"),
        struct.pack("<BB", 2, 1),
    ],
)
def test_a_description_that_contradicts_the_layout_is_refused(packet: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_description(packet)
