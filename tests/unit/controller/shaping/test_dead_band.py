import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.shaping.dead_band import dead_band


def test_nothing_within_the_band_then_a_line_to_full_speed() -> None:
    assert [dead_band(speed, 0.2) for speed in (0.0, 0.2, -0.2, 0.6, -0.6, 1.0, 1.7, -9.0)] == pytest.approx(
        [0, 0, 0, 0.5, -0.5, 1, 1, -1]
    )
    assert dead_band(0.3, 0.0) == 0.3


def test_what_is_no_number_is_rest() -> None:
    assert dead_band(math.nan, 0.2) == 0.0


@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(0, 0.99))
def test_never_faster_never_backwards_and_without_a_jump(one: float, other: float, width: float) -> None:
    low, high = sorted((one, other))
    assert dead_band(low, width) <= dead_band(high, width)
    assert abs(dead_band(one, width)) <= min(abs(one), 1.0) + 1e-12
    assert dead_band(one, width) * one >= 0.0
    assert abs(dead_band(high, width) - dead_band(low, width)) <= (high - low) / (1.0 - width) + 1e-12
