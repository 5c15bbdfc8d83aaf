import contextlib
import os
import termios
from collections.abc import Iterator

import pytest

from cli.demo.keys import Keys


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
    ],
)
async def test_keys_come_one_by_one_and_only_those_that_a_person_pressed(
    terminal: tuple[int, int], data: bytes, keys: list[str]
) -> None:
    assert await pressed(terminal, data) == keys


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
