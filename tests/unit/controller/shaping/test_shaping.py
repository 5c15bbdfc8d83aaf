import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.decoders.intent import Intent
from controller.shaping.proportional_speed import ProportionalSpeed
from controller.shaping.rejection import accepts
from controller.shaping.shaper import Shaper
from controller.shaping.velocity_ramp import VelocityRamp


def test_rejects_below_the_threshold_and_what_is_no_number() -> None:
    assert accepts(0.6, 0.6)
    assert not accepts(0.599, 0.6)
    assert not accepts(math.nan, 0.0)


def test_ramp_rises_step_by_step_and_falls_faster() -> None:
    ramp = VelocityRamp(3, length=4, down=2)
    assert [ramp.factor(1) for _ in range(6)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    assert ramp.factor(2) == 0.25
    assert ramp.factor(1) == 0.75  # lost two, earned one
    assert ramp.factor(-1) == 0.0
    ramp.reset()
    assert ramp.factor(1) == 0.25


def test_speed_follows_effort_within_the_span_of_the_class() -> None:
    speed = ProportionalSpeed(np.array([5.0, 10.0]), np.array([5.0, 30.0]))
    assert [speed.factor(1, effort) for effort in (0, 10, 20, 30, 99)] == [0, 0, 0.5, 1, 1]
    assert speed.factor(0, 50.0) == 0.0  # a span of nothing gives no speed


def shaper(gain: list[float]) -> Shaper:
    speed = ProportionalSpeed(np.zeros(2), np.full(2, 10.0))
    return Shaper(0.6, VelocityRamp(2, length=1), speed, gain)


def intent(direction: list[float], confidence: float = 0.9) -> Intent:
    return Intent(np.array(direction), np.array([0.1, 0.9]), 1, confidence)


def test_gain_scales_each_joint_and_full_speed_is_the_end() -> None:
    assert shaper([1.0, 0.5]).shape(intent([1.0, -1.0]), 5.0) == pytest.approx([0.5, -0.25])
    assert shaper([4.0, 0.0]).shape(intent([1.0, -1.0]), 9.0) == [1.0, 0.0]


def test_what_is_rejected_does_not_move_and_loses_its_ramp() -> None:
    one = shaper([1.0])
    one.ramp = VelocityRamp(2, length=2, down=1)
    one.shape(intent([1.0]), 10.0)
    assert one.shape(intent([1.0], confidence=0.5), 10.0) == [0.0]
    assert one.shape(intent([1.0]), 10.0) == [0.5]


@given(st.floats(0, 4), st.floats(-1, 1), st.floats(0, 1e6), st.floats(0, 1))
def test_never_asks_for_more_than_full_speed(gain: float, direction: float, effort: float, confidence: float) -> None:
    (wanted,) = shaper([gain]).shape(intent([direction], confidence), effort)
    assert -1.0 <= wanted <= 1.0
    assert confidence >= 0.6 or wanted == 0.0
