import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.demo.drawing import Canvas, draw_arm

EMPTY = "⠀"
STRAIGHT_CLOSED = """\
⠀⠀⠀⠀⠀⠀⡀⠀⡀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⡠⠄⢲⠂⠤⡀⠀
⠀⠀⠀⠀⠀⠀⡇⠀⡇⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⡘⠀⠀⢸⠀⠀⠘⡀
⠀⠀⠀⠀⠀⠀⡇⠀⡇⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⢃⠀⠀⠈⠀⠀⢀⠃
⠀⠀⠀⠀⠀⠀⡇⠀⡇⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠈⠢⠄⣀⡀⠤⠊⠀
⠀⠀⠀⠀⠀⠀⡇⠀⡇⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
⠀⠀⠀⠀⠀⢠⡏⠉⣧⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
⠀⠀⠀⠀⠀⠈⡦⠤⡎⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
⠀⠀⠀⠀⠀⠀⡇⠀⡇⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
⠀⠀⠀⠀⠀⠀⡇⠀⡇⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
⠀⠀⠀⠀⠀⠀⡇⠀⡇⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
⠀⠀⠀⠀⠀⠀⡇⠀⡇⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
⠀⠀⠀⠀⠀⠀⡇⡀⡇⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
⠀⠀⠀⠀⠀⠀⢠⢣⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀"""


def dots(lines: list[str]) -> set[tuple[int, int]]:
    """Return the dots of a picture, read from the bits that Unicode gives them."""
    offsets = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
    return {
        (2 * column + x, 4 * row + y)
        for row, line in enumerate(lines)
        for column, character in enumerate(line)
        for bit, (x, y) in enumerate(offsets)
        if (ord(character) - 0x2800) >> bit & 1
    }


@pytest.mark.parametrize("dot", [(x, y) for x in range(4) for y in range(8)])
def test_every_dot_is_where_it_is_drawn(dot: tuple[int, int]) -> None:
    canvas = Canvas(2, 2)
    canvas.line(*dot, *dot)
    assert dots(canvas.lines()) == {dot}


def test_a_line_has_no_holes_in_either_direction() -> None:
    for ends in ((0, 0, 7, 3), (7, 3, 0, 0), (0, 0, 2, 7), (3, 7, 3, 0)):
        canvas = Canvas(4, 2)
        canvas.line(*ends)
        drawn = dots(canvas.lines())
        assert {(ends[0], ends[1]), (ends[2], ends[3])} <= drawn
        assert len(drawn) == max(abs(ends[2] - ends[0]), abs(ends[3] - ends[1])) + 1


def test_a_small_picture() -> None:
    canvas = Canvas(4, 2)
    canvas.circle(3.5, 3.5, 3.0)
    assert canvas.lines() == ["⠰⠊⠐⡆", "⠱⠄⠤⠇"]
    diagonal = Canvas(4, 2)
    diagonal.line(0, 0, 7, 7)
    assert diagonal.lines() == ["⠑⢄⠀⠀", "⠀⠀⠑⢄"]


def test_what_lies_outside_is_left_out() -> None:
    canvas = Canvas(2, 1)
    canvas.line(-50, -50, -1, -1)
    canvas.line(4, 0, 9, 9)
    canvas.line(0, 4, 3, 4)
    assert canvas.lines() == [EMPTY * 2]


def test_a_straight_arm_with_a_closed_hand() -> None:
    assert "\n".join(draw_arm(0.0, 0.0, 1.4, width=34, height=13)).replace(" ", EMPTY) == "\n".join(
        line.ljust(34, EMPTY) for line in STRAIGHT_CLOSED.splitlines()
    )


def test_flexion_lifts_the_forearm_forward() -> None:
    hanging, lifted = dots(draw_arm(0.0, 0.0, 1.4)), dots(draw_arm(math.pi / 2, 0.0, 1.4))
    hand_of_lifted = {(x, y) for x, y in lifted if 25 < x < 50}
    assert not any(25 < x < 50 for x, _ in hanging)
    assert hand_of_lifted
    assert max(y for _, y in hand_of_lifted) < 30


def test_an_open_hand_is_wider_than_a_closed_one() -> None:
    def width(hand_rad: float) -> int:
        rows = [y for x, y in dots(draw_arm(math.pi / 2, 0.0, hand_rad)) if 38 < x < 50]
        return max(rows) - min(rows)

    assert width(0.0) > width(0.7) > width(1.4)


def test_the_dial_follows_the_wrist_alone() -> None:
    straight, turned = dots(draw_arm(0.8, 0.0, 0.7)), dots(draw_arm(0.8, 1.5, 0.7))
    assert all(x > 50 and y < 20 for x, y in straight ^ turned)
    assert straight != turned


@given(st.floats(-10, 10), st.floats(-10, 10), st.floats(-10, 10))
def test_every_picture_has_the_size_that_the_screen_keeps_for_it(elbow: float, wrist: float, hand: float) -> None:
    lines = draw_arm(elbow, wrist, hand, width=34, height=13)
    assert [len(line) for line in lines] == [34] * 13
    assert all(0x2800 <= ord(character) < 0x2900 for line in lines for character in line)
