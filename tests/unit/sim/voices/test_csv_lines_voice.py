import numpy as np
import pytest

from drivers.protocols.csv_text import Header, Row, read_sealed
from sim.emulator.voices.csv_lines import make_csv_bare, make_csv_lines
from sim.errors import SimError

SECOND_NS = 1_000_000_000


def test_numbered_lines_have_a_header_at_the_start_and_every_second() -> None:
    voice = make_csv_lines("bench", "", 3, 500.0)
    header = voice.opened(7 * SECOND_NS)
    assert read_sealed(header.strip()) == Header("bench", 3, 500.0, voice.uv_per_count)
    assert voice.due(8 * SECOND_NS - 1) == b""
    assert voice.due(8 * SECOND_NS) == header
    assert voice.hear(b"anything\n", 0) == b""


def test_numbered_lines_tell_number_and_time_of_each_sample() -> None:
    voice = make_csv_lines("", "", 2, 500.0)
    voice.skip(65_535)
    counts = np.array([[1, -1], [2, -2], [1 << 23, -(1 << 31)]], dtype=np.int32)
    lines = voice.frames(counts, 1_000_000, 10)
    assert [read_sealed(line.strip()) for line in lines] == [
        Row(65_535, 996_000, (1, -1)),
        Row(0, 998_000, (2, -2)),
        Row(1, 1_000_000, (511, -512)),
    ]


def test_bare_lines_are_numbers_of_ten_bits() -> None:
    voice = make_csv_bare("", "", None, None)
    assert voice.opened(0) == b""
    assert voice.frames(np.array([[0, 600], [-600, 1]], dtype=np.int32), 0, 1) == [b"512,1023\r\n", b"0,513\r\n"]


@pytest.mark.parametrize(("channels", "rate_hz"), [(0, None), (25, None), (None, 0.5), (None, 1e5)])
def test_what_makes_no_line_is_refused(channels: int | None, rate_hz: float | None) -> None:
    with pytest.raises(SimError, match="1 to 24 channels"):
        make_csv_bare("", "", channels, rate_hz)
