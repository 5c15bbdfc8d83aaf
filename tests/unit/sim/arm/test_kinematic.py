import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.arm_config import JointConfig
from sim.arm.kinematic import KinematicArm


def joint(name: str = "elbow", rest_rad: float | None = None) -> JointConfig:
    return JointConfig(
        name=name, min_rad=-1.0, max_rad=2.0, max_speed_rad_s=1.0, max_acceleration_rad_s2=10.0, rest_rad=rest_rad
    )


def test_it_begins_at_rest_where_the_configuration_says_or_in_the_middle() -> None:
    arm = KinematicArm([joint("elbow", 0.0), joint("hand", -1.0), joint("wrist")])
    assert arm.position_rad == {"elbow": 0.0, "hand": -1.0, "wrist": 0.5}
    assert set(arm.velocity_rad_s.values()) == set(arm.travel_rad.values()) == {0.0}


def test_each_joint_goes_its_own_way() -> None:
    arm = KinematicArm([joint("elbow", 0.0), joint("hand", 0.0)])
    arm.move({"elbow": 0.5, "hand": -0.25}, 0.2)
    assert arm.position_rad == {"elbow": 0.1, "hand": -0.05}
    assert arm.velocity_rad_s == pytest.approx({"elbow": 0.5, "hand": -0.25})


@pytest.mark.parametrize(("velocity", "end"), [(9.0, 2.0), (-9.0, -1.0)])
def test_at_the_end_of_its_range_a_joint_stands_and_travels_no_further(velocity: float, end: float) -> None:
    arm = KinematicArm([joint(rest_rad=0.0)])
    for _ in range(10):
        arm.move({"elbow": velocity}, 0.1)
    assert arm.position_rad["elbow"] == end
    assert arm.velocity_rad_s["elbow"] == 0.0
    assert arm.travel_rad["elbow"] == abs(end)


def test_the_step_into_the_end_is_as_fast_as_the_way_that_was_left() -> None:
    arm = KinematicArm([joint(rest_rad=1.9)])
    arm.move({"elbow": 5.0}, 0.1)
    assert arm.velocity_rad_s["elbow"] == pytest.approx(1.0)


def test_travel_adds_both_directions() -> None:
    arm = KinematicArm([joint(rest_rad=0.0)])
    for velocity in (1.0, -1.0, -1.0, 1.0):
        arm.move({"elbow": velocity}, 0.25)
    assert arm.position_rad["elbow"] == pytest.approx(0.0)
    assert arm.travel_rad["elbow"] == pytest.approx(1.0)


def test_no_time_is_no_motion() -> None:
    arm = KinematicArm([joint(rest_rad=0.3)])
    arm.move({"elbow": 1.0}, 0.0)
    assert (arm.position_rad, arm.velocity_rad_s) == ({"elbow": 0.3}, {"elbow": 0.0})


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(0, 0.1)), max_size=30))
def test_it_never_leaves_its_range_and_travel_is_the_way_gone(story: list[tuple[float, float]]) -> None:
    arm = KinematicArm([joint(rest_rad=0.0)])
    way = [0.0]
    for velocity, step_s in story:
        arm.move({"elbow": velocity}, step_s)
        way.append(arm.position_rad["elbow"])
        assert -1.0 <= way[-1] <= 2.0
        assert math.isfinite(arm.velocity_rad_s["elbow"])
    assert arm.travel_rad["elbow"] == pytest.approx(sum(abs(after - before) for before, after in pairwise(way)))


def test_reset_puts_the_joints_back_and_keeps_the_count_of_the_way() -> None:
    arm = KinematicArm([joint("elbow", rest_rad=0.5)])
    arm.move({"elbow": 1.0}, 0.2)
    arm.reset()
    assert arm.position_rad == {"elbow": 0.5}
    assert arm.velocity_rad_s == {"elbow": 0.0}
    assert arm.travel_rad == pytest.approx({"elbow": 0.2})
