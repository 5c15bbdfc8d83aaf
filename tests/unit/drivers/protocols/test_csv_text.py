from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import SettingsError
from drivers.protocols.csv_text import (
    LONGEST_LINE,
    TOO_LONG,
    Header,
    LineCutter,
    Row,
    check_sum,
    read_plain,
    read_sealed,
    write_header,
    write_row,
)
from drivers.source import SourceHealth


def test_the_check_sum_is_the_one_of_the_page() -> None:
    assert check_sum(b"123456789") == 0xF4


def test_a_row_and_a_header_come_back() -> None:
    line = write_row(65_536 + 7, (1 << 32) + 9, np.array([1, -2, 1 << 30, -(1 << 30)]))
    assert line == b"7,9,1,-2,8388607,-8388608*%02x\n" % check_sum(line[:-4])
    assert read_sealed(line.strip()) == Row(7, 9, (1, -2, 8388607, -8388608))
    header = Header("bench", 3, 1000 / 3, 0.000_001_5)
    assert write_header(header).startswith(b"EMG1,bench,3,333.333333,0.0000015*")
    assert read_sealed(write_header(header).strip()) == Header("bench", 3, 333.333333, 0.000_001_5)
    assert read_sealed(write_header(Header("", 1, 1000.0, 0.0)).strip().upper()) == Header("", 1, 1000.0, 0.0)


@given(
    row=st.builds(
        Row,
        st.integers(0, 65535),
        st.integers(0, 2**32 - 1),
        st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=24).map(tuple),
    )
)
def test_any_row_comes_back_and_no_changed_byte_is_believed(row: Row) -> None:
    line = write_row(row.number, row.time_us, np.array(row.counts)).strip()
    assert read_sealed(line) == row
    for place in range(len(line) - 2):
        changed = line[:place] + bytes([line[place] ^ 1]) + line[place + 1 :]
        assert read_sealed(changed) is None


def sealed(text: bytes) -> bytes:
    return b"%b*%02x" % (text, check_sum(text))


@pytest.mark.parametrize(
    "text",
    [
        b"1,2",
        b"1,2,",
        b"1,2,3,",
        b"65536,2,3",
        b"1,4294967296,3",
        b"1,2,+3",
        b"1,2,3.5",
        b"a,2,3",
        b"",
        b"EMG1,x,0,100,1",
        b"EMG1,x,25,100,1",
        b"EMG1,x,2,0,1",
        b"EMG1,x,2,100",
        b"EMG2,x,2,100,1",
        b"EMG1,\xff,2,100,1",
    ],
)
def test_what_contradicts_the_form_is_no_line(text: bytes) -> None:
    assert read_sealed(sealed(text)) is None


@pytest.mark.parametrize(
    "header",
    [
        Header("a,b", 1, 1.0, 0.0),
        Header("a*b", 1, 1.0, 0.0),
        Header("x", 25, 1.0, 0.0),
        Header("x", 1, 1e7, 0.0),
        Header("x" * 41, 1, 1.0, 0.0),
    ],
)
def test_a_header_that_cannot_be_read_is_not_written(header: Header) -> None:
    with pytest.raises(SettingsError, match="a line says"):
        write_header(header)


@pytest.mark.parametrize(
    ("line", "numbers", "labels"),
    [
        (b"512", [512], ()),
        (b"1,2,3", [1, 2, 3], ()),
        (b"1, 2,\t3,", [1, 2, 3], ()),
        (b"1 2\t3", [1, 2, 3], ()),
        (b"1;-2.5;3e2", [1, -2.5, 300], ()),
        (b"EMG:512,Env:20.", [512, 20], ("EMG", "Env")),
        (b"EMG: 512\tEnv: .5", [512, 0.5], ("EMG", "Env")),
        (b"EMG:512,20", [512, 20], ()),
    ],
)
def test_lines_of_sketches_are_read(line: bytes, numbers: list[float], labels: tuple[str, ...]) -> None:
    assert read_plain(line) == (numbers, labels)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"hello",
        b"1,,x",
        b",1",
        b"EMG1,x,2,100,1*00",
        b"nan",
        b"inf",
        b"0x12",
        b"1.2.3",
        b"--1",
        b"1e999",
        b"12345678901",
        b"1," * 25,
        TOO_LONG,
    ],
)
def test_what_is_no_line_of_numbers_is_none(line: bytes) -> None:
    assert read_plain(line) is None


@given(pieces=st.lists(st.integers(0, 700), max_size=8))
def test_lines_are_cut_alike_however_the_bytes_come(pieces: list[int]) -> None:
    data = b"a\r\n\n b \n" + b"x" * (LONGEST_LINE - 1) + b"\n" + b"y" * LONGEST_LINE + b"\nc\n" + b"z" * 600
    health = SourceHealth()
    cutter = LineCutter(health)
    edges = [0, *sorted(piece % len(data) for piece in pieces), len(data)]
    lines = [line for begin, end in pairwise(edges) for line in cutter.feed(data[begin:end])]
    assert lines == [b"a", b"b", b"x" * (LONGEST_LINE - 1), TOO_LONG, b"c"]
    assert cutter.feed(b"\nd\n") == [TOO_LONG, b"d"]
    assert health.discarded_bytes == LONGEST_LINE + 600


def test_the_page_shows_lines_that_are_read() -> None:
    page = (Path(__file__).resolve().parents[4] / "docs/devices/csv-lines.md").read_bytes()
    header, row = page.split(b"```text\n")[1].split(b"```")[0].splitlines()
    assert read_sealed(header) == Header("bench", 2, 500.0, 4.8828125)
    assert read_sealed(row) == Row(17, 34_000, (12, -7))
