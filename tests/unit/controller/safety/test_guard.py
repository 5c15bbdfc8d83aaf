import math

import pytest

from controller.safety.age import MessageAge
from controller.safety.guard import DISAGREEMENTS, Guard, JointCommand, Refusal
from controller.safety.limits import Cut, JointLimits
from controller.safety.states import State

MS = 1_000_000
ELBOW = JointLimits("elbow", 0.0, 2.0, 1.5, 1000.0, 1e9, 0.2)
MIDDLE = {"elbow": 1.0}
# The sender's clock is not ours.
SENDER = 5_000_000_000_000


def command(
    seq: int,
    sent_ns: int,
    velocity: float = 1.0,
    session: str = "a",
    state: State = State.ENGAGED,
    ttl_ms: int = 200,
    joint: str = "elbow",
    ends_session: bool = False,
) -> JointCommand:
    return JointCommand(session, seq, SENDER + sent_ns, ttl_ms, state, {joint: velocity}, ends_session)


def started(session: str = "a") -> Guard:
    guard = Guard([ELBOW])
    assert guard.offer(command(0, 0, 0.0, session, State.READY), 0) is None
    return guard


def speed(guard: Guard, now_ns: int, position: float = 1.0) -> float:
    guard.step({"elbow": position}, now_ns - 10 * MS)
    velocity, _ = guard.step({"elbow": position}, now_ns)
    return velocity["elbow"]


def test_moves_nothing_before_the_first_command() -> None:
    assert Guard([ELBOW]).step(MIDDLE, 0)[0] == {"elbow": 0.0}


def test_passes_a_good_command_on() -> None:
    guard = started()
    assert guard.offer(command(1, 10 * MS), 10 * MS) is None
    assert speed(guard, 20 * MS) == 1.0
    assert guard.accepted == 2


@pytest.mark.parametrize(("ttl_ms", "bound_ms"), [(50, 50), (200, 200), (1000, 200)])
def test_stops_by_itself_when_commands_stop(ttl_ms: int, bound_ms: int) -> None:
    guard = started()
    guard.offer(command(1, 10 * MS, ttl_ms=ttl_ms), 10 * MS)
    assert guard.step(MIDDLE, (10 + bound_ms) * MS - 1)[0] == {"elbow": 0.0}  # the first step has no time to speed up
    assert guard.step(MIDDLE, (10 + bound_ms) * MS)[0] == {"elbow": 0.0}
    assert guard.expirations == 1
    assert guard.offer(command(2, 300 * MS, ttl_ms=ttl_ms), 300 * MS) is Refusal.SILENCE_NOT_ENDED_AT_REST
    assert guard.offer(command(3, 310 * MS, 0.0, ttl_ms=ttl_ms), 310 * MS) is None
    assert guard.offer(command(4, 320 * MS, ttl_ms=ttl_ms), 320 * MS) is None
    assert speed(guard, (320 + bound_ms) * MS - 1) == 1.0
    assert speed(guard, (320 + bound_ms) * MS) == 0.0


def test_silence_at_rest_needs_no_rest_afterwards() -> None:
    guard = started()
    guard.offer(command(1, 10 * MS, 0.0), 10 * MS)
    guard.step(MIDDLE, 500 * MS)
    assert guard.offer(command(2, 510 * MS), 510 * MS) is None


def test_a_session_must_start_at_rest() -> None:
    guard = Guard([ELBOW])
    assert guard.offer(command(7, 0), 0) is Refusal.SESSION_NOT_AT_REST
    assert guard.session == ""
    assert speed(guard, 10 * MS) == 0.0


def test_another_session_comes_only_after_silence_and_at_rest() -> None:
    guard = started()
    guard.offer(command(1, 0), 0)
    assert guard.offer(command(0, 500 * MS, 0.0, "b"), 500 * MS) is Refusal.OTHER_SESSION
    assert guard.offer(command(0, 999 * MS, 0.0, "b"), 999 * MS) is Refusal.OTHER_SESSION
    assert guard.offer(command(0, 1000 * MS, 1.0, "b"), 1000 * MS) is Refusal.SESSION_NOT_AT_REST
    assert guard.offer(command(0, 1000 * MS, 0.0, "b"), 1000 * MS) is None
    assert guard.session == "b"
    assert guard.offer(command(2, 1001 * MS, 0.0, "a"), 1001 * MS) is Refusal.OTHER_SESSION


@pytest.mark.parametrize("seq", [0, 4, 5])
def test_what_is_repeated_or_out_of_order_is_dropped(seq: int) -> None:
    guard = started()
    assert guard.offer(command(5, 10 * MS), 10 * MS) is None
    assert guard.offer(command(seq, 20 * MS, -1.0), 20 * MS) is Refusal.OUT_OF_ORDER
    assert speed(guard, 30 * MS) == 1.0


def test_what_is_older_than_its_ttl_is_dropped_without_knowing_the_senders_clock() -> None:
    guard = started()
    transit = 3 * MS
    for seq in range(1, 11):
        assert guard.offer(command(seq, seq * 10 * MS, 0.0), seq * 10 * MS + transit) is None
    # The broker hung for 3 s and now delivers everything at once.
    burst_at = 3_100 * MS
    outcomes = [guard.offer(command(seq, seq * 10 * MS, 0.0), burst_at) for seq in range(11, 311)]
    accepted = [seq for seq, outcome in zip(range(11, 311), outcomes, strict=True) if outcome is None]
    # At 100 ppm the smallest transit is forgotten by 0.3 ms in 3 s.
    assert accepted == list(range(290, 311))
    assert {outcome for outcome in outcomes if outcome} == {Refusal.TOO_OLD}


@pytest.mark.parametrize("velocity", [1.6, -1.6, math.inf, -math.inf, math.nan])
def test_what_is_out_of_range_or_no_number_is_dropped(velocity: float) -> None:
    guard = started()
    assert guard.offer(command(1, 0, velocity), 0) is Refusal.OUT_OF_RANGE
    assert speed(guard, 10 * MS) == 0.0


def test_an_unknown_joint_is_dropped() -> None:
    assert started().offer(command(1, 0, joint="knee"), 0) is Refusal.UNKNOWN_JOINT


@pytest.mark.parametrize("state", [state for state in State if state is not State.ENGAGED])
def test_motion_needs_engagement(state: State) -> None:
    guard = started()
    assert guard.offer(command(1, 0, 1.0, state=state), 0) is Refusal.NOT_ENGAGED
    assert guard.offer(command(2, 0, 0.0, state=state), 0) is None
    assert speed(guard, 10 * MS) == 0.0


def test_a_stop_is_latched_until_released_and_then_needs_rest() -> None:
    guard = started()
    guard.offer(command(1, 0), 0)
    guard.stop()
    assert speed(guard, 10 * MS) == 0.0
    assert guard.offer(command(2, 20 * MS, 0.0), 20 * MS) is Refusal.STOPPED
    guard.release()
    assert guard.stopped is False
    assert guard.offer(command(3, 30 * MS), 30 * MS) is Refusal.SESSION_NOT_AT_REST
    assert guard.offer(command(4, 40 * MS, 0.0), 40 * MS) is None
    assert guard.offer(command(5, 50 * MS), 50 * MS) is None
    assert speed(guard, 60 * MS) == 1.0


def test_limits_hold_on_the_arms_own_position() -> None:
    guard = started()
    guard.offer(command(1, 0), 0)
    assert speed(guard, 10 * MS, position=2.0) == 0.0
    assert 0.0 < speed(guard, 30 * MS, position=1.95) < 1.0


def test_a_session_that_ends_itself_hands_over_at_once_and_never_comes_back() -> None:
    guard = started()
    guard.offer(command(1, 0), 0)
    assert guard.offer(command(2, 10 * MS, 0.0, ends_session=True), 10 * MS) is None
    assert (guard.session, guard.last_seq) == ("", -1)
    assert guard.offer(command(0, 20 * MS, session="b"), 20 * MS) is Refusal.SESSION_NOT_AT_REST
    assert guard.offer(command(0, 20 * MS, 0.0, "b"), 20 * MS) is None
    assert guard.offer(command(1, 30 * MS, 1.0, "b"), 30 * MS) is None
    for now in (40 * MS, 5000 * MS):
        assert guard.offer(command(3, now, 0.0), now) is Refusal.SESSION_ENDED
    guard.stop()
    guard.release()
    assert guard.offer(command(4, 5100 * MS, 0.0), 5100 * MS) is Refusal.SESSION_ENDED


def test_64_sessions_that_ended_are_remembered() -> None:
    guard = Guard([ELBOW])
    for number in range(65):
        assert guard.offer(command(0, number * MS, 0.0, f"session {number}", ends_session=True), number * MS) is None
    assert guard.offer(command(1, 65 * MS, 0.0, "session 1"), 65 * MS) is Refusal.SESSION_ENDED
    assert guard.offer(command(1, 65 * MS, 0.0, "session 0"), 65 * MS) is None


def test_what_no_controller_that_agrees_would_send_is_a_disagreement() -> None:
    assert {Refusal.UNKNOWN_JOINT, Refusal.OUT_OF_RANGE, Refusal.NOT_ENGAGED} == DISAGREEMENTS


def test_a_last_command_with_motion_is_one_to_rest() -> None:
    guard = started()
    guard.offer(command(1, 0), 0)
    assert guard.offer(command(2, 10 * MS, ends_session=True), 10 * MS) is None
    assert speed(guard, 20 * MS) == 0.0


def test_nonsense_from_elsewhere_does_not_make_old_commands_young() -> None:
    guard = started()
    assert guard.offer(command(1, 0, 0.0), 0) is None
    late = 3000 * MS  # the broker hung; first comes nonsense of another session, then what it had kept
    assert guard.offer(command(0, late, 0.0, "b", joint="knee"), late) is Refusal.UNKNOWN_JOINT
    assert guard.offer(command(2, 10 * MS, 0.0), late) is Refusal.TOO_OLD


def test_silence_ends_motion_even_if_nobody_steps_meanwhile() -> None:
    guard = started()
    guard.offer(command(1, 0), 0)
    assert guard.offer(command(2, 250 * MS), 250 * MS) is Refusal.SILENCE_NOT_ENDED_AT_REST
    assert guard.expirations == 1


def test_speeding_up_is_bounded_between_commands_and_slowing_is_at_once() -> None:
    guard = Guard([JointLimits("elbow", 0.0, 2.0, 1.5, 10.0, 200.0, 0.2)])
    guard.offer(command(0, 0, 0.0), 0)
    guard.offer(command(1, 0), 0)
    guard.step(MIDDLE, 0)
    rates = []
    for step in range(1, 13):
        velocity, cuts = guard.step(MIDDLE, step * 10 * MS)
        rates.append(velocity["elbow"])
        assert cuts == {"elbow": Cut.JERK if step < 6 else Cut.ACCELERATION}
    assert rates[:5] == pytest.approx([0.02, 0.06, 0.12, 0.2, 0.3])
    assert rates[5:] == pytest.approx([0.4 + 0.1 * index for index in range(6)] + [1.0])
    assert guard.cuts == {Cut.JERK: 6, Cut.ACCELERATION: 7}  # the first step had no time
    guard.offer(command(2, 120 * MS, 0.25), 120 * MS)
    assert guard.step(MIDDLE, 125 * MS)[0] == {"elbow": 0.25}


def test_a_first_motion_backwards_begins_as_gently() -> None:
    guard = Guard([JointLimits("elbow", 0.0, 2.0, 1.5, 10.0, 200.0, 0.2)])
    guard.step(MIDDLE, 0)
    guard.offer(command(0, 0, 0.0), 0)
    guard.offer(command(1, 0, -1.0), 0)
    fresh = Guard(guard.joints)
    assert fresh._acceleration == {"elbow": 0.0}
    assert guard.step(MIDDLE, 10 * MS)[0] == {"elbow": pytest.approx(-0.02)}


def test_a_thousandth_above_the_limit_is_rounding() -> None:
    guard = started()
    assert guard.offer(command(1, 0, 1.5 * 1.001), 0) is None
    assert guard.offer(command(2, 0, 1.5 * 1.0011), 0) is Refusal.OUT_OF_RANGE


def test_an_age_of_just_the_ttl_is_taken() -> None:
    forgotten = 100_000  # 100 ppm of a second
    for more, outcome in ((0, None), (1000, Refusal.TOO_OLD)):
        guard = started()
        late = command(1, 1000 * MS - 200 * MS - forgotten - more, 0.0)
        assert guard.offer(late, 1000 * MS) is outcome


def test_each_end_of_motion_by_silence_is_counted() -> None:
    guard = started()
    for round_ in range(2):
        begin = round_ * 1000 * MS
        assert guard.offer(command(10 * round_ + 1, begin, 0.0), begin) is None
        assert guard.offer(command(10 * round_ + 2, begin), begin) is None
        guard.step(MIDDLE, begin + 300 * MS)
    assert guard.expirations == 2


def test_silence_outside_engaged_ends_nothing() -> None:
    guard = started()
    guard.step(MIDDLE, 500 * MS)
    assert guard.expirations == 0


def test_a_session_without_a_name_never_passes_for_one_that_began_at_rest() -> None:
    for velocity in (0.0, 1.0):
        assert Guard([ELBOW]).offer(command(0, 0, velocity, ""), 0) is Refusal.MALFORMED


def test_after_a_pause_a_joint_is_not_faster_than_after_20_ms() -> None:
    guard = Guard([JointLimits("elbow", 0.0, 2.0, 1.5, 10.0, 1e9, 0.2)])
    guard.offer(command(0, 0, 0.0), 0)
    guard.step(MIDDLE, 0)
    guard.offer(command(1, 0), 0)
    assert guard.step(MIDDLE, 150 * MS)[0] == {"elbow": pytest.approx(0.2)}


def test_a_joint_whose_position_is_not_known_does_not_move() -> None:
    guard = started()
    guard.offer(command(1, 0), 0)
    guard.step({}, 0)
    assert guard.step({}, 10 * MS) == ({"elbow": 0.0}, {"elbow": Cut.NOT_FINITE})


@pytest.mark.parametrize(("force", "closes_at"), [(None, 0.0), (math.nan, 0.0), (0.0, 1.0), (35.0, 0.5), (40.0, 0.0)])
def test_closing_needs_a_known_grip_force_below_the_limit(force: float | None, closes_at: float) -> None:
    hand = JointLimits("hand", 0.0, 1.4, 1.0, 1000.0, 1e9, 0.1, max_grip_force_n=40.0)
    for velocity, allowed in ((1.0, closes_at), (-1.0, -1.0)):
        guard = Guard([hand])
        guard.offer(command(0, 0, 0.0, joint="hand"), 0)
        guard.offer(command(1, 0, velocity, joint="hand"), 0)
        guard.step({"hand": 0.7}, 0, force)
        assert guard.step({"hand": 0.7}, 10 * MS, force)[0]["hand"] == pytest.approx(allowed)


def test_a_joint_that_is_not_named_stands_still() -> None:
    guard = Guard([ELBOW, JointLimits("hand", 0.0, 1.4, 1.0, 1000.0, 1e9, 0.1)])
    guard.offer(JointCommand("a", 0, SENDER, 200, State.ENGAGED, {}), 0)
    guard.offer(JointCommand("a", 1, SENDER, 200, State.ENGAGED, {"hand": 0.5}), 0)
    guard.step({"elbow": 1.0, "hand": 0.7}, 0)
    assert guard.step({"elbow": 1.0, "hand": 0.7}, 10 * MS)[0] == {"elbow": 0.0, "hand": 0.5}


def test_counts_what_it_drops() -> None:
    guard = started()
    guard.offer(command(1, 0, joint="knee"), 0)
    guard.offer(command(1, 0, joint="knee"), 0)
    guard.count(Refusal.MALFORMED)
    assert guard.refused == {Refusal.UNKNOWN_JOINT: 2, Refusal.MALFORMED: 1}


def test_age_follows_a_drifting_clock_and_still_sees_a_late_message() -> None:
    age = MessageAge()
    drift = 50e-6  # the sender's clock runs slow by 50 ppm
    for second in range(3600):
        arrival = second * 1000 * MS
        assert age.of(round(arrival * (1 - drift)), arrival) <= MS
    arrival = 3600 * 1000 * MS
    assert age.of(round((arrival - 300 * MS) * (1 - drift)), arrival) >= 299 * MS


def test_what_is_forgotten_adds_up_until_a_quicker_message_comes() -> None:
    age = MessageAge()
    assert age.of(0, 0) == 0
    for second in range(1, 11):
        arrival = second * 1000 * MS
        assert age.of(arrival - 10 * MS, arrival) == 10 * MS - second * 100_000
    assert age.of(10_000 * MS, 10_000 * MS) == 0
    assert age.of(10_000 * MS - 10 * MS, 10_000 * MS) == 10 * MS
