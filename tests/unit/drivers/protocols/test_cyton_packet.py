import numpy as np
import pytest

from drivers.protocols.cyton_packet import COUNT_LIMIT, GAINS, pack, unpack_channels, uv_per_count

# One packet written out by the data format page: channel 1 is 1, channel 2 is -1, channel 3 the largest count,
# channel 4 the lowest, the others 0; the accelerometer says X 1, Y -1, Z 0x1234.
PACKET = bytes.fromhex(
    "A0 2A  000001 FFFFFF 7FFFFF 800000 000000 000000 000000 000000  0001 FFFF 1234  C0".replace(" ", "")
)
COUNTS = np.array([[1, -1, COUNT_LIMIT, -COUNT_LIMIT - 1, 0, 0, 0, 0]], dtype=np.int32)


def test_a_packet_is_laid_out_as_the_data_format_page_says() -> None:
    auxiliary = np.frombuffer(bytes.fromhex("0001FFFF1234"), np.uint8).reshape(1, 6)
    packed = pack(42, COUNTS, auxiliary, np.array([0xC0], dtype=np.uint8))
    assert packed.tobytes() == PACKET
    packets = np.frombuffer(PACKET, np.uint8).reshape(1, 33)
    np.testing.assert_array_equal(unpack_channels(packets, 1.0), COUNTS)


def test_numbers_wrap_after_255() -> None:
    counts = np.zeros((3, 8), dtype=np.int32)
    packets = pack(255, counts, np.zeros((3, 6), dtype=np.uint8), np.full(3, 0xC0, dtype=np.uint8))
    assert packets[:, 1].tolist() == [255, 0, 1]


@pytest.mark.parametrize("gain", GAINS)
def test_every_count_is_scaled_exactly(gain: int) -> None:
    counts = np.random.default_rng(gain).integers(-COUNT_LIMIT - 1, COUNT_LIMIT + 1, (5000, 8), dtype=np.int32)
    packets = pack(0, counts, np.zeros((5000, 6), dtype=np.uint8), np.full(5000, 0xC0, dtype=np.uint8))
    samples = unpack_channels(packets, uv_per_count(gain))
    np.testing.assert_array_equal(samples, counts * uv_per_count(gain))
    assert samples.flags.c_contiguous


def test_the_scale_is_that_of_the_data_format_page() -> None:
    assert uv_per_count(24) == pytest.approx(0.02235, abs=5e-6)
    assert uv_per_count(1) * COUNT_LIMIT == pytest.approx(4.5e6)
