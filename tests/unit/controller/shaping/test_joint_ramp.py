from hypothesis import given
from hypothesis import strategies as st

from controller.shaping.joint_ramp import JointRamp


def test_each_joint_rises_by_itself_and_falls_faster() -> None:
    ramp = JointRamp(2, length=4)
    assert [ramp.factor(0, 0.3) for _ in range(6)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    assert ramp.factor(1, 1.0) == 0.25
    assert [ramp.factor(0, 0.0), ramp.factor(0, 0.3)] == [0.0, 0.75]  # lost two, earned one
    ramp.reset()
    assert ramp.factor(0, 0.3) == 0.25


def test_the_other_way_begins_from_nothing() -> None:
    ramp = JointRamp(1, length=4)
    for _ in range(4):
        ramp.factor(0, -1.0)
    assert [ramp.factor(0, 1.0), ramp.factor(0, 1.0), ramp.factor(0, -1.0)] == [0.25, 0.5, 0.25]


def test_another_length_keeps_the_share() -> None:
    ramp = JointRamp(2, length=4)
    for _ in range(2):
        ramp.factor(0, 1.0)
        ramp.factor(1, -1.0)
    ramp.change_length(8)
    assert [ramp.factor(0, 1.0), ramp.factor(1, -1.0)] == [0.625, 0.625]


@given(st.lists(st.sampled_from([-1.0, 0.0, 0.5]), max_size=40), st.integers(1, 9))
def test_a_share_is_a_share_and_rest_is_rest(speeds: list[float], length: int) -> None:
    ramp = JointRamp(1, length)
    factors = [ramp.factor(0, speed) for speed in speeds]
    assert all(
        0.0 <= factor <= 1.0 and (factor == 0.0) == (speed == 0.0)
        for factor, speed in zip(factors, speeds, strict=True)
    )
