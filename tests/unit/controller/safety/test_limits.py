import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.safety.limits import Cut, JointLimits, limit_velocity

ELBOW = JointLimits("elbow", 0.0, 2.0, 1.5, 10.0, 0.2)
anything = st.floats(allow_nan=True, allow_infinity=True)
velocities = st.floats(-1.5, 1.5)


def test_what_is_within_all_limits_passes_untouched() -> None:
    assert limit_velocity(1.0, 0.95, 1.0, 0.01, ELBOW) == (1.0, None)


@pytest.mark.parametrize("wanted", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_becomes_rest(wanted: float) -> None:
    assert limit_velocity(wanted, 1.0, 1.0, 0.01, ELBOW) == (0.0, Cut.NOT_FINITE)


def test_too_fast_is_cut_to_the_limit() -> None:
    assert limit_velocity(9.0, 1.5, 1.0, 0.01, ELBOW) == (1.5, Cut.SPEED)
    assert limit_velocity(-9.0, -1.5, 1.0, 0.01, ELBOW) == (-1.5, Cut.SPEED)


def test_speeding_up_is_bounded_and_braking_is_not() -> None:
    assert limit_velocity(1.0, 0.5, 1.0, 0.01, ELBOW) == (pytest.approx(0.6), Cut.ACCELERATION)
    assert limit_velocity(0.0, 1.5, 1.0, 0.01, ELBOW) == (0.0, None)
    assert limit_velocity(0.2, 1.5, 1.0, 0.01, ELBOW) == (0.2, None)


def test_turning_round_starts_from_rest() -> None:
    assert limit_velocity(-1.0, 1.0, 1.0, 0.01, ELBOW) == (pytest.approx(-0.1), Cut.ACCELERATION)


def test_slows_down_before_an_end_and_may_always_leave_it() -> None:
    assert limit_velocity(1.5, 1.5, 1.9, 0.01, ELBOW) == (pytest.approx(0.75), Cut.END_OF_RANGE)
    assert limit_velocity(1.5, 1.5, 2.0, 0.01, ELBOW) == (0.0, Cut.END_OF_RANGE)
    assert limit_velocity(1.5, 1.5, 2.5, 0.01, ELBOW) == (0.0, Cut.END_OF_RANGE)
    assert limit_velocity(-0.1, 0.0, 2.0, 0.01, ELBOW) == (-0.1, None)
    assert limit_velocity(-0.5, -0.5, -0.1, 0.01, ELBOW) == (0.0, Cut.END_OF_RANGE)


def test_a_position_that_is_no_number_allows_nothing() -> None:
    assert limit_velocity(0.1, 0.1, math.nan, 0.01, ELBOW) == (0.0, Cut.NOT_FINITE)


@given(anything, velocities, st.one_of(st.none(), anything), st.floats(-1.0, 1.0))
def test_no_input_gets_past_any_limit(wanted: float, previous: float, position: float | None, step_s: float) -> None:
    velocity, cut = limit_velocity(wanted, previous, position, step_s, ELBOW)
    assert math.isfinite(velocity)
    assert abs(velocity) <= ELBOW.max_speed_rad_s
    if abs(velocity) > abs(previous):
        assert abs(velocity) - abs(previous) <= ELBOW.max_acceleration_rad_s2 * max(step_s, 0.0) + 1e-12
    if position is not None and velocity > 0:
        assert position < ELBOW.max_rad
    if position is not None and velocity < 0:
        assert position > ELBOW.min_rad
    if cut is None:
        assert velocity == wanted
    assert velocity == 0.0 or math.copysign(1, velocity) == math.copysign(1, wanted)
