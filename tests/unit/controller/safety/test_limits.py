import math
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from controller.safety.limits import GRIP_BAND, SLOWING, Cut, JointLimits, limit_velocity

ELBOW = JointLimits("elbow", 0.0, 2.0, 1.5, 10.0, 1e6, 0.2)
GENTLE = JointLimits("elbow", 0.0, 2.0, 1.5, 10.0, 200.0, 0.2)
HAND = JointLimits("hand", 0.0, 1.4, 1.0, 1e4, 1e9, 0.1, max_grip_force_n=40.0, closing=1.0)
OPPOSITE = JointLimits("hand", 0.0, 1.4, 1.0, 1e4, 1e9, 0.1, max_grip_force_n=40.0, closing=-1.0)
anything = st.floats(allow_nan=True, allow_infinity=True)
velocities = st.floats(-1.5, 1.5)
STEP_S = 0.01


def strict(
    wanted: float,
    previous: float = 0.0,
    position: float | None = 1.0,
    step_s: float = STEP_S,
    limits: JointLimits = ELBOW,
    force: float | None = None,
    acceleration: float = 0.0,
) -> tuple[float, Cut | None]:
    velocity, _, cut = limit_velocity(wanted, previous, acceleration, position, force, step_s, limits, smooth=False)
    return velocity, cut


def smoothly(
    wanted: float, velocity: float = 0.0, acceleration: float = 0.0, steps: int = 60, step_s: float = STEP_S
) -> list[tuple[float, float, Cut | None]]:
    story: list[tuple[float, float, Cut | None]] = []
    for _ in range(steps):
        velocity, acceleration, cut = limit_velocity(
            wanted, velocity, acceleration, None, None, step_s, GENTLE, smooth=True
        )
        story.append((velocity, acceleration, cut))
    return story


def test_what_is_within_all_limits_passes_untouched() -> None:
    assert strict(1.0, 0.95) == (1.0, None)


@pytest.mark.parametrize("wanted", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_becomes_rest(wanted: float) -> None:
    assert limit_velocity(wanted, 1.0, 3.0, 1.0, None, STEP_S, ELBOW, smooth=True) == (0.0, 0.0, Cut.NOT_FINITE)


def test_too_fast_is_cut_to_the_limit() -> None:
    assert strict(9.0, 1.5) == (1.5, Cut.SPEED)
    assert strict(-9.0, -1.5) == (-1.5, Cut.SPEED)


def test_speeding_up_is_bounded_and_braking_is_not() -> None:
    assert strict(1.0, 0.5) == (pytest.approx(0.6), Cut.ACCELERATION)
    assert strict(0.0, 1.5) == (0.0, None)
    assert limit_velocity(0.2, 1.5, 9.0, None, None, STEP_S, ELBOW, smooth=False) == (0.2, 0.0, None)


def test_speeding_up_begins_with_bounded_jerk() -> None:
    assert strict(1.0, limits=GENTLE) == (pytest.approx(0.02), Cut.JERK)  # 200 rad/s³ for 10 ms, then that for 10 ms
    assert strict(1.0, 0.02, limits=GENTLE, acceleration=2.0) == (pytest.approx(0.06), Cut.JERK)
    assert strict(-1.0, limits=GENTLE) == (pytest.approx(-0.02), Cut.JERK)


def test_turning_round_starts_from_rest() -> None:
    assert strict(-1.0, 1.0) == (pytest.approx(-0.1), Cut.ACCELERATION)
    assert strict(-1.0, 1.0, limits=GENTLE, acceleration=8.0) == (pytest.approx(-0.02), Cut.JERK)


def test_what_was_reached_is_remembered_as_acceleration() -> None:
    assert limit_velocity(0.55, 0.5, 9.0, None, None, STEP_S, ELBOW, smooth=False) == (0.55, pytest.approx(5.0), None)
    assert limit_velocity(0.5, 0.5, 9.0, None, None, STEP_S, ELBOW, smooth=False) == (0.5, 0.0, None)


@pytest.mark.parametrize("way", [1.0, -1.0])
@pytest.mark.parametrize(
    ("room", "share"), [(0.3, 1.0), (0.21, 1.0), (0.1, 0.75), (0.05, 0.4375), (0.0, 0.0), (-1, 0.0)]
)
def test_slows_down_before_an_end(room: float, share: float, way: float) -> None:
    position = 2.0 - room if way > 0 else room
    cut = None if share == 1.0 else Cut.END_OF_RANGE
    for smooth in (True, False):
        outcome = limit_velocity(1.5 * way, 1.5 * way, 0.0, position, None, STEP_S, ELBOW, smooth)
        assert outcome == (pytest.approx(1.5 * share * way), 0.0, cut)


def test_the_lower_end_is_where_it_is_said_to_be() -> None:
    wrist = JointLimits("wrist", -0.5, 0.5, 1.5, 10.0, 1e6, 0.2)
    assert strict(-1.5, -1.5, -0.4, limits=wrist) == (pytest.approx(-1.125), Cut.END_OF_RANGE)
    assert strict(-1.5, -1.5, -0.5, limits=wrist) == (0.0, Cut.END_OF_RANGE)


def test_slowing_is_four_times_as_hard_as_speeding_up_and_no_harder() -> None:
    assert limit_velocity(0.0, 1.5, 0.0, None, None, STEP_S, ELBOW, smooth=True) == (
        pytest.approx(1.1),
        pytest.approx(-40.0),
        Cut.SLOWING,
    )


def test_when_slowing_has_ended_speeding_up_begins_from_nothing() -> None:
    assert limit_velocity(1.0, 0.5, -1.0, None, None, STEP_S, GENTLE, smooth=True) == (0.5, 0.0, Cut.JERK)


def test_may_always_leave_an_end() -> None:
    assert strict(-0.1, 0.0, 2.0) == (-0.1, None)
    assert strict(0.1, 0.0, 0.0) == (0.1, None)


def test_within_a_soft_end_what_is_slow_enough_passes() -> None:
    assert strict(0.3, 0.3, 1.9) == (0.3, None)


def test_the_end_is_reached_within_the_hardness_of_slowing_that_is_promised() -> None:
    position, speed, hardest = 1.7, 1.5, 0.0
    for _ in range(100_000):
        before = speed
        speed, _ = strict(1.5, speed, position, 1e-5)
        position += speed * 1e-5
        hardest = max(hardest, (before - speed) / 1e-5)
    assert hardest == pytest.approx(0.77 * 1.5**2 / 0.2, rel=0.01)
    assert 1.99 < position <= 2.0


@pytest.mark.parametrize("position", [math.nan, math.inf, -math.inf])
def test_a_position_that_is_no_number_allows_nothing(position: float) -> None:
    assert strict(0.1, 0.1, position) == (0.0, Cut.NOT_FINITE)
    assert strict(0.0, 0.1, position) == (0.0, None)


@pytest.mark.parametrize(
    ("force", "share"), [(-3.0, 1.0), (0.0, 1.0), (30.0, 1.0), (35.0, 0.5), (40.0, 0.0), (99.0, 0.0)]
)
def test_closing_slows_down_before_the_grip_is_too_strong(force: float, share: float) -> None:
    cut = None if share == 1.0 else Cut.GRIP_FORCE
    assert strict(1.0, 1.0, 0.7, limits=HAND, force=force) == (pytest.approx(share), cut)
    assert strict(-1.0, -1.0, 0.7, limits=OPPOSITE, force=force) == (pytest.approx(-share), cut)


@pytest.mark.parametrize("force", [0.0, 39.0, 1e9, math.nan, math.inf, None])
def test_opening_is_free_however_strong_the_grip(force: float | None) -> None:
    assert strict(-1.0, -1.0, 0.7, limits=HAND, force=force) == (-1.0, None)
    assert strict(1.0, 1.0, 0.7, limits=OPPOSITE, force=force) == (1.0, None)


@pytest.mark.parametrize("force", [math.nan, math.inf, -math.inf])
def test_a_force_that_is_no_number_lets_nothing_close(force: float) -> None:
    assert strict(1.0, 1.0, 0.7, limits=HAND, force=force) == (0.0, Cut.NOT_FINITE)
    assert strict(1.0, 1.0, 1.0, limits=ELBOW, force=force) == (1.0, None)  # it does not grip


def test_the_narrower_of_end_and_grip_bounds_the_speed_and_is_named() -> None:
    assert strict(1.0, 1.0, 1.35, limits=HAND, force=39.0) == (pytest.approx(0.1), Cut.GRIP_FORCE)
    assert strict(1.0, 1.0, 1.399, limits=HAND, force=31.0) == (pytest.approx(0.0199), Cut.END_OF_RANGE)


def test_starts_and_arrives_smoothly() -> None:
    story = smoothly(1.5)
    assert [cut for _, _, cut in story[:4]] == [Cut.JERK, Cut.JERK, Cut.JERK, Cut.JERK]
    assert story[4][2] is Cut.JERK
    assert story[5][1:] == (10.0, Cut.ACCELERATION)
    arrived = next(index for index, (velocity, _, _) in enumerate(story) if velocity == pytest.approx(1.5))
    assert arrived == 18  # 1.5 / 10 + 10 / 200 = 200 ms, in whole steps
    assert [velocity for velocity, _, _ in story[arrived:]] == pytest.approx([1.5] * 42)
    rates = [0.0, *(acceleration for _, acceleration, _ in story)]
    jerks = [(after - before) / STEP_S for before, after in pairwise(rates)]
    assert max(jerks) == pytest.approx(200.0)
    assert min(jerks) == pytest.approx(-200.0)


def test_slows_down_smoothly_and_soon() -> None:
    story = smoothly(0.0, 1.5)
    stood = next(index for index, (velocity, _, _) in enumerate(story) if velocity == 0.0)
    assert stood == 7  # 1.5 / 40 + 40 / 800 = 88 ms, in whole steps
    assert all(cut is Cut.SLOWING for _, _, cut in story[:stood])
    assert story[stood:] == [(0.0, 0.0, None)] * (60 - stood)
    rates = [0.0, *((after - before) / STEP_S for before, after in pairwise([1.5, *(each[0] for each in story)]))]
    assert -SLOWING * 10.0 <= min(rates) < -30.0
    assert max(abs(after - before) for before, after in pairwise(rates)) == pytest.approx(SLOWING * 200.0 * STEP_S)


def test_turning_round_smoothly_passes_through_rest() -> None:
    velocities_ = [velocity for velocity, _, _ in smoothly(-1.5, 1.5, steps=80)]
    assert 0.0 in velocities_
    turn = velocities_.index(0.0)
    assert velocities_[:turn] == [velocity for velocity, _, _ in smoothly(0.0, 1.5, steps=turn)]
    assert velocities_[turn + 1 :] == [velocity for velocity, _, _ in smoothly(-1.5, steps=79 - turn)]


def test_a_wish_that_falls_while_speeding_up_is_not_overshot() -> None:
    velocity, acceleration, _ = smoothly(1.5, steps=10)[-1]
    assert acceleration == 10.0
    assert smoothly(velocity - 0.1, velocity, acceleration)[0][0] < velocity


def test_a_wish_that_rises_while_slowing_down_ends_the_slowing_first() -> None:
    velocity, acceleration, _ = smoothly(0.0, 1.5, steps=3)[-1]
    assert acceleration == -24.0
    story = smoothly(1.5, velocity, acceleration)
    assert story[0] == (pytest.approx(velocity - 0.16), pytest.approx(-16.0), Cut.JERK)
    assert [acceleration for _, acceleration, _ in story[:4]] == pytest.approx([-16.0, -8.0, 0.0, 2.0])
    assert story[-1][0] == pytest.approx(1.5)


def test_slowing_that_is_to_end_never_turns_the_joint_round() -> None:
    assert limit_velocity(1.0, 0.01, -40.0, None, None, STEP_S, GENTLE, smooth=True) == (0.0, 0.0, Cut.JERK)


def test_where_no_time_has_passed_nothing_gets_faster_or_slower() -> None:
    for smooth in (True, False):
        assert limit_velocity(1.5, 0.5, 3.0, None, None, 0.0, GENTLE, smooth)[0] == 0.5
        assert limit_velocity(1.5, 0.5, 3.0, None, None, -1.0, GENTLE, smooth)[0] == 0.5
    assert limit_velocity(0.0, 0.5, -3.0, None, None, 0.0, GENTLE, smooth=True)[0] == 0.5
    assert limit_velocity(1.5, 0.5, 3.0, None, None, 0.0, GENTLE, smooth=True)[1] == 0.0


@given(
    anything,
    velocities,
    st.floats(-40.0, 10.0),
    st.one_of(st.none(), anything),
    st.one_of(st.none(), anything),
    st.floats(-1.0, 1.0),
    st.sampled_from([ELBOW, GENTLE, HAND, OPPOSITE]),
    st.booleans(),
)
def test_no_input_gets_past_any_limit(
    wanted: float,
    previous: float,
    acceleration: float,
    position: float | None,
    force: float | None,
    step_s: float,
    limits: JointLimits,
    smooth: bool,
) -> None:
    previous = max(min(previous, limits.max_speed_rad_s), -limits.max_speed_rad_s)
    velocity, after, cut = limit_velocity(wanted, previous, acceleration, position, force, step_s, limits, smooth)
    assert math.isfinite(velocity)
    assert math.isfinite(after)
    assert abs(velocity) <= limits.max_speed_rad_s
    if abs(velocity) > abs(previous):
        gained = abs(velocity) - abs(previous)
        assert gained <= limits.max_acceleration_rad_s2 * max(step_s, 0.0) + 1e-12
        assert gained <= (max(acceleration, 0.0) + limits.max_jerk_rad_s3 * max(step_s, 0.0)) * max(step_s, 0.0) + 1e-12
    if position is not None and velocity > 0:
        assert position < limits.max_rad
    if position is not None and velocity < 0:
        assert position > limits.min_rad
    if force is not None and limits.max_grip_force_n is not None and velocity * limits.closing > 0:
        assert force < limits.max_grip_force_n
        if force > (1 - GRIP_BAND) * limits.max_grip_force_n:
            assert abs(velocity) < limits.max_speed_rad_s
    if cut is None:
        assert velocity == wanted
    if not smooth and velocity != 0.0:
        assert abs(velocity) <= abs(wanted)
        assert math.copysign(1, velocity) == math.copysign(1, wanted)
    if velocity * previous < 0:
        assert not smooth


moments = st.tuples(st.sampled_from([0.001, 0.004, 0.01, 0.02, 0.1]), st.floats(-2.0, 2.0), st.integers(1, 40))


@given(st.lists(moments, min_size=1, max_size=8))
def test_smooth_motion_never_overshoots_a_wish_and_arrives_at_it(story: list[tuple[float, float, int]]) -> None:
    velocity = acceleration = 0.0
    for step_s, wanted, steps in story:
        for _ in range(steps):
            before = velocity
            velocity, acceleration, _ = limit_velocity(
                wanted, velocity, acceleration, None, None, step_s, GENTLE, smooth=True
            )
            # Faster than before, or another way, only as far as is wished.
            if abs(velocity) > abs(before):
                assert math.copysign(1, velocity) == math.copysign(1, wanted)
                assert abs(velocity) <= min(abs(wanted), GENTLE.max_speed_rad_s) + 1e-12
    for _ in range(100):
        velocity, acceleration, _ = limit_velocity(
            wanted, velocity, acceleration, None, None, 0.01, GENTLE, smooth=True
        )
    assert velocity == pytest.approx(max(min(wanted, 1.5), -1.5), abs=1e-9)


@given(st.lists(st.tuples(st.floats(-1.5, 1.5), st.integers(1, 30)), min_size=1, max_size=8))
def test_smooth_motion_keeps_to_jerk(story: list[tuple[float, int]]) -> None:
    velocity = acceleration = rate = 0.0
    for wanted, steps in story:
        for step in range(steps):
            speed = abs(velocity)
            velocity, acceleration, _ = limit_velocity(
                wanted, velocity, acceleration, None, None, STEP_S, GENTLE, smooth=True
            )
            before, rate = rate if speed else 0.0, (abs(velocity) - speed) / STEP_S
            # What builds up is bounded always, what ends is unless the wish is new: then it must not be overshot.
            assert (
                rate - (max(before, 0.0) if step == 0 else before)
                <= (SLOWING if before < 0 else 1.0) * 200.0 * STEP_S + 1e-6
            )
            assert (min(before, 0.0) if step == 0 else before) - rate <= SLOWING * 200.0 * STEP_S + 1e-6


@given(st.floats(0.3, 1.5), st.floats(0.3, 0.8), st.integers(1, 10), st.integers(0, 8), st.booleans())
@example(0.30078125, 1.5, 1, 0, False)  # slow and far: on its way for more than five seconds
def test_an_end_is_approached_without_passing_it_turning_or_trembling(
    wanted: float, room: float, steps_per_hop: int, delay_steps: int, upwards: bool
) -> None:
    """The governor sees the position late, the guard at once; a control period is 5 ms."""
    way = 1.0 if upwards else -1.0
    positions = [2.0 - room if upwards else room] * (delay_steps + 1)
    command = commanded_acceleration = velocity = acceleration = 0.0
    speeds: list[float] = []
    for step in range(round(room / wanted / 5e-3) + 200):  # the way, and a second for beginning and end
        if step % steps_per_hop == 0:
            seen = positions[-1 - delay_steps]
            command, commanded_acceleration, _ = limit_velocity(
                way * wanted, command, commanded_acceleration, seen, None, steps_per_hop * 5e-3, GENTLE, smooth=True
            )
        velocity, acceleration, _ = limit_velocity(
            command, velocity, acceleration, positions[-1], None, 5e-3, GENTLE, smooth=False
        )
        positions.append(positions[-1] + velocity * 5e-3)
        assert velocity * way >= 0.0
        assert 0.0 <= positions[-1] <= 2.0
        if (2.0 - positions[-1] if upwards else positions[-1]) < 0.2:
            speeds.append(abs(velocity))
    fastest = speeds.index(max(speeds))
    # Once it has begun to slow down, it only slows down.
    assert all(after <= before + 1e-9 for before, after in pairwise(speeds[fastest:]))
    assert (2.0 - positions[-1] if upwards else positions[-1]) < 0.01


@given(st.floats(30.0, 500.0), st.floats(0.1, 1.3))
def test_a_thing_in_the_hand_is_held_at_the_limit_and_not_above(stiffness_n_rad: float, touched_at: float) -> None:
    limits = JointLimits("hand", 0.0, 1.4, 1.4, 8.73, 290.0, 0.1, max_grip_force_n=40.0)
    position = velocity = acceleration = 0.0
    for _ in range(450):
        force = max(position - touched_at, 0.0) * stiffness_n_rad
        assert force <= 40.0
        velocity, acceleration, _ = limit_velocity(
            1.4, velocity, acceleration, position, force, 5e-3, limits, smooth=False
        )
        assert velocity >= 0.0
        position += velocity * 5e-3
    assert force > 39.0 or position > 1.39
