from collections.abc import Sequence

import numpy as np
import pytest

from drivers.errors import SettingsError
from drivers.protocols.csv_bare_numbers import ALIKE_LINES, MEASURE_S, SETTLE_S
from drivers.protocols.csv_lines import CsvLinesParser
from drivers.protocols.csv_sealed_rows import LINES_OF_A_RESTART
from drivers.protocols.csv_text import Header, write_header, write_row
from drivers.protocols.protocol import Described, Event, SampleBlock, StreamRestarted
from drivers.source import StreamInfo, Unit

HEADER = Header("bench", 2, 500.0, 0.5)


def numbered(numbers: Sequence[int], offset_us: int = 0) -> bytes:
    return b"".join(write_row(n, offset_us + n * 2000, np.array([n, -n])) for n in numbers)


def blocks(events: list[Event]) -> list[tuple[int, int, int]]:
    return [(e.first_index, e.lost_before, len(e.samples)) for e in events if isinstance(e, SampleBlock)]


def described(parser: CsvLinesParser | None = None) -> CsvLinesParser:
    parser = parser or CsvLinesParser()
    assert isinstance(parser.feed(write_header(HEADER))[0], Described)
    return parser


def test_a_header_describes_the_stream_and_its_scale_gives_microvolts() -> None:
    parser = CsvLinesParser()
    assert parser.feed(numbered(range(3))) == []
    assert parser.health.extra == {"undescribed_lines": 3}
    assert "no header" in parser.why_not_described()
    first, block = parser.feed(write_header(HEADER) + numbered(range(3, 6)))
    assert isinstance(first, Described)
    assert isinstance(block, SampleBlock)
    assert first.info == StreamInfo("bench", 2, 500.0, Unit.MICROVOLT)
    assert (first.ticks.tick_ns, first.ticks.modulus, first.ticks.unseen_loss) == (1000.0, 1 << 32, 0)
    assert block.samples.tolist() == [[1.5, -1.5], [2.0, -2.0], [2.5, -2.5]]
    assert (block.first_index, block.lost_before, block.newest_ticks) == (0, 0, 10_000)
    assert parser.feed(write_header(HEADER)) == []


def test_without_a_scale_the_unit_is_arbitrary() -> None:
    first, block = CsvLinesParser().feed(write_header(Header("x", 2, 500.0, 0.0)) + numbered([7]))
    assert isinstance(first, Described)
    assert isinstance(block, SampleBlock)
    assert (first.info.unit, block.samples.tolist()) == (Unit.ARBITRARY, [[7.0, -7.0]])


def test_lost_lines_are_a_gap_also_where_number_and_time_wrap() -> None:
    parser = described()
    parser.feed(numbered([0]))
    assert blocks(parser.feed(numbered([1, 2, 6, 7]))) == [(1, 0, 2), (6, 3, 2)]
    assert parser.health.lost_samples == 3
    parser = described()
    parser.feed(write_row(65_535, (1 << 32) - 1000, np.array([1, 2])))
    assert blocks(parser.feed(write_row(0, 1000, np.array([3, 4])) + write_row(2, 5000, np.array([5, 6])))) == [
        (1, 0, 1),
        (3, 1, 1),
    ]


def test_a_damaged_line_is_a_gap_and_a_bad_frame() -> None:
    parser = described()
    lines = numbered(range(4)).splitlines(keepends=True)
    assert blocks(parser.feed(lines[0] + lines[1][:-5] + b"\n" + b"".join(lines[2:]))) == [(0, 0, 1), (2, 1, 2)]
    assert parser.health.bad_frames == 1


def test_a_line_that_contradicts_the_stream_is_left_out_and_many_of_them_are_a_restart() -> None:
    parser = described()
    parser.feed(numbered(range(5000, 5005)))
    # a gap of seconds, and after it an old line
    assert blocks(parser.feed(numbered([9000, 5005]))) == [(4000, 3995, 1)]
    stray = write_row(40_000, 5_000_000, np.array([1, 2]))  # a number far ahead, at a time that does not fit
    assert blocks(parser.feed(stray)) == []
    before = parser.health.extra["stray_lines"]
    assert parser.feed(numbered(range(LINES_OF_A_RESTART - 1))) == []
    assert parser.health.extra["stray_lines"] == before + LINES_OF_A_RESTART - 1
    assert parser.feed(numbered([LINES_OF_A_RESTART - 1])) == [StreamRestarted("the device counts its samples anew")]


def test_a_line_with_other_channels_is_bad_and_another_header_another_stream() -> None:
    parser = described()
    assert parser.feed(write_row(0, 0, np.array([1, 2, 3]))) == []
    assert parser.health.bad_frames == 1
    restarted, first = parser.feed(write_header(Header("bench", 3, 500.0, 0.5)))
    assert isinstance(restarted, StreamRestarted)
    assert isinstance(first, Described)
    assert first.info.channel_count == 3


def bare(*rows: str) -> bytes:
    return "".join(f"{row}\r\n" for row in rows).encode()


def test_bare_numbers_are_described_when_enough_lines_are_alike() -> None:
    parser = CsvLinesParser(rate_hz=1000.0)
    assert parser.feed(bare("2", *["1,2"] * 3, "EMG,Env,Raw", *["EMG:1,Env:2,Raw:3"] * (ALIKE_LINES - 1))) == []
    assert "not 50 with equally many" in parser.why_not_described()
    first, block = parser.feed(bare(*["EMG:4,Env:5,Raw:6.5"] * 3))
    assert isinstance(first, Described)
    assert isinstance(block, SampleBlock)
    assert first.info == StreamInfo("lines of numbers", 3, 1000.0, Unit.ARBITRARY, ("EMG", "Env", "Raw"))
    assert first.ticks.unseen_loss == 1
    assert block.samples.tolist() == [[4, 5, 6.5]] * 2  # the first of the three described the stream


def test_a_damaged_line_now_and_then_does_not_hinder() -> None:
    parser = CsvLinesParser(rate_hz=1000.0)
    assert isinstance(parser.feed(bare("", *["1,2", *["1,2"] * 18, "1"] * 4))[0], Described)


def test_a_line_that_is_no_sample_stands_for_a_lost_one() -> None:
    parser = CsvLinesParser(rate_hz=1000.0)
    parser.feed(bare("", *["1,2"] * (ALIKE_LINES + 1)))
    assert blocks(parser.feed(bare("3,4", "3,x", "3", "5,6"))) == [(0, 0, 1), (3, 2, 1)]
    assert parser.health.lost_samples == parser.health.bad_frames == 2


def test_other_lines_for_long_are_another_stream() -> None:
    parser = CsvLinesParser(rate_hz=1000.0)
    parser.feed(bare("x", *["1,2"] * ALIKE_LINES))
    *_, restarted = parser.feed(bare(*["1,2,3"] * ALIKE_LINES))
    assert restarted == StreamRestarted("the lines have another number of columns now")
    first, *_ = parser.feed(bare(*["1,2,3"] * ALIKE_LINES))
    assert isinstance(first, Described)
    assert first.info.channel_count == 3


@pytest.mark.parametrize("rate_hz", [20.0, 498.7])
def test_an_unknown_rate_is_counted_for_some_seconds(rate_hz: float) -> None:
    parser = CsvLinesParser()
    elapsed_s = sent = 0.0
    events: list[Event] = []
    parser.feed(bare(*["0"] * (ALIKE_LINES + 1)))  # what had gathered
    assert parser.why_not_described().startswith("lines of 1 numbers came; their rate was still being counted")
    while not events:
        elapsed_s += 0.013
        due = int(elapsed_s * rate_hz)
        events = parser.feed(bare(*["0"] * int(due - sent)))
        sent = due
        parser.say(elapsed_s)
    assert SETTLE_S + MEASURE_S <= elapsed_s < SETTLE_S + MEASURE_S + 4 / rate_hz + 0.1
    first = events[0]
    assert isinstance(first, Described)
    assert first.info.rate_hz == pytest.approx(rate_hz, rel=0.003)


def test_it_says_nothing_and_refuses_what_is_no_rate() -> None:
    assert (CsvLinesParser().say(0.0), CsvLinesParser().farewell()) == (b"", b"")
    for rate_hz in (-1.0, float("nan"), 1e6):
        with pytest.raises(SettingsError, match="rate_hz"):
            CsvLinesParser(rate_hz=rate_hz)
