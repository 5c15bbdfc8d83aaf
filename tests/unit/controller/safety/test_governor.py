import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.safety.freshness import FreshnessBounds
from controller.safety.governor import Governor
from controller.safety.limits import Cut, JointLimits
from controller.safety.states import Event, State

MS = 1_000_000
HOP = 10 * MS
JOINTS = (
    JointLimits("elbow", 0.0, 2.0, 1.5, 100.0, 1e9, 0.2),
    JointLimits("hand", 0.0, 1.4, 1.0, 100.0, 1e9, 0.1, max_grip_force_n=40.0),
)
# With these it takes several commands to slow down from full speed.
GENTLE = (
    JointLimits("elbow", 0.0, 2.0, 1.5, 10.0, 300.0, 0.2),
    JointLimits("hand", 0.0, 1.4, 1.0, 5.0, 100.0, 0.1, max_grip_force_n=40.0),
)
REST, FLEX, CLOSE = [0.0, 0.0], [1.0, 0.0], [0.0, 1.0]


def governor(joints: Sequence[JointLimits] = JOINTS, soft_engage_ms: float = 0.0) -> Governor:
    return Governor(joints, FreshnessBounds(60.0, 100.0, 500.0), 500.0, soft_engage_ms)


def engaged(at_ns: int = 0, joints: Sequence[JointLimits] = JOINTS, soft_engage_ms: float = 0.0) -> Governor:
    ready = governor(joints, soft_engage_ms)
    ready.decide(REST, True, at_ns, at_ns)
    assert ready.request(Event.ENGAGE, at_ns, "test") == ""
    return ready


def test_where_nothing_is_configured_rest_and_soft_engage_take_half_a_second() -> None:
    one = Governor(JOINTS, FreshnessBounds())
    assert (one.resume_rest_ms, one.soft_engage_ms, one.stopped) == (500.0, 500.0, False)


def test_begins_idle_and_without_motion() -> None:
    assert governor().tick(0).velocity_rad_s == [0.0, 0.0]
    assert governor().machine.state is State.IDLE


def test_fresh_input_makes_ready_but_moves_nothing() -> None:
    one = governor()
    assert one.decide(FLEX, True, 0, MS).velocity_rad_s == [0.0, 0.0]
    assert one.machine.state is State.READY


def test_input_that_ages_and_is_not_stale_makes_ready() -> None:
    one = governor()
    one.decide(REST, True, 0, 70 * MS)
    assert one.machine.state is State.READY


def test_the_first_moment_has_no_time_to_move_in() -> None:
    one = governor()
    one.machine.state = State.ENGAGED  # no way leads here; it would not matter
    assert one.decide(FLEX, True, 0, 0).velocity_rad_s == [0.0, 0.0]


def test_before_anything_was_decided_nothing_is_wanted_and_nothing_moves() -> None:
    one = governor()
    assert one.last.velocity_rad_s == one._acceleration == one._wanted == REST
    one.machine.state = State.ENGAGED
    one._wanted = [1.5, 1.0]
    one.tick(0)
    assert one.tick(HOP).velocity_rad_s == REST


def test_each_fault_and_each_gap_is_counted() -> None:
    one = governor()
    for round_ in range(2):
        now = round_ * 1000 * MS
        one.decide(REST, True, now, now)
        one.request(Event.ENGAGE, now, "test")
        one.tick(now + 600 * MS)
        one.request(Event.CLEAR, now + 600 * MS, "test")
    assert (one.stale_events, one.faults) == (2, 2)


def test_engaged_moves_in_rad_per_second() -> None:
    one = engaged()
    assert one.decide(FLEX, True, HOP, HOP + MS).velocity_rad_s == pytest.approx([1.1, 0.0])  # 100 rad/s² for 11 ms
    assert one.decide(FLEX, True, 2 * HOP, 2 * HOP + MS).velocity_rad_s == [1.5, 0.0]


def test_engaging_needs_an_intent_at_rest() -> None:
    one = governor()
    one.decide(FLEX, True, 0, 0)
    assert "relax first" in one.request(Event.ENGAGE, 0, "test")
    assert one.machine.state is State.READY


def test_engaging_is_refused_where_the_table_has_no_arrow() -> None:
    one = governor()
    assert "not possible in state 'idle'" in one.request(Event.ENGAGE, 0, "test")


def test_an_ageing_decision_slows_down_and_is_at_zero_when_stale() -> None:
    one = engaged()
    for hop in range(1, 4):
        one.decide(FLEX, True, hop * HOP, hop * HOP)
    newest = 3 * HOP
    assert one.tick(newest + 60 * MS).velocity_rad_s == [1.5, 0.0]
    assert one.tick(newest + 80 * MS).velocity_rad_s == pytest.approx([0.75, 0.0])
    assert one.tick(newest + 100 * MS).velocity_rad_s == [0.0, 0.0]
    assert one.machine.state is State.HOLDING
    assert one.stale_events == 1
    one.tick(newest + 200 * MS)
    assert one.stale_events == 1
    one.tick(newest + 500 * MS)
    assert one.machine.state is State.FAULT
    assert one.faults == 1


def test_a_decision_from_old_samples_moves_nothing() -> None:
    one = engaged()
    assert one.decide(FLEX, True, HOP, HOP + 150 * MS).velocity_rad_s == [0.0, 0.0]
    assert one.machine.state is State.HOLDING


def test_a_stamp_from_the_future_moves_nothing() -> None:
    one = engaged()
    assert one.decide(FLEX, True, 50 * HOP, HOP).velocity_rad_s == [0.0, 0.0]
    assert one.machine.state is State.HOLDING


def test_resumes_by_itself_only_after_half_a_second_of_healthy_rest() -> None:
    one = engaged()
    one.tick(120 * MS)
    start = 200 * MS
    for hop in range(20):  # still contracting: no resume
        one.decide(FLEX, True, start + hop * HOP, start + hop * HOP)
    assert one.machine.state is State.HOLDING
    start += 20 * HOP
    for hop in range(50):
        one.decide(REST, True, start + hop * HOP, start + hop * HOP)
    assert one.machine.state is State.HOLDING
    one.decide(REST, True, start + 50 * HOP, start + 50 * HOP)
    assert one.machine.state is State.ENGAGED


@pytest.mark.parametrize(("wanted", "healthy"), [(FLEX, True), (REST, False)])
def test_anything_but_healthy_rest_starts_the_half_second_anew(wanted: list[float], healthy: bool) -> None:
    one = engaged()
    one.tick(120 * MS)
    for hop in range(100):
        spoilt = hop % 45 == 44
        t = 200 * MS + hop * HOP
        one.decide(wanted if spoilt else REST, healthy or not spoilt, t, t)
        assert one.machine.state is State.HOLDING


def test_bad_input_holds_at_once() -> None:
    one = engaged()
    assert one.decide(FLEX, False, HOP, HOP).velocity_rad_s == [0.0, 0.0]
    assert one.machine.state is State.HOLDING


def test_losing_the_source_is_a_fault_when_engaged_and_idle_when_ready() -> None:
    one = engaged()
    one.input_lost(HOP, "unplugged")
    assert (one.machine.state, one.machine.cause) == (State.FAULT, "unplugged")
    two = governor()
    two.decide(REST, True, 0, 0)
    two.input_lost(HOP, "unplugged")
    assert two.machine.state is State.IDLE


def test_losing_the_link_holds_and_needs_rest_from_then_on() -> None:
    one = engaged()
    for hop in range(60):
        one.decide(REST, True, hop * HOP, hop * HOP)
    one.link_changed(False, 600 * MS)
    assert one.machine.state is State.HOLDING
    for hop in range(61, 200):  # no resting resumes motion that nobody can command
        one.decide(REST, True, hop * HOP, hop * HOP)
        assert one.machine.state is State.HOLDING
    one.link_changed(True, 200 * HOP)
    for hop in range(200, 251):
        assert one.machine.state is State.HOLDING
        one.decide(REST, True, hop * HOP, hop * HOP)
    assert one.machine.state is State.ENGAGED


def test_a_late_loop_is_a_fault() -> None:
    one = engaged()
    one.loop_late(HOP, "3 s late")
    assert (one.machine.state, one.machine.cause) == (State.FAULT, "3 s late")


def test_an_overload_holds_and_begins_the_rest_anew() -> None:
    one = engaged()
    one.overloaded(HOP, "too slow")
    assert (one.machine.state, one.machine.cause, one.machine.since_ns) == (State.HOLDING, "too slow", HOP)
    for hop in range(2, 40):
        one.decide(REST, True, hop * HOP, hop * HOP)
    one.overloaded(40 * HOP, "still too slow")
    for hop in range(40, 90):
        assert one.machine.state is State.HOLDING
        one.decide(REST, True, hop * HOP, hop * HOP)
    one.decide(REST, True, 90 * HOP, 90 * HOP)
    assert one.machine.state is State.ENGAGED


@pytest.mark.parametrize("state", list(State))
def test_a_stop_works_from_every_state_and_is_latched(state: State) -> None:
    one = engaged()
    one.machine.state = state
    one.request(Event.STOP, HOP, "stopped by anna")
    assert one.stopped
    for hop in range(2, 100):
        assert one.decide(FLEX if hop % 2 else REST, True, hop * HOP, hop * HOP).velocity_rad_s == [0.0, 0.0]
    assert one.machine.state is State.FAULT
    assert one.request(Event.CLEAR, 100 * HOP, "anna") == ""
    assert one.stopped is False
    assert one.machine.state is State.IDLE


def test_each_change_of_state_keeps_its_time_and_cause() -> None:
    one = engaged()
    one.decide(REST, True, HOP, HOP)
    one.model_changed(HOP + 1, "another model")
    assert (one.machine.state, one.machine.cause, one.machine.since_ns) == (State.HOLDING, "another model", HOP + 1)
    one.input_lost(HOP + 2, "unplugged")
    assert (one.machine.state, one.machine.cause, one.machine.since_ns) == (State.FAULT, "unplugged", HOP + 2)
    one.request(Event.CLEAR, HOP + 3, "anna")
    assert (one.machine.state, one.machine.cause, one.machine.since_ns) == (State.IDLE, "anna", HOP + 3)
    one.decide(REST, True, 2 * HOP, 2 * HOP)
    assert (one.machine.state, one.machine.cause, one.machine.since_ns) == (State.READY, "input ready", 2 * HOP)
    one.input_lost(2 * HOP + 1, "unplugged")
    assert (one.machine.state, one.machine.cause, one.machine.since_ns) == (State.IDLE, "unplugged", 2 * HOP + 1)
    late = engaged()
    late.loop_late(HOP, "late")
    assert (late.machine.since_ns, late.faults) == (HOP, 1)
    stopped = engaged()
    stopped.request(Event.STOP, HOP, "stopped by anna")
    assert (stopped.machine.cause, stopped.machine.since_ns) == ("stopped by anna", HOP)
    late.request(Event.STOP, 2 * HOP, "anna")
    assert (late.machine.cause, late.faults) == ("late", 1)  # it was a fault already
    unlinked = engaged()
    unlinked.link_changed(False, HOP)
    assert (unlinked.machine.cause, unlinked.machine.since_ns) == ("link lost", HOP)
    stale = engaged()
    stale.tick(120 * MS)
    assert (stale.machine.cause, stale.machine.since_ns) == ("newest sample is 120 ms old", 120 * MS)
    bad = engaged()
    bad.decide(FLEX, False, HOP, HOP)
    assert (bad.machine.cause, bad.machine.since_ns) == ("input bad", HOP)


def test_what_another_model_wanted_is_void() -> None:
    one = governor()
    one.decide([1.0, 1.0], True, 0, 0)
    one.model_changed(0, "another model")
    assert one.request(Event.ENGAGE, 0, "test") == ""
    assert one.tick(HOP).velocity_rad_s == [0.0, 0.0]


def test_another_model_starts_rest_anew() -> None:
    one = engaged()
    for hop in range(1, 60):
        one.decide(REST, True, hop * HOP, hop * HOP)
    one.model_changed(59 * HOP, "another model")
    for hop in range(60, 110):
        one.decide(REST, True, hop * HOP, hop * HOP)
        assert one.machine.state is State.HOLDING
    one.decide(REST, True, 110 * HOP, 110 * HOP)
    assert one.machine.state is State.ENGAGED


def test_who_is_barred_does_not_engage() -> None:
    one = governor()
    one.decide(REST, True, 0, 0)
    one.barred = "a calibration runs"
    assert one.request(Event.ENGAGE, 0, "test") == "refused: a calibration runs"
    assert one.machine.state is State.READY


def test_why_engaging_is_refused_is_said_in_full() -> None:
    one = governor()
    one.decide(FLEX, True, 0, 0)
    assert one.request(Event.ENGAGE, 0, "test") == "refused: relax first, the intent is not at rest"
    one.link_changed(False, 0)
    assert one.request(Event.ENGAGE, 0, "test") == "refused: there is no connection to the broker"


def test_every_joint_forgets_what_was_wanted_when_the_source_goes() -> None:
    one = engaged()
    one.decide([1.0, 1.0], True, HOP, HOP)
    one.input_lost(HOP, "unplugged")
    assert one._wanted == [0.0, 0.0]
    assert one._newest_sample_ns is None


def test_limits_are_kept_and_named() -> None:
    one = engaged()
    one.decide(FLEX, True, HOP, HOP)
    governed = one.decide(FLEX, True, 2 * HOP, 2 * HOP, {"elbow": 2.0, "hand": 0.5})
    assert governed.velocity_rad_s == [0.0, 0.0]
    assert governed.cuts == {"elbow": Cut.END_OF_RANGE}


def moving(one: Governor, wanted: Sequence[float], hops: int) -> list[list[float]]:
    """Return every command of so many further hops of fresh, healthy decisions."""
    begin_ns = one._last_ns or 0
    times = [begin_ns + hop * HOP for hop in range(1, hops + 1)]
    return [one.decide(wanted, True, now, now).velocity_rad_s for now in times]


def test_a_speed_limit_is_a_share_of_the_arms_own_whatever_is_wished() -> None:
    one = engaged()
    one.limit_speed([0.5, 1.0])
    for wish in (0.4, 0.5, 1.0, 4.0):
        assert moving(one, [wish, 0.0], 60)[-1] == pytest.approx([min(wish, 0.5) * 1.5, 0.0])
        assert one.last.cuts.get("elbow") == (None if wish <= 0.5 else Cut.SPEED)
    assert moving(one, [-1.0, -1.0], 60)[-1] == pytest.approx([-0.75, -1.0])


def test_a_speed_limit_of_zero_keeps_a_joint_still_for_good() -> None:
    one = engaged()
    one.limit_speed([0.0, 1.0])
    assert all(velocity[0] == 0.0 for velocity in moving(one, [4.0, 1.0], 100))
    assert one.last.velocity_rad_s[1] == pytest.approx(1.0)
    assert one.last.cuts == {"elbow": Cut.SPEED}
    one.limit_speed([1.0, 1.0])
    assert moving(one, [1.0, 0.0], 60)[-1][0] == pytest.approx(1.5)


@pytest.mark.parametrize("position_rad", [None, {"elbow": 1.0, "hand": 0.7}])
def test_a_limit_that_is_lowered_in_motion_holds_with_the_next_command(position_rad: dict[str, float] | None) -> None:
    one = engaged(joints=GENTLE)
    assert moving(one, FLEX, 60)[-1][0] == pytest.approx(1.5)
    one.limit_speed([0.25, 1.0])
    lowered = one.decide(FLEX, True, 610 * MS, 610 * MS, position_rad)
    assert lowered.velocity_rad_s[0] == pytest.approx(0.375)
    assert lowered.cuts["elbow"] is Cut.SPEED
    one.limit_speed([0.0, 1.0])
    stilled = one.tick(615 * MS, position_rad)
    assert (stilled.velocity_rad_s[0], stilled.cuts["elbow"]) == (0.0, Cut.SPEED)


def test_a_limit_that_is_raised_is_reached_within_acceleration_and_jerk() -> None:
    slow = (JointLimits("elbow", 0.0, 2.0, 1.5, 10.0, 300.0, 0.2),)
    one = engaged(joints=slow)
    one.limit_speed([0.1])
    before = moving(one, [1.0], 60)[-1][0]
    one.limit_speed([1.0])
    for (velocity,) in moving(one, [1.0], 60):
        assert velocity - before <= 10.0 * 0.01 + 1e-9
        before = velocity
    assert before == pytest.approx(1.5)


@pytest.mark.parametrize(("share", "kept"), [(math.nan, 0.0), (-1.0, 0.0), (-0.0, 0.0), (2.0, 1.0), (math.inf, 1.0)])
def test_a_share_that_makes_no_sense_never_lets_more_through(share: float, kept: float) -> None:
    one = engaged()
    one.limit_speed([share, 1.0])
    assert moving(one, [4.0, 0.0], 60)[-1][0] == pytest.approx(1.5 * kept)


def test_every_joint_has_a_share() -> None:
    with pytest.raises(ValueError, match="zip"):
        governor().limit_speed([0.5])


WISHES = st.floats(-8.0, 8.0) | st.floats()
SHARES = st.floats(0.0, 1.0)
EVENTS = st.tuples(
    st.none() | st.tuples(SHARES, SHARES),
    st.tuples(WISHES, WISHES),
    st.integers(0, 120),
    st.booleans(),
    st.none() | st.floats(-0.5, 2.5),
    st.none() | st.floats(0.0, 60.0),
    st.sampled_from(["", "", "", "model", "stop", "disengage"]),
)


@given(st.lists(EVENTS, min_size=1, max_size=40), st.sampled_from([0.0, 300.0]), st.sampled_from([JOINTS, GENTLE]))
def test_no_command_is_above_the_limit_in_force_whatever_is_wished_and_whatever_happens(
    events: list[tuple[Any, ...]], soft_engage_ms: float, joints: tuple[JointLimits, ...]
) -> None:
    one = engaged(joints=joints, soft_engage_ms=soft_engage_ms)
    now_ns, shares = 0, (1.0, 1.0)
    for limit, wanted, later_ms, decides, position, force, what in events:
        now_ns += later_ms * MS
        if limit is not None:
            shares = limit
            one.limit_speed(shares)
        if what == "model":
            one.model_changed(now_ns, "test")
        elif what:
            one.request(Event(what), now_ns, "test")
        positions = None if position is None else {"elbow": position, "hand": position}
        if decides:
            governed = one.decide(wanted, True, now_ns, now_ns, positions, force)
        else:
            governed = one.tick(now_ns, positions, force)
        for velocity, share, joint in zip(governed.velocity_rad_s, shares, joints, strict=True):
            assert abs(velocity) <= share * joint.max_speed_rad_s
        if not any(wanted):
            for event in (Event.CLEAR, Event.ENGAGE):
                one.request(event, now_ns, "test")


def test_a_gap_that_no_tick_has_seen_holds_all_the_same() -> None:
    one = engaged()
    one.decide(FLEX, True, HOP, HOP)
    assert one.decide(FLEX, True, 12 * HOP, 12 * HOP).velocity_rad_s == [0.0, 0.0]
    assert one.machine.state is State.HOLDING
    assert one.stale_events == 1


def test_rest_that_was_not_seen_is_no_rest() -> None:
    one = engaged()
    one.tick(120 * MS)
    one.decide(REST, True, 200 * MS, 200 * MS)
    one.decide(REST, True, 690 * MS, 690 * MS)
    one.decide(REST, True, 710 * MS, 710 * MS)
    assert one.machine.state is State.HOLDING


def test_engaging_needs_a_link_and_input_that_is_fresh_now() -> None:
    one = governor()
    one.decide(REST, True, 0, 0)
    one.link_changed(False, 0)
    assert "no connection" in one.request(Event.ENGAGE, 0, "test")
    one.link_changed(True, 0)
    assert "not possible in state 'idle'" in one.request(Event.ENGAGE, 150 * MS, "test")
    assert one.machine.state is State.IDLE


def test_speed_grows_with_the_time_since_engaging() -> None:
    one = engaged(soft_engage_ms=500.0)
    assert one.decide(FLEX, True, 0, 0).cuts == {"elbow": Cut.SOFT_ENGAGE}
    for hop in range(1, 51):
        governed = one.decide(FLEX, True, hop * HOP, hop * HOP)
        assert governed.velocity_rad_s == pytest.approx([1.5 * hop / 50, 0.0])
        assert governed.cuts == ({} if hop == 50 else {"elbow": Cut.SOFT_ENGAGE})
    assert one.decide(REST, True, 51 * HOP, 51 * HOP).cuts == {}


def test_speed_grows_again_after_each_resume() -> None:
    one = engaged(soft_engage_ms=500.0)
    one.link_changed(False, 0)
    one.link_changed(True, 0)
    for hop in range(1, 52):
        one.decide(REST, True, hop * HOP, hop * HOP)
    assert one.machine.state is State.ENGAGED
    assert one.decide(FLEX, True, 56 * HOP, 56 * HOP).velocity_rad_s == pytest.approx([0.15, 0.0])


def test_a_clock_that_goes_backwards_after_engaging_moves_nothing() -> None:
    one = engaged(10 * HOP, soft_engage_ms=500.0)
    assert one.decide(FLEX, True, 9 * HOP, 9 * HOP).velocity_rad_s == [0.0, 0.0]
    assert one.decide(FLEX, True, 8 * HOP, 8 * HOP).velocity_rad_s == [0.0, 0.0]


def test_a_wish_changes_smoothly_and_an_ageing_input_slows_at_once() -> None:
    elbow = JointLimits("elbow", 0.0, 2.0, 1.5, 10.0, 200.0, 0.2)
    one = engaged(joints=[elbow])
    for hop in range(1, 40):
        one.decide([1.0], True, hop * HOP, hop * HOP)
    assert one.last.velocity_rad_s == [pytest.approx(1.5)]
    slower = one.decide([0.0], True, 40 * HOP, 40 * HOP)
    assert slower.velocity_rad_s == [pytest.approx(1.42)]  # 800 rad/s³ for 10 ms, then that for 10 ms
    assert slower.cuts == {"elbow": Cut.SLOWING}
    for hop in range(41, 80):
        one.decide([1.0], True, hop * HOP, hop * HOP)
    aged = one.tick(79 * HOP + 80 * MS)
    assert aged.velocity_rad_s == [pytest.approx(0.75)]
    assert aged.cuts == {"elbow": Cut.AGEING_INPUT}


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_what_ended_at_once_begins_anew_without_its_old_acceleration(way: float) -> None:
    elbow = JointLimits("elbow", 0.0, 2.0, 1.5, 10.0, 200.0, 0.2)
    one = engaged(joints=[elbow])
    for hop in range(1, 11):
        one.decide([way], True, hop * HOP, hop * HOP)
    one.request(Event.DISENGAGE, 10 * HOP, "test")
    one.decide([0.0], True, 11 * HOP, 11 * HOP)
    one.request(Event.ENGAGE, 11 * HOP, "test")
    assert one.decide([way], True, 12 * HOP, 12 * HOP).velocity_rad_s == [pytest.approx(0.02 * way)]


@pytest.mark.parametrize("wish", [1.0, 2.0, -2.0, 1e6])
def test_a_wish_beyond_full_speed_ages_and_engages_as_softly_as_full_speed(wish: float) -> None:
    one, way = engaged(soft_engage_ms=20.0), math.copysign(1.0, wish)
    soft = one.decide([wish, 0.0], True, HOP, HOP)
    assert (soft.velocity_rad_s[0], soft.cuts["elbow"]) == (pytest.approx(0.75 * way), Cut.SOFT_ENGAGE)
    full = one.decide([wish, 0.0], True, 3 * HOP, 3 * HOP)
    assert (full.velocity_rad_s[0], full.cuts) == (1.5 * way, {} if wish == 1.0 else {"elbow": Cut.SPEED})
    aged = one.tick(3 * HOP + 90 * MS)
    assert (aged.velocity_rad_s[0], aged.cuts["elbow"]) == (pytest.approx(0.375 * way), Cut.AGEING_INPUT)


@pytest.mark.parametrize("wish", [math.inf, -math.inf, math.nan, 1.7e308])
def test_a_wish_that_is_no_number_is_rest(wish: float) -> None:
    governed = engaged().decide([wish, 1.0], True, HOP, HOP)
    assert governed.velocity_rad_s == [0.0, 1.0]
    assert governed.cuts == {"elbow": Cut.NOT_FINITE}


def test_after_a_pause_a_joint_is_not_faster_than_after_a_tenth_of_a_second() -> None:
    slow = FreshnessBounds(500.0, 1000.0, 2000.0)
    one = Governor([JointLimits("elbow", 0.0, 2.0, 1.5, 10.0, 1e9, 0.2)], slow, soft_engage_ms=0.0)
    one.decide([0.0], True, 0, 0)
    one.request(Event.ENGAGE, 0, "test")
    assert one.decide([1.0], True, 400 * MS, 400 * MS).velocity_rad_s == [pytest.approx(1.0)]


def test_the_grip_is_limited_by_the_force_that_is_known() -> None:
    one = engaged()
    for hop in range(1, 4):
        one.decide(CLOSE, True, hop * HOP, hop * HOP, None, 0.0)
    assert one.decide(CLOSE, True, 4 * HOP, 4 * HOP, None, 35.0).velocity_rad_s == pytest.approx([0.0, 0.5])
    assert one.last.cuts == {"hand": Cut.GRIP_FORCE}
    assert one.tick(5 * HOP, None, 40.0).velocity_rad_s == [0.0, 0.0]
    assert one.tick(6 * HOP, None, None).velocity_rad_s == pytest.approx([0.0, 1.0])  # left to the arm's guard


def test_a_joint_whose_position_is_not_told_is_left_to_the_guard() -> None:
    one = engaged()
    one.decide(FLEX, True, HOP, HOP)
    assert one.decide(FLEX, True, 2 * HOP, 2 * HOP, {"hand": 0.5}).velocity_rad_s == [1.5, 0.0]


def test_another_model_in_the_middle_of_a_motion_holds_until_rest() -> None:
    one = engaged()
    assert one.decide(FLEX, True, HOP, HOP).velocity_rad_s[0] > 0.0
    one.model_changed(HOP, "another model")
    assert one.machine.state is State.HOLDING
    assert one.tick(HOP + MS).velocity_rad_s == [0.0, 0.0]
    for hop in range(2, 20):
        assert one.decide(FLEX, True, hop * HOP, hop * HOP).velocity_rad_s == [0.0, 0.0]
    for hop in range(20, 70):
        assert one.machine.state is State.HOLDING
        one.decide(REST, True, hop * HOP, hop * HOP)
    one.decide(REST, True, 70 * HOP, 70 * HOP)
    assert one.machine.state is State.ENGAGED


def test_another_model_changes_no_state_in_which_nothing_moves() -> None:
    for state in (State.IDLE, State.READY, State.HOLDING, State.FAULT):
        one = governor()
        one.machine.state = state
        one.model_changed(0, "another model")
        assert one.machine.state is state


def test_nobody_engages_while_it_is_barred() -> None:
    one = governor()
    one.decide(REST, True, 0, 0)
    one.barred = "trials are being recorded"
    assert one.request(Event.ENGAGE, 0, "test") == "refused: trials are being recorded"
    assert one.machine.state is State.READY
    assert one.request(Event.STOP, 0, "test") == ""
    one.barred = ""
    one.request(Event.CLEAR, 0, "test")
    one.decide(REST, True, HOP, HOP)
    assert one.request(Event.ENGAGE, HOP, "test") == ""
