import argparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.ranges import MOST, numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4", (4,)),
        ("1-4", (1, 2, 3, 4)),
        ("1,3,5-6", (1, 3, 5, 6)),
        (" 2 , 4-5 ", (2, 4, 5)),
        ("3-3", (3,)),
        ("6-5,7", (7,)),
        ("5,1-2", (5, 1, 2)),
        ("0", (0,)),
    ],
)
def test_numbers_and_ranges_in_the_order_given(text: str, expected: tuple[int, ...]) -> None:
    assert numbers(text) == expected


@pytest.mark.parametrize("text", ["", ",", "1,", "a", "1-b", "-3", "1-", "1-2-3", "1.5", "²", "1–4", "--1"])
def test_what_is_no_number_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="expected numbers such as 1-4 or 1,3,5-6, got") as caught:
        numbers(text)
    assert str(caught.value).endswith(f"'{text}'")


def test_a_range_that_ends_before_it_begins_names_nothing() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="'5-1' names no number"):
        numbers("5-1")


@pytest.mark.parametrize("text", ["1-99999999999", "1-10001", f"1,2,0-{MOST}"])
def test_more_than_anyone_records_is_refused_at_once(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="names more than 10000 numbers"):
        numbers(text)


@given(st.lists(st.integers(0, 9999), min_size=1, max_size=20))
def test_a_plain_list_comes_back_as_it_was(wanted: list[int]) -> None:
    assert numbers(",".join(map(str, wanted))) == tuple(wanted)
