import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.protocols.fixed_frames import ByteNumbering, FixedFrames
from drivers.source import SourceHealth

LENGTH = 5  # 0xAA, number, two bytes of data, 0x55


def frame(number: int, data: bytes = b"ab") -> bytes:
    return b"\xaa" + bytes([number]) + data + b"\x55"


def finder(health: SourceHealth) -> FixedFrames:
    def plausible(frames: NDArray[np.uint8]) -> NDArray[np.bool_]:
        return np.asarray(frames[:, 2] < 0x80)

    return FixedFrames(b"\xaa", b"\x55", LENGTH, plausible, health)


def numbers(found: NDArray[np.uint8]) -> list[int]:
    return [int(row[1]) for row in found]


@pytest.mark.parametrize("piece", range(1, 16))
def test_frames_are_found_however_the_bytes_are_cut(piece: int) -> None:
    health = SourceHealth()
    frames = finder(health)
    data = b"junk" + b"".join(frame(n) for n in range(6)) + b"\xaa" + frame(6)
    found = [n for start in range(0, len(data), piece) for n in numbers(frames.feed(data[start : start + piece]))]
    assert found == list(range(7))
    assert health.discarded_bytes == 5
    assert health.bad_frames == 1  # what came before the first frame was no frame of this stream


def test_what_is_not_plausible_is_no_frame_and_hides_none() -> None:
    health = SourceHealth()
    found = finder(health).feed(frame(1) + frame(2, b"\xffb") + b"\xaa\x01" + frame(3))
    assert numbers(found) == [1, 3]
    assert (health.bad_frames, health.discarded_bytes) == (1, LENGTH + 2)


def test_a_frame_inside_a_frame_is_not_taken() -> None:
    assert numbers(finder(SourceHealth()).feed(b"\xaa\xaaab\x55" + frame(2))) == [0xAA, 2]


def blocks(numbering: ByteNumbering, *numbers: int) -> list[tuple[int, int, int]]:
    frames = np.array([[n, i] for i, n in enumerate(numbers)], dtype=np.uint8)
    made = numbering.blocks(frames, 0, lambda rows: rows[:, :1].astype(np.float64))
    return [(block.first_index, block.lost_before, len(block.samples)) for block in made]


def test_the_number_wraps_and_gaps_begin_new_blocks() -> None:
    health = SourceHealth()
    numbering = ByteNumbering(health)
    assert blocks(numbering, 253, 254) == [(0, 0, 2)]
    assert blocks(numbering, 255, 0, 4) == [(2, 0, 2), (7, 3, 1)]
    assert blocks(numbering, 3) == [(8 + 254, 254, 1)]
    assert blocks(numbering) == []
    assert health.lost_samples == 3 + 254


def test_a_frame_that_comes_twice_is_dropped_and_counted() -> None:
    health = SourceHealth()
    numbering = ByteNumbering(health)
    once = np.array([[7, 1], [8, 2]], dtype=np.uint8)
    twice = np.repeat(once, 2, axis=0)
    made = numbering.blocks(twice, 0, lambda rows: rows.astype(np.float64))
    assert [len(block.samples) for block in made] == [2]
    assert numbering.blocks(once[1:], 0, lambda rows: rows.astype(np.float64)) == []
    assert (health.lost_samples, health.extra) == (0, {"repeated_frames": 3})
