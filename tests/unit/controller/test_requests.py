"""What the controller does with each message, without a broker: the bus only writes down."""

import json
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from controller.bus import Bus
from controller.config import ArmConfig, JointConfig
from controller.contract.requests import ProfileResult, ProfileState, ProfileValues
from controller.contract.topics import Topics
from controller.loop import ControlLoop
from controller.requests import Requests
from controller.safety.freshness import FreshnessBounds
from controller.safety.governor import Governor
from controller.safety.states import State
from controller.shaping.slewed import Slewed

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


@dataclass
class Shaper:
    gain: Slewed = field(default_factory=lambda: Slewed([1.0, 2.0], decisions=1))

    def in_force(self) -> list[float]:
        """The gains of the next decision."""
        return self.gain.advance()


@dataclass
class Step:
    shaper: Shaper = field(default_factory=Shaper)


@dataclass
class Loop:
    """Stands in for the control loop; notes in which order it was used."""

    did: list[str]
    step: Step = field(default_factory=Step)
    position_rad: dict[str, float] | None = None
    position_t_ns: int = 0

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
        profile = ProfileState(version=3, author="test", values=ProfileValues(gain={"elbow": 1.0, "hand": 2.0}))
        self.requests = Requests(
            cast("ControlLoop", self.loop),
            self.governor,
            cast("Bus", self.bus),
            TOPICS,
            ARM,
            profile,
            lambda: self.did.append("status"),
        )

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


def test_feedback_is_kept_with_the_time_of_its_arrival(desk: Desk) -> None:
    desk.send(TOPICS.state, STATE)
    assert desk.loop.position_rad == {"elbow": 0.5, "hand": 0.25}
    assert desk.loop.position_t_ns == NOW_NS
    assert desk.did == []


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


@pytest.mark.parametrize("payload", [b"", b"null", b"\xff", b"[" * 10_000, b'{"by":"anna","force":true}', b"{"])
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
    assert desk.loop.step.shaper.in_force() == [1.0, 0.5]
    announced = {"version": 4, "author": "anna", "values": {"gain": {"elbow": 1.0, "hand": 0.5}}}
    assert desk.bus.posted == [
        (TOPICS.profile, announced, True),
        (TOPICS.profile_result, {"accepted": True, "version": 4, "reason": ""}, False),
    ]


@pytest.mark.parametrize("gain", [0.0, 4.0])
def test_gains_at_their_bounds_are_taken(desk: Desk, gain: float) -> None:
    desk.send(TOPICS.profile_set, change({"elbow": gain}))
    assert desk.loop.step.shaper.in_force() == [gain, 2.0]


def test_of_two_changes_against_one_version_the_second_is_refused(desk: Desk) -> None:
    desk.send(TOPICS.profile_set, change({"hand": 0.5}))
    desk.send(TOPICS.profile_set, change({"hand": 0.7}))
    results = [ProfileResult.model_validate(each) for each in desk.posted_on(TOPICS.profile_result)]
    assert [(result.accepted, result.version) for result in results] == [(True, 4), (False, 4)]
    assert results[1].reason == "made against version 3, in force is 4: look again, then change"
    assert desk.loop.step.shaper.in_force() == [1.0, 0.5]


def test_a_change_with_one_unknown_joint_changes_no_joint(desk: Desk) -> None:
    desk.send(TOPICS.profile_set, change({"hand": 0.5, "knee": 1.0, "ankle": 1.0}))
    (result,) = desk.posted_on(TOPICS.profile_result)
    assert result == {"accepted": False, "version": 3, "reason": "the arm has no joint ankle, knee"}
    assert desk.loop.step.shaper.in_force() == [1.0, 2.0]
    assert desk.posted_on(TOPICS.profile) == []


@pytest.mark.parametrize("gain", [-0.01, 4.01, 1e300, None, "much"])
def test_a_gain_out_of_range_changes_nothing_and_says_so(desk: Desk, gain: Any) -> None:
    desk.send(TOPICS.profile_set, change({"hand": gain}))
    (result,) = desk.posted_on(TOPICS.profile_result)
    assert (result["accepted"], result["version"]) == (False, 3)
    assert "('values', 'gain', 'hand')" in result["reason"]
    assert desk.said == [result["reason"]]
    assert (desk.requests.malformed, desk.loop.step.shaper.in_force()) == (1, [1.0, 2.0])


def test_a_long_list_of_unknown_joints_is_no_broken_message(desk: Desk) -> None:
    desk.send(TOPICS.profile_set, change({f"joint_with_a_long_name_{number}": 1.0 for number in range(32)}))
    (result,) = desk.posted_on(TOPICS.profile_result)
    assert result["reason"].startswith("the arm has no joint joint_with_a_long_name_0, ")
    assert desk.requests.malformed == 0


def test_the_profile_is_announced_retained(desk: Desk) -> None:
    desk.requests.announce_profile()
    ((topic, message, retain),) = desk.bus.posted
    assert (topic, message["version"], retain) == (TOPICS.profile, 3, True)
