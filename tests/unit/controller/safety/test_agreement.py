from dataclasses import replace
from typing import Any

import pytest

from controller.safety.agreement import disagreement
from controller.safety.limits import JointLimits

ELBOW = JointLimits("elbow", 0.0, 2.0, 1.5, 10.0, 300.0, 0.2)
HAND = JointLimits("hand", 0.0, 1.4, 1.0, 10.0, 300.0, 0.1, max_grip_force_n=40.0)


def test_the_same_limits_agree_in_any_order() -> None:
    assert disagreement([ELBOW, HAND], [HAND, ELBOW]) == ""
    assert disagreement([ELBOW], [replace(ELBOW, max_rad=2.0 + 1e-7)]) == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("min_rad", 0.1),
        ("max_rad", 2.1),
        ("max_speed_rad_s", 1.6),
        ("max_acceleration_rad_s2", 11.0),
        ("max_jerk_rad_s3", 301.0),
        ("soft_end_rad", 0.3),
        ("max_grip_force_n", 40.0),
        ("closing", -1.0),
    ],
)
def test_each_limit_that_differs_is_named_with_both_values(field: str, value: float) -> None:
    changes: dict[str, Any] = {field: value}
    said = disagreement([ELBOW], [replace(ELBOW, **changes)])
    assert said == f"elbow: {field} is {getattr(ELBOW, field)} here and {value} there"


def test_joints_that_one_side_lacks_are_named() -> None:
    assert (
        disagreement([ELBOW], [HAND]) == "the arm has a joint 'hand' that we do not know; the arm has no joint 'elbow'"
    )
    both = disagreement([replace(ELBOW, name="wrist"), HAND], [replace(HAND, min_rad=0.5)])
    assert both == "the arm has no joint 'wrist'; hand: min_rad is 0.0 here and 0.5 there"
