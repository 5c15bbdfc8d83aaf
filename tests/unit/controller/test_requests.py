"""What the controller does with each message, without a broker: the bus only writes down."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, cast

import numpy as np
import pytest

from controller.arm_config import ArmConfig, JointConfig
from controller.bus import Bus
from controller.contract.arm_state import ArmStatus, JointManifest
from controller.contract.calibration import CalibrationRequest
from controller.contract.message import TOO_LARGE
from controller.contract.requests import ProfileResult, ProfileState, ProfileValues
from controller.contract.topics import Topics
from controller.decoders.model import ModelFacts
from controller.emg.hop_buffer import Hop
from controller.loop import ControlLoop
from controller.profile import speed_shares, tune
from controller.profile_in_force import ProfileInForce
from controller.raw_view import RawView
from controller.requests import Requests
from controller.safety.freshness import FreshnessBounds
from controller.safety.governor import Governor
from controller.safety.states import State
from controller.shaping.joint_ramp import JointRamp
from controller.shaping.majority_vote import MajorityVote
from controller.shaping.proportional_speed import ProportionalSpeed
from controller.shaping.rejection import Rejection
from controller.shaping.shaper import Shaper
from controller.shaping.slewed import Slewed
from controller.shaping.steady_start import SteadyStart
from controller.shaping.velocity_ramp import VelocityRamp
from drivers.source import Unit

NOW_NS = 5_000_000_000
TOPICS = Topics("test")
ARM = ArmConfig(
    name="test",
    joints=tuple(
        JointConfig(name=name, min_rad=0.0, max_rad=1.0, max_speed_rad_s=1.0, max_acceleration_rad_s2=10.0)
        for name in ("elbow", "hand")
    ),
)
STATE = {
    "t_ns": 1,
    "session": "",
    "last_seq": -1,
    "stopped": False,
    "position_rad": {"elbow": 0.5, "hand": 0.25},
    "velocity_rad_s": {},
    "guard": {"accepted": 0, "refused": {}, "expirations": 0},
}


FACTS = ModelFacts(
    decoder="lda",
    feature_set="td4",
    class_names=("rest", "hand_close", "elbow_up"),
    channel_count=1,
    rate_hz=1000.0,
    unit=Unit.MICROVOLT,
    hop_samples=10,
    window_hops=20,
    band_pass_hz=(20.0, 450.0),
    trained_on="nothing",
    training_windows=(0, 0, 0),
)
VALUES = ProfileValues(
    gain={"elbow": 1.0, "hand": 2.0},
    class_gain={"hand_close": 0.5},
    speed_limit={"elbow": 1.0, "hand": 0.75},
    rejection_threshold=0.6,
    rejection={"elbow_up": 0.7},
    ramp_ms=300.0,
    dead_band=0.1,
    vote=1,
)


def shaper_in_force() -> Shaper:
    """The shaper that has `VALUES`; a change takes one decision."""
    return Shaper(
        Rejection([0.6, 0.6, 0.7], 0, 0.6),
        MajorityVote(1, 3, 0),
        VelocityRamp(3, 30),
        JointRamp(2, 30),
        ProportionalSpeed(np.zeros(3), np.ones(3)),
        Slewed([0.1], decisions=1),
        Slewed([1.0, 2.0], decisions=1, off_at_once=True),
        np.zeros((3, 2)),
        SteadyStart(3, 0),
        SteadyStart(4, 0),
    )


@dataclass
class Step:
    shaper: Shaper = field(default_factory=shaper_in_force)

    @property
    def gains(self) -> list[float]:
        """The gains of the next decision."""
        return self.shaper.gain.advance()


@dataclass
class Loop:
    """Stands in for the control loop; notes in which order it was used."""

    did: list[str]
    step: Step = field(default_factory=Step)
    position_rad: dict[str, float] | None = None
    position_t_ns: int = 0
    grip_force_n: float | None = None
    raw_view: RawView | None = None

    def watch(self) -> None:
        self.did.append("watch")

    def publish_rest(self) -> None:
        self.did.append("rest")


@dataclass
class WrittenBus:
    """Stands in for the connection."""

    did: list[str]
    posted: list[tuple[str, dict[str, Any], bool]] = field(default_factory=list)

    def post(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.did.append(topic.removeprefix("efferent/v1/test/"))
        self.posted.append((topic, json.loads(payload), retain))


class Desk:
    """Requests with everything around them; `did` is what happened, in order."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.loop, self.bus = Loop(self.did), WrittenBus(self.did)
        self.governor = Governor(ARM.limits, FreshnessBounds(60.0, 100.0, 500.0))
        profile = ProfileState(version=3, author="test", values=VALUES)
        self.said_of_profile: list[str] = []
        self.requests = Requests(
            cast("ControlLoop", self.loop),
            self.governor,
            cast("Bus", self.bus),
            TOPICS,
            ARM,
            ProfileInForce(profile, ARM, FACTS, self.apply, self.announce, self.said_of_profile.append),
            lambda: self.did.append("status"),
            self.calibrate,
            self.switch,
        )

    def apply(self, values: ProfileValues) -> None:
        tune(self.loop.step.shaper, values, ARM, FACTS)
        self.governor.limit_speed(speed_shares(values, ARM))

    def announce(self, state: ProfileState) -> None:
        self.requests.announce_profile(state)

    def calibrate(self, request: CalibrationRequest) -> str:
        self.did.append(request.action.value)
        return f"calibration: {request.action.value} by {request.by}"

    def switch(self, name: str, by: str) -> str:
        self.did.append(f"{by} chose {name}")
        return "" if name == "direct" else "refused: none"

    def ready(self) -> None:
        self.governor.decide([0.0, 0.0], True, NOW_NS, NOW_NS)

    def send(self, topic: str, message: dict[str, Any] | bytes) -> None:
        self.requests.handle(topic, message if isinstance(message, bytes) else json.dumps(message).encode())

    def posted_on(self, topic: str) -> list[dict[str, Any]]:
        return [message for where, message, _ in self.bus.posted if where == topic]

    @property
    def said(self) -> list[str]:
        return [message["what"] for message in self.posted_on(TOPICS.event)]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr("controller.requests.time.monotonic_ns", lambda: NOW_NS)
    return Desk()


def test_a_decoder_is_asked_for_by_name_and_the_answer_is_told(desk: Desk) -> None:
    desk.send(TOPICS.mode_set, {"mode": "switch_decoder", "by": "anna", "decoder": "direct"})
    desk.send(TOPICS.mode_set, {"mode": "switch_decoder", "by": "anna", "decoder": "oracle"})
    assert desk.did == ["anna chose direct", "event", "anna chose oracle", "event"]
    assert desk.said == ["decoder 'direct' chosen by anna", "refused: none"]


@pytest.mark.parametrize(
    "request_",
    [{"mode": "switch_decoder"}, {"mode": "engage", "decoder": "direct"}, {"mode": "switch_decoder", "decoder": "A b"}],
)
def test_a_name_goes_with_a_switch_and_a_switch_with_a_name(desk: Desk, request_: dict[str, str]) -> None:
    desk.send(TOPICS.mode_set, {**request_, "by": "anna"})
    assert desk.did == ["event"]
    assert "breaks the contract" in desk.said[0]


def test_feedback_is_kept_with_the_time_of_its_arrival(desk: Desk) -> None:
    desk.send(TOPICS.state, {**STATE, "grip_force_n": 3.5})
    assert desk.loop.position_rad == {"elbow": 0.5, "hand": 0.25}
    assert desk.loop.position_t_ns == NOW_NS
    assert desk.loop.grip_force_n == 3.5
    assert desk.did == []


def arm_status(**elbow: Any) -> bytes:
    """What the arm says about its limits; other than ours where told."""
    manifest = [JointManifest.model_validate(asdict(joint)) for joint in ARM.limits]
    return ArmStatus(status="ready", joints=(manifest[0].model_copy(update=elbow), *manifest[1:])).encode()


def test_an_arm_that_is_stopped_stops_the_controller_until_a_person_clears_and_engages(desk: Desk) -> None:
    stopped = ArmStatus(status="stopped", cause="stopped by the stop line: pressed").encode()
    desk.send(TOPICS.arm_status, stopped)
    assert desk.governor.stopped
    assert desk.governor.machine.state is State.FAULT
    assert desk.said == ["the arm was stopped by the stop line: pressed"]
    desk.send(TOPICS.arm_status, stopped)
    assert len(desk.said) == 1
    desk.send(TOPICS.mode_set, {"mode": "clear", "by": "anna"})
    assert desk.governor.machine.state is State.IDLE
    desk.send(TOPICS.arm_status, ArmStatus(status="ready").encode())
    assert desk.governor.machine.state is State.IDLE
    desk.send(TOPICS.arm_status, stopped)  # its line says stop still, and it tells so once more
    assert desk.governor.machine.state is State.FAULT


def test_limits_that_differ_from_the_arms_are_said_once(desk: Desk) -> None:
    desk.send(TOPICS.arm_status, arm_status())
    desk.send(TOPICS.arm_status, ArmStatus(status="lost").encode())
    assert desk.said == []
    for _ in range(3):
        desk.send(TOPICS.arm_status, arm_status(max_rad=0.5))
    first = "the arm and the file of arm 'test' disagree: elbow: max_rad is 1.0 here and 0.5 there"
    assert desk.said == [first]
    desk.send(TOPICS.arm_status, arm_status(max_speed_rad_s=2.0))
    assert len(desk.said) == 2
    desk.send(TOPICS.arm_status, arm_status())
    desk.send(TOPICS.arm_status, arm_status(max_rad=0.5))
    assert desk.said[2:] == [first]


@pytest.mark.parametrize(
    "change", [{"position_rad": {"elbow": "NaN"}}, {"position_rad": None}, {"more": 1}, {"last_seq": -2}]
)
def test_feedback_that_breaks_the_contract_leaves_the_last_one(desk: Desk, change: dict[str, Any]) -> None:
    desk.send(TOPICS.state, STATE)
    desk.send(TOPICS.state, {**STATE, **change})
    assert desk.loop.position_rad == {"elbow": 0.5, "hand": 0.25}
    assert desk.requests.malformed == 1
    assert len(desk.said) == 1


def test_a_stop_commands_rest_before_anything_is_said(desk: Desk) -> None:
    desk.send(TOPICS.stop, {"by": "anna", "reason": "cable"})
    assert desk.did == ["rest", "status", "event"]
    assert desk.said == ["stopped by anna: cable"]
    assert (desk.governor.machine.state, desk.governor.stopped) == (State.FAULT, True)
    assert desk.governor.machine.cause == "stopped by anna: cable"


def test_a_stop_without_a_reason_is_a_stop(desk: Desk) -> None:
    desk.send(TOPICS.stop, {"by": "anna"})
    assert desk.said == ["stopped by anna"]


@pytest.mark.parametrize(
    "payload", [b"", b"null", b"\xff", b"[" * 10_000, b'{"by":"anna","force":true}', b"{", TOO_LARGE]
)
def test_a_stop_that_cannot_be_read_is_a_stop(desk: Desk, payload: bytes) -> None:
    desk.send(TOPICS.stop, payload)
    assert desk.did == ["rest", "status", "event"]
    assert desk.said == ["stopped by a message that could not be read"]
    assert desk.governor.stopped
    assert desk.requests.malformed == 0


def test_engaging_is_carried_out_shown_and_said(desk: Desk) -> None:
    desk.ready()
    desk.send(TOPICS.mode_set, {"mode": "engage", "by": "anna"})
    assert desk.governor.machine.state is State.ENGAGED
    assert desk.did == ["watch", "status", "event"]
    assert desk.said == ["engage by anna"]


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("engage", "refused: 'engage' is not possible in state 'idle'"),
        ("disengage", "refused: 'disengage' is not possible in state 'idle'"),
        ("clear", "refused: 'clear' is not possible in state 'idle'"),
    ],
)
def test_what_is_not_possible_is_refused_with_the_state(desk: Desk, mode: str, said: str) -> None:
    desk.send(TOPICS.mode_set, {"mode": mode, "by": "anna"})
    assert desk.said == [said]
    assert desk.governor.machine.state is State.IDLE


def test_a_stop_is_cleared_by_a_person_only_and_leads_to_idle(desk: Desk) -> None:
    desk.ready()
    desk.send(TOPICS.stop, {"by": "anna"})
    desk.send(TOPICS.mode_set, {"mode": "engage", "by": "bert"})
    assert desk.governor.machine.state is State.FAULT
    desk.send(TOPICS.mode_set, {"mode": "clear", "by": "anna"})
    assert (desk.governor.machine.state, desk.governor.stopped) == (State.IDLE, False)


@pytest.mark.parametrize("message", [{"mode": "fly", "by": "x"}, {"mode": "engage"}, {"mode": "engage", "by": 3}])
def test_a_mode_that_breaks_the_contract_is_reported_and_not_obeyed(desk: Desk, message: dict[str, Any]) -> None:
    desk.ready()
    desk.send(TOPICS.mode_set, message)
    assert desk.governor.machine.state is State.READY
    assert desk.requests.malformed == 1
    assert desk.said[0].startswith("a message on efferent/v1/test/mode/set breaks the contract: ('")


@pytest.mark.parametrize("topic", [TOPICS.mode_set, TOPICS.profile_set, TOPICS.calibration_set, TOPICS.state])
def test_a_message_that_is_too_large_is_counted_and_told_and_does_nothing(desk: Desk, topic: str) -> None:
    desk.ready()
    desk.send(topic, TOO_LARGE)
    assert desk.requests.malformed == 1
    assert desk.governor.machine.state is State.READY
    assert desk.said == [f"a message on {topic} breaks the contract: above 65536 bytes"]


def test_what_is_said_fits_the_contract_however_long_the_message_was(desk: Desk) -> None:
    desk.send(TOPICS.mode_set, {"mode": "engage", "by": "x", "k" * 60_000: 1})
    assert len(desk.said[0]) == 300
    desk.send(TOPICS.mode_set, {"mode": "engage", "by": "x" * 300})
    desk.send(TOPICS.stop, {"by": "x" * 300, "reason": "y" * 300})
    assert len(desk.said[2]) == 300


def change(gain: dict[str, float], version: int = 3) -> dict[str, Any]:
    return {"version": version, "author": "anna", "values": {"gain": gain}}


def test_a_change_of_gain_is_in_force_announced_and_confirmed(desk: Desk) -> None:
    desk.send(TOPICS.profile_set, change({"hand": 0.5}))
    assert desk.loop.step.gains == [1.0, 0.5]
    announced = {
        "version": 4,
        "author": "anna",
        "values": {**VALUES.model_dump(), "gain": {"elbow": 1.0, "hand": 0.5}},
        "locked": {},
        "reason": "",
        "trial_s": 0.0,
        "before": None,
    }
    assert desk.bus.posted == [
        (TOPICS.profile, announced, True),
        (TOPICS.profile_result, {"accepted": True, "version": 4, "reason": "", "request": ""}, False),
    ]


def test_every_value_can_change_in_one_message_and_is_in_the_shaper_with_the_next_decision(desk: Desk) -> None:
    values = {
        "class_gain": {"hand_close": 0.25, "elbow_up": 2.0},
        "speed_limit": {"elbow": 0.5, "hand": 0.75},
        "rejection_threshold": 0.65,
        "rejection": {"elbow_up": 0.9},
        "ramp_ms": 100.0,
        "dead_band": 0.3,
        "vote": 5,
    }
    desk.send(TOPICS.profile_set, {"version": 3, "author": "anna", "values": values})
    shaper = desk.loop.step.shaper
    assert shaper.rejection.thresholds == [0.65, 0.65, 0.9]
    assert (shaper.ramp.length, shaper.width.advance(), shaper.vote.length) == (10, [0.3], 5)
    assert shaper.class_gain.advance() == [1.0, 0.25, 2.0]
    assert [joint.max_speed_rad_s for joint in desk.governor._limits] == [0.5, 0.75]
    assert desk.loop.step.gains == [1.0, 2.0]
    (announced,) = desk.posted_on(TOPICS.profile)
    assert announced["values"] == {**VALUES.model_dump(), **values}
    assert desk.did == ["profile", "profile/result"]


def test_a_change_that_says_null_changes_nothing_else(desk: Desk) -> None:
    values = {"gain": {"hand": 1.5}, "ramp_ms": None, "dead_band": None, "vote": None, "rejection": {}}
    desk.send(TOPICS.profile_set, {"version": 3, "author": "anna", "values": values})
    (announced,) = desk.posted_on(TOPICS.profile)
    assert announced["values"] == {**VALUES.model_dump(), "gain": {"elbow": 1.0, "hand": 1.5}}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"rejection": {"fly": 0.7}}, "the model has no motion fly (it has hand_close, elbow_up)"),
        ({"rejection": {"rest": 0.7}}, "rest is never rejected and has no threshold"),
        ({"class_gain": {"fly": 0.7}}, "the model has no motion fly (it has hand_close, elbow_up)"),
        ({"class_gain": {"rest": 0.7}}, "rest moves nothing and has no gain"),
        ({"class_gain": {"hand_close": 4.1}}, "less than or equal to 4"),
        ({"speed_limit": {"knee": 0.7}}, "the arm has no joint knee"),
        ({"speed_limit": {"elbow": 1.1}}, "less than or equal to 1"),
        ({"rejection": {"fly": 0.7}, "gain": {"knee": 1.0}}, "the arm has no joint knee; the model has no motion fly"),
        ({"rejection": {"hand_close": 1.1}}, "less than or equal to 1"),
        ({"rejection": {"hand_close": None}}, "valid number"),
        ({"vote": 4}, "expected an odd number of decisions, such as 3 or 5, or 1 for no vote; got 4"),
        ({"vote": 33}, "less than or equal to 31"),
        ({"vote": 2.5}, "valid integer"),
        ({"dead_band": 0.51}, "less than or equal to 0.5"),
        ({"dead_band": -0.1}, "greater than or equal to 0"),
        ({"ramp_ms": 5001}, "less than or equal to 5000"),
        ({"ramp_ms": "NaN"}, "finite number"),
        ({"speed": 1}, "Extra inputs are not permitted"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_the_reason_and_nothing_changes(
    desk: Desk, values: dict[str, Any], reason: str
) -> None:
    desk.send(TOPICS.profile_set, {"version": 3, "author": "anna", "values": {"ramp_ms": 50.0} | values})
    (result,) = desk.posted_on(TOPICS.profile_result)
    assert (result["accepted"], result["version"]) == (False, 3)
    assert reason in result["reason"]
    assert desk.loop.step.shaper.ramp.length == 30
    assert desk.posted_on(TOPICS.profile) == []


@pytest.mark.parametrize("gain", [0.0, 4.0])
def test_gains_at_their_bounds_are_taken(desk: Desk, gain: float) -> None:
    desk.send(TOPICS.profile_set, change({"elbow": gain}))
    assert desk.loop.step.gains == [gain, 2.0]


def test_of_two_changes_against_one_version_the_second_is_refused(desk: Desk) -> None:
    desk.send(TOPICS.profile_set, change({"hand": 0.5}))
    desk.send(TOPICS.profile_set, change({"hand": 0.7}))
    results = [ProfileResult.model_validate(each) for each in desk.posted_on(TOPICS.profile_result)]
    assert [(result.accepted, result.version) for result in results] == [(True, 4), (False, 4)]
    assert results[1].reason == "made against version 3, in force is 4: look again, then change"
    assert desk.loop.step.gains == [1.0, 0.5]


def test_a_change_with_one_unknown_joint_changes_no_joint(desk: Desk) -> None:
    desk.send(TOPICS.profile_set, change({"hand": 0.5, "knee": 1.0, "ankle": 1.0}))
    (result,) = desk.posted_on(TOPICS.profile_result)
    assert result == {"accepted": False, "version": 3, "reason": "the arm has no joint ankle, knee", "request": ""}
    assert desk.loop.step.gains == [1.0, 2.0]
    assert desk.posted_on(TOPICS.profile) == []


@pytest.mark.parametrize("gain", [-0.01, 4.01, 1e300, None, "much"])
def test_a_gain_out_of_range_changes_nothing_and_says_so(desk: Desk, gain: Any) -> None:
    desk.send(TOPICS.profile_set, change({"hand": gain}))
    (result,) = desk.posted_on(TOPICS.profile_result)
    assert (result["accepted"], result["version"]) == (False, 3)
    assert "('values', 'gain', 'hand')" in result["reason"]
    assert desk.said == [result["reason"]]
    assert (desk.requests.malformed, desk.loop.step.gains) == (1, [1.0, 2.0])


def test_a_long_list_of_unknown_joints_is_no_broken_message(desk: Desk) -> None:
    desk.send(TOPICS.profile_set, change({f"joint_with_a_long_name_{number}": 1.0 for number in range(32)}))
    (result,) = desk.posted_on(TOPICS.profile_result)
    assert result["reason"].startswith("the arm has no joint joint_with_a_long_name_0, ")
    assert desk.requests.malformed == 0


def test_the_profile_is_announced_retained(desk: Desk) -> None:
    desk.requests.announce_profile()
    ((topic, message, retain),) = desk.bus.posted
    assert (topic, message["version"], retain) == (TOPICS.profile, 3, True)


def test_a_trial_is_announced_kept_and_answered_by_the_request(desk: Desk) -> None:
    trial = {**change({"hand": 0.5}), "confirm_within_s": 20.0, "request": "one"}
    desk.send(TOPICS.profile_set, trial)
    assert [desk.posted_on(TOPICS.profile)[0][name] for name in ("version", "trial_s", "before")] == [4, 20.0, 3]
    desk.send(TOPICS.profile_confirm, {"version": 4, "by": "anna", "keep": True, "request": "two"})
    assert [desk.posted_on(TOPICS.profile)[1][name] for name in ("version", "trial_s", "before")] == [4, 0.0, None]
    results = [(each["accepted"], each["version"], each["request"]) for each in desk.posted_on(TOPICS.profile_result)]
    assert results == [(True, 4, "one"), (True, 4, "two")]


def test_a_stop_ends_a_trial_once_rest_is_commanded(desk: Desk) -> None:
    desk.send(TOPICS.profile_set, {**change({"hand": 0.5}), "confirm_within_s": 20.0})
    desk.did.clear()
    desk.send(TOPICS.stop, {"by": "anna"})
    assert desk.did == ["rest", "profile", "status", "event"]
    last = desk.posted_on(TOPICS.profile)[-1]
    assert (last["version"], last["values"]["gain"]["hand"], last["trial_s"]) == (5, 2.0, 0.0)
    assert last["reason"] == "version 4 by anna went: stopped by anna; again as version 3"


@pytest.mark.parametrize(
    "message", [{"version": 4, "by": "anna"}, {"version": -1, "by": "anna", "keep": True}, TOO_LARGE]
)
def test_a_confirmation_that_breaks_the_contract_keeps_nothing_and_is_answered(desk: Desk, message: Any) -> None:
    desk.send(TOPICS.profile_set, {**change({"hand": 0.5}), "confirm_within_s": 20.0})
    desk.send(TOPICS.profile_confirm, message)
    assert desk.requests.profile.on_trial
    refused = desk.posted_on(TOPICS.profile_result)[-1]
    assert (refused["accepted"], refused["version"]) == (False, 4)
    assert "profile/confirm breaks the contract" in refused["reason"]


def test_who_watches_is_heard_and_nonsense_is_not(desk: Desk) -> None:
    sent: list[bytes] = []

    def send(payload: bytes) -> bool:
        sent.append(payload)
        return True

    view = desk.loop.raw_view = RawView(send, 10, 2, 1000.0)
    for message in ({"by": "x", "for_s": 31}, {"by": "x", "for_s": -1}, {"by": "x"}, {"for_s": 5}):
        desk.send(TOPICS.emg_set, message)
    hop = Hop(np.zeros((10, 2)), newest_index=9, newest_t_ns=NOW_NS)
    view.take(hop)
    view.publish(NOW_NS)
    assert (sent, desk.requests.malformed) == ([], 4)
    desk.send(TOPICS.emg_set, {"by": "x", "for_s": 5})
    view.take(hop)
    view.publish(NOW_NS)
    assert len(sent) == 1


def test_calibration_is_asked_for_and_answered() -> None:
    desk = Desk()
    desk.send(TOPICS.calibration_set, {"action": "add", "by": "anna"})
    assert desk.did[0] == "add"
    assert desk.posted_on(TOPICS.event)[-1]["what"] == "calibration: add by anna"


@pytest.mark.parametrize(
    "request_",
    [
        {"action": "fly", "by": "anna"},
        {"action": "add"},
        {"action": "add", "by": "anna", "version": 2},
        {"action": "redo", "by": "anna", "trials": ["hand_close"]},
        {"action": "start", "by": "anna", "hold_s": 1e9},
        {"action": "start", "by": "anna", "trials_per_motion": 1000},
    ],
)
def test_calibration_of_another_contract_is_told_and_not_begun(request_: dict[str, Any]) -> None:
    desk = Desk()
    desk.send(TOPICS.calibration_set, request_)
    assert desk.requests.malformed == 1
    assert "calibration/set breaks the contract" in desk.posted_on(TOPICS.event)[-1]["what"]
    assert "add" not in desk.did
