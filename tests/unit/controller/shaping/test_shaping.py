import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.decoders.intent import Intent
from controller.shaping.joint_ramp import JointRamp
from controller.shaping.majority_vote import MajorityVote
from controller.shaping.proportional_speed import ProportionalSpeed
from controller.shaping.rejection import Rejection, accepts
from controller.shaping.shaper import Shaper
from controller.shaping.slewed import Slewed
from controller.shaping.steady_start import AT_ONCE, StartSettings, SteadyStart
from controller.shaping.velocity_ramp import VelocityRamp

REST, CLOSE, OPEN, LIFT, NOTHING = range(5)
# Two joints: hand, elbow. The last class means nothing for any joint.
DIRECTIONS = np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.5, -1.0], [0.0, 0.0]])
CLASSES = len(DIRECTIONS)


def test_rejects_below_the_threshold_and_what_is_no_number() -> None:
    assert accepts(0.6, 0.6)
    assert not accepts(0.599, 0.6)
    assert not any(accepts(confidence, 0.0) for confidence in (math.nan, math.inf, -math.inf))


def test_each_class_has_its_own_threshold_and_rest_wins_however_unsure() -> None:
    rejection = Rejection([0.9, 0.6, 0.75], rest_index=0, general=0.6)

    def accepted(class_index: int, confidence: float) -> int:
        return rejection.accepted(Intent(np.zeros(2), np.zeros(3), class_index, confidence))

    assert [accepted(1, 0.6), accepted(1, 0.59), accepted(2, 0.7), accepted(2, 0.75)] == [1, -1, -1, 2]
    assert [accepted(-1, 1.0), accepted(3, 1.0), accepted(1, math.nan)] == [-1, -1, -1]
    assert [accepted(0, confidence) for confidence in (0.0, 0.1, math.nan, math.inf)] == [0, 0, 0, 0]


def test_only_what_is_sure_teaches_rest_too() -> None:
    rejection = Rejection([0.9, 0.6], rest_index=0, general=0.6)
    intents = [Intent(np.zeros(2), np.zeros(2), *decided) for decided in ((0, 0.89), (0, 0.9), (1, 0.6), (-1, 1.0))]
    assert [rejection.sure(intent) for intent in intents] == [False, True, True, False]


def test_ramp_rises_step_by_step_and_falls_faster() -> None:
    ramp = VelocityRamp(3, length=4, down=2)
    assert [ramp.factor(1) for _ in range(6)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    assert ramp.factor(2) == 0.25
    assert ramp.factor(1) == 0.75  # lost two, earned one
    assert ramp.factor(-1) == 0.0
    ramp.reset()
    assert ramp.factor(1) == 0.25


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 70))
def test_another_length_of_the_ramp_keeps_what_was_earned(length: int, other: int, decisions: int) -> None:
    ramp = VelocityRamp(2, length)
    before = max([ramp.factor(1) for _ in range(decisions)], default=0.0)
    ramp.change_length(other)
    after = ramp.factor(1)
    assert before - 1 / other - 1e-9 <= after - 1 / other <= before + 1e-9 or after == 1.0
    assert after <= before + 1 / other + 1e-9


def test_speed_follows_effort_within_the_span_of_the_class() -> None:
    speed = ProportionalSpeed(np.array([5.0, 10.0]), np.array([5.0, 30.0]))
    assert [speed.factor(1, effort) for effort in (0, 10, 20, 30, 99)] == [0, 0, 0.5, 1, 1]
    assert speed.factor(0, 50.0) == 0.0  # a span of nothing gives no speed
    assert [speed.factor(1, effort) for effort in (math.nan, math.inf, -math.inf)] == [0, 0, 0]


def shaper(
    gain: tuple[float, float] = (1.0, 1.0),
    ramp: int = 1,
    width: float = 0.0,
    vote: int = 1,
    slew: int = 5,
    thresholds: tuple[float, ...] = (0.6,) * CLASSES,
    start: int = 0,
    clear: StartSettings = AT_ONCE,
) -> Shaper:
    """Effort 10 is full speed for every class."""
    return Shaper(
        Rejection(list(thresholds), REST, 0.6, clear.rejected),
        MajorityVote(vote, CLASSES, REST),
        VelocityRamp(CLASSES, ramp),
        JointRamp(2, ramp),
        ProportionalSpeed(np.zeros(CLASSES), np.full(CLASSES, 10.0)),
        Slewed([width], slew),
        Slewed(list(gain), slew, off_at_once=True),
        DIRECTIONS,
        SteadyStart(CLASSES, start),
        SteadyStart(4, start),
        clear,
    )


def decided(class_index: int, confidence: float = 0.9) -> Intent:
    direction = DIRECTIONS[class_index] if 0 <= class_index < CLASSES else np.zeros(2)
    return Intent(direction, np.zeros(CLASSES), class_index, confidence)


def speeds(hand: float, elbow: float, confidence: float = 0.9) -> Intent:
    """What a decoder without classes gives."""
    return Intent(np.array([hand, elbow]), np.zeros(0), -1, confidence, proportional=True)


def test_speeds_of_a_decoder_pass_without_the_effort_each_joint_with_its_own_ramp_and_gain() -> None:
    one = shaper((1.0, 0.5), ramp=4)
    assert one.shape(speeds(0.8, 0.0), 0.0) == pytest.approx([0.2, 0.0])
    assert one.shape(speeds(0.8, -0.8), 0.0) == pytest.approx([0.4, -0.1])
    assert one.shape(speeds(0.0, -0.8), 0.0) == pytest.approx([0.0, -0.2])
    assert one.shape(speeds(-0.8, -0.8), 0.0) == pytest.approx([-0.2, -0.3])  # turned round: from nothing
    one.reset()
    assert one.shape(speeds(0.8, -0.8), 0.0) == pytest.approx([0.2, -0.1])


def test_unsure_speeds_move_nothing_and_the_dead_band_holds_for_them_too() -> None:
    one = shaper(ramp=2, width=0.5)
    assert one.shape(speeds(0.75, 0.4), 0.0) == pytest.approx([0.25, 0.0])
    assert one.shape(speeds(1.0, 1.0, confidence=0.59), 0.0) == [0.0, 0.0]
    assert one.shape(speeds(1.0, 1.0, confidence=math.nan), 0.0) == [0.0, 0.0]
    assert one.shape(speeds(math.nan, math.inf), 0.0)[0] == 0.0


def test_gain_scales_each_joint_and_full_speed_is_the_end() -> None:
    assert shaper((1.0, 0.5)).shape(decided(LIFT), 5.0) == pytest.approx([0.25, -0.25])
    assert shaper((4.0, 0.0)).shape(decided(LIFT), 9.0) == [1.0, 0.0]


def test_what_is_rejected_does_not_move_and_loses_its_ramp() -> None:
    one = shaper(ramp=4)
    assert [one.shape(decided(CLOSE), 10.0)[0] for _ in range(3)] == [0.25, 0.5, 0.75]
    assert one.shape(decided(CLOSE, confidence=0.5), 10.0) == [0.0, 0.0]
    assert one.shape(decided(CLOSE), 10.0)[0] == 0.5


def test_weak_effort_within_the_dead_band_moves_nothing_and_a_ramp_is_not_held_up_by_it() -> None:
    one = shaper(ramp=10, width=0.2)
    assert one.shape(decided(CLOSE), 2.0) == [0.0, 0.0]
    assert one.shape(decided(CLOSE), 10.0)[0] == pytest.approx(0.2)


def test_a_vote_outlasts_a_stray_decision_but_not_rest_and_not_what_means_the_opposite() -> None:
    one = shaper(vote=5)
    for _ in range(5):
        assert one.shape(decided(CLOSE), 10.0) == [1.0, 0.0]
    assert one.shape(decided(LIFT), 10.0) == [1.0, 0.0]
    assert one.shape(decided(OPEN), 10.0) == [0.0, 0.0]
    assert one.shape(decided(CLOSE), 10.0) == [1.0, 0.0]
    assert one.shape(decided(REST, 0.0), 10.0) == [0.0, 0.0]
    assert one.shape(decided(OPEN), 10.0) == [-1.0, 0.0]


def test_after_a_reset_nothing_earned_counts_and_settings_are_there() -> None:
    one = shaper(ramp=4, vote=3)
    for _ in range(4):
        one.shape(decided(CLOSE), 10.0)
    one.tune((0.5, 1.0), [0.6] * CLASSES, 0.6, 4, 0.0, 3)
    one.reset()
    assert one.shape(decided(OPEN), 10.0) == [-0.125, 0.0]


def test_a_motion_begins_when_it_was_clear_for_long_enough_and_goes_on_with_less() -> None:
    one = shaper(start=3, clear=StartSettings(0.0, 0.8, 0.5))
    assert [one.shape(decided(CLOSE), 10.0)[0] for _ in range(4)] == [0.0, 0.0, 0.0, 1.0]
    assert one.shape(decided(CLOSE, 0.7), 1.0) == [pytest.approx(0.1), 0.0]
    assert one.shape(decided(REST), 0.0) == [0.0, 0.0]
    one.reset()
    assert not any(any(one.shape(decided(CLOSE, 0.79), 10.0)) for _ in range(50))  # never sure enough
    assert not any(any(one.shape(decided(CLOSE, 0.9), 4.9)) for _ in range(50))  # never strong enough


def test_what_is_unlike_all_training_does_not_move_however_sure() -> None:
    one = shaper(start=2, clear=StartSettings(rejected=2.6))

    def speed(unlikeness: float) -> float:
        intent = decided(CLOSE, 1.0)
        intent.unlikeness = unlikeness
        return one.shape(intent, 10.0)[0]

    assert not any(speed(2.7) for _ in range(50))
    assert [speed(1.9) for _ in range(3)] == [0.0, 0.0, 1.0]
    assert speed(2.5) == 1.0
    assert speed(2.7) == 0.0
    assert speed(math.inf) == 0.0
    assert speed(math.nan) == 0.0


def test_what_does_not_sound_like_muscle_begins_nothing_and_ends_nothing() -> None:
    one = shaper(start=2, clear=StartSettings(like_muscle=True))
    assert not any(any(one.shape(decided(CLOSE, 1.0), 10.0, like_muscle=False)) for _ in range(50))
    assert [one.shape(decided(CLOSE, 1.0), 10.0, like_muscle=True)[0] for _ in range(3)] == [0.0, 0.0, 1.0]
    assert one.shape(decided(CLOSE, 1.0), 10.0, like_muscle=False)[0] == 1.0
    one.reset()
    assert not any(any(one.shape(speeds(0.5, 0.0), 0.0, like_muscle=False)) for _ in range(50))
    assert [one.shape(speeds(0.5, 0.0), 0.0, like_muscle=True)[0] for _ in range(3)] == [0.0, 0.0, 0.5]
    deaf = shaper(start=2)
    assert [deaf.shape(decided(CLOSE, 1.0), 10.0, like_muscle=False)[0] for _ in range(3)] == [0.0, 0.0, 1.0]


def test_a_short_gap_does_not_end_a_motion_and_another_way_begins_anew() -> None:
    one = shaper(start=3, clear=StartSettings(0.0, 0.8, 0.5))
    for _ in range(9):
        one.shape(decided(CLOSE), 10.0)
    assert one.shape(decided(REST), 0.0) == [0.0, 0.0]
    assert one.shape(decided(CLOSE), 10.0) == [1.0, 0.0]
    assert [one.shape(decided(OPEN), 10.0)[0] for _ in range(4)] == [0.0, 0.0, 0.0, -1.0]


def test_twitches_of_any_number_never_move_unless_they_are_most_of_the_time() -> None:
    one = shaper(start=5)
    for _ in range(100):
        assert not any(any(one.shape(decided(CLOSE), 10.0)) for _ in range(2))
        assert one.shape(decided(REST), 0.0) == [0.0, 0.0]


def test_speeds_of_joints_begin_each_way_for_itself() -> None:
    one = shaper(start=2)
    assert [one.shape(speeds(0.5, 0.0), 0.0)[0] for _ in range(3)] == [0.0, 0.0, 0.5]
    assert one.shape(speeds(0.5, -0.5), 0.0) == [0.5, 0.0]
    assert one.shape(speeds(-0.5, -0.5), 0.0) == [0.0, 0.0]
    assert one.shape(speeds(0.0, -0.5), 0.0) == [0.0, -0.5]


def test_a_gain_of_zero_moves_no_more_at_once_and_others_follow_step_by_step() -> None:
    one = shaper(slew=4)
    assert one.shape(decided(LIFT), 10.0) == [0.5, -1.0]
    one.tune((0.2, 0.0), [0.6] * CLASSES, 0.6, 1, 0.0, 1)
    wanted = np.array([one.shape(decided(LIFT), 10.0) for _ in range(5)])
    assert wanted[:, 0] == pytest.approx([0.4, 0.3, 0.2, 0.1, 0.1])
    assert not wanted[:, 1].any()


def test_a_gain_changed_at_rest_is_in_force_with_the_next_motion() -> None:
    one = shaper()
    one.tune((0.2, 1.0), [0.6] * CLASSES, 0.6, 1, 0.0, 1)
    one.shape(decided(REST), 0.0)
    assert one.shape(decided(CLOSE), 10.0) == [0.2, 0.0]


GAINS = st.tuples(st.sampled_from([0.0, 0.3, 1.0, 4.0]) | st.floats(0, 4), st.floats(0, 4))
SHARES = st.floats(0, 1)
CONFIGURATIONS = st.fixed_dictionaries(
    {
        "gain": GAINS,
        "ramp": st.integers(1, 40),
        "width": st.floats(0, 0.5),
        "vote": st.sampled_from([1, 3, 5, 31]),
        "thresholds": st.tuples(*[SHARES] * CLASSES),
    }
)
STARTS = st.fixed_dictionaries(
    {"start": st.integers(0, 8), "clear": st.builds(StartSettings, st.just(0.0), SHARES, SHARES)}
)
ANYTHING = st.floats(allow_nan=True, allow_infinity=True)


@dataclass(frozen=True)
class Hop:
    class_index: int
    confidence: float
    effort: float


HOPS = st.builds(
    Hop,
    st.integers(-1, CLASSES),
    st.sampled_from([0.55, 0.7, 0.9, 1.0, math.nan]) | ANYTHING,
    st.floats(0, 20) | st.just(9.0) | ANYTHING,
)
# Runs, as people make them, so that ramps and votes fill up; between them, at times, other settings.
STREAMS = st.lists(st.tuples(HOPS, st.integers(1, 8), st.none() | CONFIGURATIONS), max_size=12)


def tune(one: Shaper, settings: dict[str, Any]) -> None:
    each = settings["gain"][0]  # of every class, as drawn
    one.tune(
        settings["gain"],
        list(settings["thresholds"]),
        0.6,
        settings["ramp"],
        settings["width"],
        settings["vote"],
        [each] * CLASSES,
    )


@given(CONFIGURATIONS, STARTS, STREAMS)
def test_what_holds_for_every_stream_of_decisions_and_every_configuration(
    settings: dict[str, Any], start: dict[str, Any], stream: list[tuple[Hop, int, dict[str, Any] | None]]
) -> None:
    one = shaper(**settings, **start)
    for hop, times, change in stream:
        if change is not None:
            settings = change
            tune(one, settings)
        for _ in range(times):
            wanted = one.shape(decided(hop.class_index, hop.confidence), hop.effort)
            assert all(math.isfinite(part) and -1.0 <= part <= 1.0 for part in wanted)
            known = 0 <= hop.class_index < CLASSES
            sure = known and settings["thresholds"][hop.class_index] <= hop.confidence < math.inf
            if hop.class_index == REST or not sure or not math.isfinite(hop.effort):
                assert wanted == [0.0, 0.0]
                continue
            meant = DIRECTIONS[hop.class_index]
            assert all(part * along >= 0.0 for part, along in zip(wanted, meant, strict=True))
            assert all(part == 0.0 for part, gain in zip(wanted, settings["gain"], strict=True) if gain == 0.0)


SPEEDS = st.sampled_from([0.0, 0.3, -1.0]) | st.floats(-1, 1) | st.floats()
JOINT_HOPS = st.tuples(SPEEDS, SPEEDS, st.sampled_from([-1, REST, CLOSE]), st.sampled_from([0.55, 0.9]) | ANYTHING)


@given(
    CONFIGURATIONS, STARTS, st.lists(st.tuples(JOINT_HOPS, st.integers(1, 8), st.none() | CONFIGURATIONS), max_size=12)
)
def test_the_same_holds_for_decoders_that_give_speeds_themselves(
    settings: dict[str, Any],
    start: dict[str, Any],
    stream: list[tuple[tuple[float, float, int, float], int, dict[str, Any] | None]],
) -> None:
    one = shaper(**settings, **start)
    for (hand, elbow, class_index, confidence), times, change in stream:
        if change is not None:
            settings = change
            tune(one, settings)
        intent = Intent(np.array([hand, elbow]), np.zeros(CLASSES), class_index, confidence, proportional=True)
        finite = math.isfinite(hand) and math.isfinite(elbow)
        for _ in range(times):
            wanted = one.shape(intent, 10.0)
            assert all(math.isfinite(part) and -1.0 <= part <= 1.0 for part in wanted)
            if class_index == REST or not finite or not 0.6 <= confidence < math.inf:
                assert wanted == [0.0, 0.0]
                continue
            assert wanted[0] * hand >= 0.0
            assert wanted[1] * elbow >= 0.0
            assert all(part == 0.0 for part, gain in zip(wanted, settings["gain"], strict=True) if gain == 0.0)
            assert all(
                part == 0.0
                for part, wish in zip(wanted, (hand, elbow), strict=True)
                if change is None and abs(wish) <= settings["width"]
            ) or one.width.values != [settings["width"]]


def test_a_motion_has_a_gain_of_its_own_beside_those_of_the_joints() -> None:
    one = shaper((1.0, 0.5), slew=1)
    one.tune((1.0, 0.5), [0.6] * CLASSES, 0.6, 1, 0.0, 1, [0.5 if name == LIFT else 1.0 for name in range(CLASSES)])
    plain = shaper((1.0, 0.5), slew=1)
    for motion in range(CLASSES):
        factor = 0.5 if motion == LIFT else 1.0
        expected = [part * factor for part in plain.shape(decided(motion), 8.0)]
        assert one.shape(decided(motion), 8.0) == pytest.approx(expected)


def test_the_gain_of_a_motion_goes_with_its_way_where_a_decoder_gives_speeds() -> None:
    one = shaper(slew=1)
    alone = [row for row in DIRECTIONS.tolist() if sum(part != 0.0 for part in row) == 1]
    for class_index, row in enumerate(DIRECTIONS.tolist()):
        if alone.count(row) != 1:
            continue
        one.tune(
            (1.0, 1.0), [0.6] * CLASSES, 0.6, 1, 0.0, 1, [0.0 if i == class_index else 1.0 for i in range(CLASSES)]
        )
        one.reset()
        joint = 0 if row[0] else 1
        for way in (0.8, -0.8):
            wish = [0.0, 0.0]
            wish[joint] = way
            one.reset()
            moved = one.shape(speeds(*wish), 0.0)
            assert moved == pytest.approx([0.0, 0.0] if way * row[joint] > 0.0 else wish)


@given(st.lists(st.tuples(st.floats(0, 4), st.integers(1, 8)), max_size=10), st.floats(0, 12))
def test_a_gain_of_a_motion_that_is_changed_in_motion_never_makes_the_speed_jump(
    changes: list[tuple[float, int]], effort: float
) -> None:
    slew = 40
    one = shaper(slew=slew)
    before = one.shape(decided(LIFT), effort)
    for gain, times in changes:
        one.tune((1.0, 1.0), [0.6] * CLASSES, 0.6, 1, 0.0, 1, [gain] * CLASSES)
        for _ in range(times):
            after = one.shape(decided(LIFT), effort)
            for old, new in zip(before, after, strict=True):
                assert abs(new - old) <= 4.0 / slew + 1e-9 or (gain == 0.0 and new == 0.0)
            before = after


@given(st.lists(st.tuples(GAINS, st.floats(0, 0.5), st.integers(1, 8)), max_size=10), st.floats(0, 12))
def test_settings_changed_in_motion_never_make_the_speed_jump(
    changes: list[tuple[tuple[float, float], float, int]], effort: float
) -> None:
    """Of any change, however often, one decision sees a fortieth here. Only switching off is at once."""
    slew = 40
    one = shaper(slew=slew)
    before = one.shape(decided(LIFT), effort)
    for gain, width, times in changes:
        one.tune(gain, [0.6] * CLASSES, 0.6, 1, width, 1)
        for _ in range(times):
            after = one.shape(decided(LIFT), effort)
            # Gains step by 4/slew at most; widths by 0.5/slew, times the band's slope of 2 at most, times a gain of 4.
            bound = (4.0 + 0.5 * 2.0 * 4.0) / slew
            for old, new, each in zip(before, after, gain, strict=True):
                assert abs(new - old) <= bound + 1e-9 or (each == 0.0 and new == 0.0)
            before = after


@given(st.floats(0, 4), st.floats(0, 4), st.integers(1, 40))
def test_a_change_is_reached_after_its_time_in_equal_steps(old: float, new: float, decisions: int) -> None:
    slewed = Slewed([old], decisions)
    slewed.aim([new])
    values = [old, *(slewed.advance()[0] for _ in range(decisions))]
    assert values[-1] == new
    assert np.abs(np.diff(values)).max() <= abs(new - old) / decisions + 1e-9
    assert slewed.advance() == [new]
