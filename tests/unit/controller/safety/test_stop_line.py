"""What counts as 'run', and that everything else stops and stays stopped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.safety.stop_line import UNWATCHED_NS, Heartbeat, StopLatch

MS = 1_000_000
SILENCE_MS = 250


def heartbeat() -> Heartbeat:
    return Heartbeat(SILENCE_MS * MS)


def test_a_line_that_repeats_its_byte_lets_the_arm_move() -> None:
    line = heartbeat()
    for look in range(1000):
        assert line.judge(b"R" if look % 10 == 0 else b"", look * 10 * MS) == ""


def test_silence_is_a_stop_from_the_first_look_on() -> None:
    line = heartbeat()
    for now_ms in range(0, SILENCE_MS + 1, 10):
        assert line.judge(b"", now_ms * MS) == ""
    said = "silent for more than 250 ms: button pressed, cable or power gone"
    assert line.judge(b"", (SILENCE_MS + 10) * MS) == said


def test_a_byte_again_ends_the_silence() -> None:
    line = heartbeat()
    line.judge(b"", 0)
    line.judge(b"", 240 * MS)
    assert "silent" in line.judge(b"", 260 * MS)
    assert line.judge(b"R", 270 * MS) == ""


@given(st.binary(min_size=1, max_size=40), st.integers(0, 39))
def test_any_other_byte_is_a_stop_at_once_wherever_it_stands(noise: bytes, place: int) -> None:
    arrived = b"R" * place + noise + b"R"
    assert bool(heartbeat().judge(arrived, 0)) is (set(noise) != {ord("R")})


def test_a_disturbed_line_says_so_and_the_first_look_is_never_a_late_one() -> None:
    assert heartbeat().judge(b"RxR", 0) == "the button is pressed, or the line is disturbed"
    assert Heartbeat(0).judge(b"R", 5) == ""


def test_what_piled_up_while_nobody_looked_does_not_count() -> None:
    line = heartbeat()
    assert line.judge(b"R", 0) == ""
    assert line.judge(b"R" * 30, 3000 * MS) == "nobody watched the line for 3000 ms"
    assert line.judge(b"R", 3010 * MS) == ""


def test_exactly_the_silence_without_a_look_is_still_allowed() -> None:
    line = heartbeat()
    assert line.judge(b"R", 0) == ""
    assert line.judge(b"R", SILENCE_MS * MS) == ""
    assert line.judge(b"R", (2 * SILENCE_MS) * MS + 1) != ""


def test_a_stop_stays_until_a_person_releases_it_and_the_line_allows_it() -> None:
    latch = StopLatch()
    assert latch.saw("", 0) is False
    assert latch.saw("pressed", 10) is True
    assert latch.saw("still pressed", 20) is False
    assert latch.release() == "still pressed"
    assert latch.saw("", 30) is False
    assert latch.why_stopped(40) == "pressed"
    assert latch.release() == ""
    assert latch.why_stopped(60) == ""
    assert latch.saw("pressed again", 70) is True


@pytest.mark.parametrize("later", [1, UNWATCHED_NS])
def test_a_line_that_nobody_watches_any_more_is_a_stop(later: int) -> None:
    latch = StopLatch()
    assert latch.why_stopped(later) == ""  # not watched yet
    latch.saw("", 5)
    assert latch.why_stopped(5 + UNWATCHED_NS) == ""
    assert UNWATCHED_NS == 1000 * MS
    assert latch.why_stopped(5 + UNWATCHED_NS + later) == "the line is not watched any more"
    assert "not watched" in latch.release()
    latch.saw("", 5 + UNWATCHED_NS + later + 1)
    assert latch.release() == ""
