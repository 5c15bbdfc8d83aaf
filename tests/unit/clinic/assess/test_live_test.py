"""A live test, fed with streams that go well and streams that do not."""

from collections.abc import Callable
from typing import Any

import pytest

from clinic.assess.hindrance import ArmKind
from clinic.assess.live_asked import LiveAsked, two_way_joints
from clinic.assess.live_test import COUNTDOWN_S, LEFT_ALONE_S, PAUSE_S, LiveTest, Stage
from clinic.assess.watched import Watched
from clinic.assessments.asked import MotionSection, PlainSection, TacSection
from clinic.assessments.errors import AssessmentError
from clinic.assessments.reach import ReachTrial
from clinic.assessments.targets import start_posture
from controller.config_file import load_arm
from controller.safety.states import State
from tests.rigs.live_arm import ARM_FILE, OTHER_SESSION, STATE_EVERY_S, LiveRig, Speaker

MOTIONS = {
    "elbow_flexion": {"elbow": 1.0},
    "elbow_extension": {"elbow": -1.0},
    "hand_close": {"hand": 1.0},
    "hand_open": {"hand": -1.0},
    "supination": {"wrist_rotation": 1.0},
}
READY_S = PAUSE_S + COUNTDOWN_S + 0.2
TAC = TacSection(kind="tac", repetitions=1, dwell_s=0.5, time_limit_s=4.0, distance_deg=30.0)
MOTION = MotionSection(kind="motion", repetitions=1, right_s=0.5, time_limit_s=2.0)


def rig_of(test: PlainSection, arm: ArmKind = ArmKind.REAL, **asked: Any) -> LiveRig:
    config = load_arm(ARM_FILE)
    joints = two_way_joints(config.joints, MOTIONS)
    speaker = Speaker(config, start_posture(config.joints))
    if arm is ArmKind.VIRTUAL:
        speaker.control = State.READY
    motions = [name for name in MOTIONS if name != "supination"]
    live = LiveTest(LiveAsked(test=test, arm=arm, **asked), joints, motions, Watched(), 1, 1000.0)
    rig = LiveRig(live, speaker)
    rig.announce()
    return rig


def codes(rig: LiveRig) -> list[str]:
    return [one.code for one in rig.live.hindrances]


def running(rig: LiveRig) -> LiveRig:
    for _ in range(round(READY_S / STATE_EVERY_S)):
        rig.pass_s(STATE_EVERY_S)
        if rig.live.stage is Stage.RUNNING:
            rig.pass_s(2 * STATE_EVERY_S)  # seen at its start
            return rig
    raise AssertionError(f"not running: {rig.live.stage}, {codes(rig)}")


def reach(rig: LiveRig) -> None:
    target = rig.live.target
    assert target is not None
    rig.speaker.position_rad = rig.speaker.position_rad | target.posture_rad


def back(rig: LiveRig) -> None:
    rig.speaker.position_rad = start_posture(rig.speaker.arm.joints)


def restart(rig: LiveRig) -> None:
    rig.speaker.session = OTHER_SESSION
    rig.announce()


def test_only_joints_that_move_both_ways_are_asked_for() -> None:
    assert [joint.name for joint in two_way_joints(load_arm(ARM_FILE).joints, MOTIONS)] == ["elbow", "hand"]
    with pytest.raises(AssessmentError, match="both ways"):
        two_way_joints(load_arm(ARM_FILE).joints, {"supination": {"wrist_rotation": 1.0}})


def test_a_whole_test_with_a_real_arm_that_arrives_a_little_off_its_start() -> None:
    rig = rig_of(TAC)
    done = 0
    while not rig.live.over:
        back(rig)
        rig.speaker.position_rad["elbow"] += 0.05 * (done % 2)
        running(rig)
        target = rig.live.target
        assert target is not None
        # As far from where it stands as the test says, not from where it should stand.
        for joint, offset in target.offset_rad.items():
            assert target.posture_rad[joint] - rig.speaker.position_rad[joint] == pytest.approx(offset)
        rig.pass_s(1.0)
        reach(rig)
        rig.pass_s(0.7)
        done += 1
        assert len(rig.live.test.trials) == done
    assert rig.live.stage is Stage.FINISHED
    assert done == rig.live.trials == 4
    result = rig.live.result("somebody")
    assert result.figures["completion_rate"] == 1.0
    assert result.figures["median_completion_s"] == pytest.approx(1.0, abs=0.1)


def test_who_is_late_fails_and_the_test_goes_on() -> None:
    rig = running(rig_of(TAC))
    rig.pass_s(4.1)
    trial = rig.live.test.trials[0]
    assert isinstance(trial, ReachTrial)
    assert not trial.completed
    assert not rig.live.not_counted
    assert rig.live.trial == 2


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (lambda rig: setattr(rig.speaker, "control", State.READY), "not_engaged"),
        (lambda rig: setattr(rig.speaker, "control", State.HOLDING), "not_engaged"),
        (lambda rig: setattr(rig.speaker, "control", State.FAULT), "stopped"),
        (lambda rig: setattr(rig.speaker, "stopped", True), "arm_stopped"),
        (lambda rig: setattr(rig, "connected", False), "no_broker"),
        (lambda rig: setattr(rig, "silent", frozenset({"state"})), "no_arm_state"),
        (lambda rig: setattr(rig, "silent", frozenset({"signal"})), "no_signal"),
        (restart, "restarted"),
        (lambda rig: rig.say("arm_status", b'{"status": "lost"}'), "no_arm"),
        (lambda rig: rig.speaker.position_rad.pop("elbow"), "no_samples"),
    ],
)
def test_what_cannot_be_judged_is_taken_again(happens: Callable[[LiveRig], object], code: str) -> None:
    rig = rig_of(TAC)
    running(rig)
    reach(rig)
    rig.pass_s(0.7)  # one trial that counts
    back(rig)
    asked_before = running(rig).live.target
    rig.pass_s(1.0)
    happens(rig)
    rig.pass_s(1.2)
    assert [one.why.code for one in rig.live.not_counted] == [code]
    assert rig.live.not_counted[0].trial == 2
    assert rig.live.stage is not Stage.RUNNING
    assert len(rig.live.test.trials) == 1
    asked_now = rig.live.target
    assert asked_before is not None
    assert asked_now is not None
    assert asked_now.name == asked_before.name


def test_a_trial_broken_off_is_taken_again_once_all_is_well() -> None:
    rig = running(rig_of(TAC))
    rig.speaker.control = State.HOLDING
    rig.pass_s(READY_S)
    assert (rig.live.stage, codes(rig)) == (Stage.WAITING, ["not_engaged"])
    rig.speaker.control = State.ENGAGED
    running(rig)
    reach(rig)
    rig.pass_s(0.7)
    assert len(rig.live.test.trials) == 1


def test_nan_and_nonsense_are_as_if_they_had_not_come() -> None:
    rig = running(rig_of(TAC))
    reach(rig)
    nan = rig.speaker.state(rig.now_s).replace(b'"elbow":', b'"elbow":NaN, "x":')
    for payload in (nan, b"", b"{}", b"\xff", b"[1, 2]"):
        rig.say("state", payload)
        rig.say("signal", payload)
        rig.say("controller_status", payload)
    assert rig.live.watched.refused == 15
    rig.pass_s(0.7)
    assert len(rig.live.test.trials) == 1


def test_old_states_that_come_in_one_lump_are_no_dwell() -> None:
    rig = running(rig_of(TAC))
    reach(rig)
    rig.silent = frozenset({"state"})
    rig.pass_s(0.4)
    held_up = [rig.speaker.state(rig.now_s - 0.4 + 0.02 * (index + 1)) for index in range(20)]
    for index, payload in enumerate(held_up):
        rig.live.take("state", payload, rig.now_s + 0.0001 * index)
    assert rig.live.watched.late == 10  # older than 200 ms
    rig.now_s += 0.01
    rig.silent = frozenset()
    rig.pass_s(0.4)
    assert not rig.live.test.trials
    rig.pass_s(0.2)
    assert len(rig.live.test.trials) == 1


def test_a_gap_ends_a_dwell() -> None:
    rig = running(rig_of(TAC))
    reach(rig)
    rig.pass_s(0.4)
    rig.silent = frozenset({"state"})
    rig.pass_s(0.3)
    rig.silent = frozenset()
    rig.pass_s(0.3)
    assert not rig.live.test.trials
    rig.pass_s(0.4)
    assert len(rig.live.test.trials) == 1


def test_nothing_begins_before_the_arm_is_near_its_start_and_still_wanted() -> None:
    rig = rig_of(TAC)
    rig.speaker.position_rad["elbow"] += 0.3
    rig.pass_s(READY_S)
    assert codes(rig) == ["not_at_start"]
    assert rig.live.hindrances[0].values["joint"] == "elbow"
    assert rig.live.hindrances[0].values["off_deg"] == pytest.approx(17.2, abs=0.1)
    back(rig)
    rig.speaker.shaped = {"elbow": 0.2}
    rig.pass_s(READY_S)
    assert codes(rig) == ["not_resting"]
    rig.speaker.shaped = {}
    rig.pass_s(1.0)
    assert rig.live.stage is Stage.COUNTDOWN
    rig.speaker.shaped = {"elbow": 0.2}
    rig.pass_s(0.1)
    assert rig.live.stage is Stage.WAITING


def test_a_trial_waits_to_be_begun_where_nothing_is_automatic() -> None:
    rig = rig_of(TAC, automatic=False)
    rig.pass_s(READY_S)
    assert (rig.live.stage, codes(rig)) == (Stage.WAITING, [])
    rig.live.begin(rig.now_s)
    rig.pass_s(COUNTDOWN_S + 0.2)
    assert rig.live.stage is Stage.RUNNING
    with pytest.raises(AssessmentError, match="running"):
        rig.live.begin(rig.now_s)


def test_who_is_left_alone_does_not_keep_others_waiting() -> None:
    rig = rig_of(TAC, automatic=False)
    rig.now_s += LEFT_ALONE_S + 1.0
    rig.live.tick(rig.now_s, connected=True)
    assert (rig.live.stage, rig.live.ended) == (Stage.ABORTED, "left_alone")


def test_a_drawn_arm_goes_where_the_decided_speed_would_take_it() -> None:
    rig = running(rig_of(TAC, ArmKind.VIRTUAL))
    target = rig.live.target
    assert target is not None
    joint, offset = next(iter(target.offset_rad.items()))
    before = rig.live.position_rad[joint]
    rig.speaker.shaped = {joint: 0.5 if offset > 0 else -0.5}
    rig.pass_s(1.0)
    speed = next(one.max_speed_rad_s for one in rig.live.joints if one.name == joint)
    assert abs(rig.live.position_rad[joint] - before) == pytest.approx(0.5 * speed, rel=0.15)
    assert rig.speaker.position_rad == start_posture(rig.speaker.arm.joints)
    # A wish that nobody repeats is no wish.
    rig.silent = frozenset({"signal"})
    rig.pass_s(0.4)
    stands = rig.live.position_rad[joint]
    rig.pass_s(0.06)
    assert rig.live.position_rad[joint] == stands


def test_a_drawn_arm_needs_the_real_one_disengaged() -> None:
    rig = rig_of(TAC, ArmKind.VIRTUAL)
    rig.speaker.control = State.ENGAGED
    rig.pass_s(READY_S)
    assert codes(rig) == ["not_ready"]
    rig.speaker.control = State.READY
    running(rig)
    rig.speaker.control = State.ENGAGED
    rig.pass_s(0.1)
    assert [one.why.code for one in rig.live.not_counted] == ["not_ready"]


def test_a_motion_test_judges_decisions_and_rejected_ones_are_rest() -> None:
    rig = running(rig_of(MOTION, ArmKind.VIRTUAL))
    rig.say("profile", b'{"version": 1, "author": "x", "values": {"rejection_threshold": 0.6}}')
    rig.speaker.decided, rig.speaker.confidence = rig.live.test.wanted.motion, 0.5
    rig.pass_s(1.0)
    assert not rig.live.test.trials
    rig.speaker.confidence = 0.9
    rig.pass_s(0.7)
    assert len(rig.live.test.trials) == 1
    assert rig.live.result("somebody").figures["completion_rate"] == 1.0


def test_too_long_a_test_is_refused_with_what_to_do() -> None:
    with pytest.raises(AssessmentError, match="fewer repetitions"):
        rig_of(TAC.model_copy(update={"repetitions": 100}))
