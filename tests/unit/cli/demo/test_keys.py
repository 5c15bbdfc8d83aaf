import contextlib
import os
import termios
from collections.abc import Iterator

import pytest

from cli.demo.keys import KeyPresses, Keys


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Return both ends of a pseudo-terminal: where a person types, and where a program reads."""
    master, slave = os.openpty()
    yield master, slave
    os.close(slave)
    os.close(master)


async def pressed(terminal: tuple[int, int], data: bytes) -> list[str]:
    heard: list[str] = []
    with Keys(heard.append, terminal[1]) as keys:
        os.write(terminal[0], data)
        keys._read()
    return heard


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"1", ["1"]),
        (b"+u ", ["+", "u", " "]),
        ("é²".encode(), ["é", "²"]),
        (b"\xff", []),  # half a character, or another encoding
        (b"1\xff2", ["1", "2"]),
        (b"\x1b[3~", []),  # Delete: an escape and the digit of a motion
        (b"\x1b[A", []),
        (b"\x1bOP", []),
        (b"\x1b", []),
        (b"\x1b[3~\x1bOP\x00\xff1", ["\x00", "1"]),  # one read of a busy machine
        (b"\x1b[A ", [" "]),  # the stop key behind an arrow
        (b"\x1b[1 ", ["[", "1", " "]),  # and behind what never became one
        (b"\x1b ", [" "]),
    ],
)
async def test_keys_come_one_by_one_and_only_those_that_a_person_pressed(
    terminal: tuple[int, int], data: bytes, keys: list[str]
) -> None:
    assert await pressed(terminal, data) == keys


def test_how_the_bytes_are_cut_makes_no_difference() -> None:
    sent = b"2\x1b[3~1\x1bOP \x1b[1;5Ae\x1b[24~q"
    for first in range(len(sent) + 1):
        for second in range(first, len(sent) + 1):
            presses = KeyPresses()
            cut = sent[:first], sent[first:second], sent[second:]
            assert "".join(presses.take(part) for part in cut) == "21 eq"


async def test_the_terminal_is_as_it_was_also_after_an_error(terminal: tuple[int, int]) -> None:
    before = termios.tcgetattr(terminal[1])
    inside = []
    with contextlib.suppress(ValueError), Keys(lambda _: None, terminal[1]):
        inside = termios.tcgetattr(terminal[1])
        raise ValueError
    assert inside not in ([], before)
    assert termios.tcgetattr(terminal[1]) == before


async def test_a_terminal_that_has_gone_quits() -> None:
    master, slave = os.openpty()
    heard: list[str] = []
    keys = Keys(heard.append, slave)
    keys.__enter__()
    os.close(master)
    keys._read()
    assert heard == ["q"]
    os.close(slave)
