"""How the arm's node wires messages to its guard; no broker, and time is passed in."""

import asyncio
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from controller.arm_config import ArmConfig, JointConfig
from controller.broker_address import BrokerAddress
from controller.bus import Bus
from controller.contract.arm_state import ArmState, ArmStatus
from controller.contract.command import Command
from controller.contract.message import TOO_LARGE
from controller.contract.requests import EventReport, Mode, ModeRequest, StopRequest
from controller.contract.topics import Topics
from controller.safety.guard import Refusal
from controller.safety.limits import Cut
from controller.safety.states import State
from controller.stop_line import SerialLine, StopLine, StopLineConfig
from sim.arm import node as node_module
from sim.arm.node import STATE_EVERY_STEPS, STEP_NS, ArmNode

MS = 1_000_000
TOPICS = Topics("test")
SESSION = "0123456789abcdef"
ARM = ArmConfig(
    name="test",
    joints=tuple(
        JointConfig(
            name=name, min_rad=0.0, max_rad=2.0, max_speed_rad_s=1.0, max_acceleration_rad_s2=1e6, soft_end_rad=0.1
        )
        for name in ("elbow", "hand")
    ),
)


class Bench:
    """A node, its time, and what it publishes at once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_ns = 10_000 * MS
        self.states: list[ArmState] = []
        self.told: list[str] = []
        self._sequence = -1
        monkeypatch.setattr(node_module, "time", SimpleNamespace(monotonic_ns=lambda: self.now_ns))
        self.node = ArmNode(ARM, BrokerAddress(), self.told.append)

    def command(self, elbow: float = 0.0, **changes: Any) -> None:
        """Send a command as the controller does; at rest unless told otherwise."""
        self._sequence += 1
        values = {
            "session": SESSION,
            "seq": self._sequence,
            "sample_index": 0,
            "t_sample_ns": self.now_ns,
            "t_publish_ns": self.now_ns,
            "ttl_ms": 200,
            "state": State.ENGAGED,
            "velocity_rad_s": {"elbow": elbow, "hand": 0.0},
        }
        self.node._handle(TOPICS.command, Command.model_validate({**values, **changes}).encode())

    def send(self, topic: str, payload: bytes) -> None:
        self.node._handle(topic, payload)

    def step_ms(self, ms: int) -> dict[str, float]:
        """Let time pass at the motors' beat; return the velocities at its end."""
        velocity: dict[str, float] = {}
        for _ in range(ms * MS // STEP_NS):
            self.now_ns += STEP_NS
            joints = self.node._joints
            velocity, _ = self.node._guard.step(joints.position_rad, self.now_ns, joints.grip_force_n)
            self.node._joints.move(velocity, STEP_NS * 1e-9)
        return velocity

    @property
    def posted(self) -> list[tuple[str, bytes, bool]]:
        return [(message.topic, message.payload, message.retain) for message in self.node._bus._outbox]

    @property
    def said(self) -> list[str]:
        return [
            EventReport.model_validate_json(payload).what for topic, payload, _ in self.posted if topic == TOPICS.event
        ]

    @property
    def last_status(self) -> ArmStatus:
        _topic, payload, retain = next(each for each in reversed(self.posted) if each[0] == TOPICS.arm_status)
        assert retain
        return ArmStatus.model_validate_json(payload)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


@pytest.fixture
def moving(bench: Bench) -> Bench:
    bench.command()
    bench.step_ms(10)
    bench.command(elbow=0.5)
    assert bench.step_ms(10) == {"elbow": 0.5, "hand": 0.0}
    return bench


def test_a_command_moves_its_joint_until_its_ttl_is_over(moving: Bench) -> None:
    began_rad = moving.node._joints.position_rad["elbow"]
    assert moving.step_ms(300)["elbow"] == 0.0
    went_rad = moving.node._joints.position_rad["elbow"] - began_rad
    assert went_rad == pytest.approx(0.5 * 0.185)  # 200 ms of ttl, less 10 ms gone, and nothing in the step it ends
    assert moving.node._guard.expirations == 1


def test_motion_is_not_taken_from_a_session_that_did_not_begin_at_rest(bench: Bench) -> None:
    bench.command(elbow=0.5)
    assert bench.step_ms(50) == {"elbow": 0.0, "hand": 0.0}
    assert bench.node._guard.refused == {Refusal.SESSION_NOT_AT_REST: 1}


@pytest.mark.parametrize(
    "payload", [b"", b"null", b"\xff\xfe", b"[" * 9999, b'{"session":"0123456789abcdef"}', TOO_LARGE]
)
def test_a_command_that_cannot_be_read_is_counted_and_changes_nothing(moving: Bench, payload: bytes) -> None:
    moving.send(TOPICS.command, payload)
    assert moving.step_ms(10)["elbow"] == 0.5
    assert moving.node._guard.refused == {Refusal.MALFORMED: 1}
    assert moving.said == []  # at 100 a second nobody would want to read it


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"velocity_rad_s": {"knee": 0.1}}, Refusal.UNKNOWN_JOINT),
        ({"velocity_rad_s": {"elbow": 1.1}}, Refusal.OUT_OF_RANGE),
        ({"seq": 1}, Refusal.OUT_OF_ORDER),
        ({"session": "f" * 16}, Refusal.OTHER_SESSION),
        ({"state": State.READY}, Refusal.NOT_ENGAGED),
    ],
)
def test_every_part_of_a_command_reaches_the_guard(moving: Bench, changes: dict[str, Any], refusal: Refusal) -> None:
    moving.command(elbow=0.9, **changes)
    assert moving.node._guard.refused == {refusal: 1}
    assert moving.step_ms(10)["elbow"] == 0.5


@pytest.mark.parametrize(
    ("changes", "refusal"), [({"velocity_rad_s": {"knee": 0.1}}, "unknown joint"), ({"state": State.READY}, "motion")]
)
def test_what_shows_that_the_controller_believes_otherwise_is_said_once(
    moving: Bench, changes: dict[str, Any], refusal: str
) -> None:
    for _ in range(3):
        moving.command(elbow=0.9, **changes)
    (said,) = moving.said
    assert f"the guard refuses commands of session {SESSION}: {refusal}" in said


def test_what_can_happen_on_any_day_is_counted_and_not_said(moving: Bench) -> None:
    moving.command(elbow=0.9, seq=1)
    moving.command(elbow=0.9, session="f" * 16)
    assert moving.said == []


def test_a_session_that_ends_itself_makes_room_for_another(moving: Bench) -> None:
    moving.command(ends_session=True)
    assert moving.node._state(moving.now_ns).session == ""
    moving.command(session="f" * 16)
    assert moving.node._state(moving.now_ns).session == "f" * 16


def test_a_grip_too_strong_ends_closing(bench: Bench) -> None:
    gripping = ARM.joints[1].model_copy(update={"max_grip_force_n": 40.0})
    bench.node = ArmNode(ARM.model_copy(update={"joints": (ARM.joints[0], gripping)}), BrokerAddress())
    bench.command()
    bench.step_ms(10)
    bench.command(velocity_rad_s={"hand": 0.5})
    assert bench.step_ms(10)["hand"] == 0.5
    bench.node._joints.grip_force_n = 40.0
    assert bench.step_ms(10)["hand"] == 0.0
    state = bench.node._state(bench.now_ns)
    assert (state.grip_force_n, state.guard.cuts[Cut.GRIP_FORCE]) == (40.0, 2)


def test_a_command_that_was_long_under_way_is_too_old(moving: Bench) -> None:
    sent_ns = moving.now_ns
    moving.step_ms(250)
    moving.command(elbow=0.9, t_publish_ns=sent_ns)
    assert moving.node._guard.refused == {Refusal.TOO_OLD: 1}


@pytest.mark.parametrize("payload", [StopRequest(by="anna").encode(), b"", b"null", b"\xff" * 100, TOO_LARGE])
def test_a_stop_stops_whatever_it_says(moving: Bench, payload: bytes) -> None:
    moving.send(TOPICS.stop, payload)
    assert moving.step_ms(5) == {"elbow": 0.0, "hand": 0.0}
    moving.command(elbow=0.5)
    assert moving.step_ms(50) == {"elbow": 0.0, "hand": 0.0}
    assert moving.node._guard.refused == {Refusal.STOPPED: 1}
    assert moving.last_status.status == "stopped"
    assert (moving.said, moving.told) == (["arm stopped"], ["stopped"])
    assert moving.node._state(moving.now_ns).stopped


def test_a_stop_is_released_by_clear_alone_and_then_asks_for_rest(moving: Bench) -> None:
    moving.send(TOPICS.stop, b"")
    for mode in (Mode.ENGAGE, Mode.DISENGAGE):
        moving.send(TOPICS.mode_set, ModeRequest(mode=mode, by="anna").encode())
        assert moving.node._guard.stopped
    moving.send(TOPICS.mode_set, ModeRequest(mode=Mode.CLEAR, by="anna").encode())
    assert moving.last_status.status == "ready"
    assert moving.said == ["arm stopped", "arm released"]
    moving.command(elbow=0.5)
    assert moving.step_ms(10)["elbow"] == 0.0
    moving.command()
    moving.command(elbow=0.5)
    assert moving.step_ms(10)["elbow"] == 0.5


def test_a_stop_line_that_says_stop_keeps_the_arm_stopped_and_its_status_says_so_once_more(moving: Bench) -> None:
    line = StopLine(SerialLine(StopLineConfig(port="/dev/nowhere")), lambda _why: None)
    moving.node._line = line
    line.latch.saw("the button is pressed", 0)
    moving.node._guard.stop()
    moving.node._stop_changed("stopped by the stop line: the button is pressed")
    posted = len(moving.posted)
    moving.send(TOPICS.mode_set, ModeRequest(mode=Mode.CLEAR, by="anna").encode())
    assert moving.node._guard.stopped
    assert TOPICS.arm_status in [topic for topic, _, _ in moving.posted[posted:]]
    assert moving.last_status.status == "stopped"
    assert moving.last_status.cause == "stopped by the stop line: the button is pressed"
    line.latch.saw("", 0)
    moving.send(TOPICS.mode_set, ModeRequest(mode=Mode.CLEAR, by="anna").encode())
    assert not moving.node._guard.stopped
    assert (moving.last_status.status, moving.last_status.cause) == ("ready", "")


def test_clear_without_a_stop_changes_and_says_nothing(moving: Bench) -> None:
    moving.send(TOPICS.mode_set, ModeRequest(mode=Mode.CLEAR, by="anna").encode())
    assert moving.step_ms(10)["elbow"] == 0.5
    assert moving.posted == []


def test_a_mode_that_breaks_the_contract_releases_nothing_and_is_reported(moving: Bench) -> None:
    moving.send(TOPICS.stop, b"")
    moving.send(TOPICS.mode_set, b'{"mode":"clear","by":"anna","really":true}')
    assert moving.node._guard.stopped
    assert moving.said[-1] == "a message on mode/set breaks the contract and was dropped"


def test_its_state_tells_what_the_guard_accepted_and_refused(moving: Bench) -> None:
    moving.send(TOPICS.command, b"junk")
    state = moving.node._state(moving.now_ns)
    assert (state.session, state.last_seq, state.stopped, state.t_ns) == (SESSION, 1, False, moving.now_ns)
    assert (state.guard.accepted, state.guard.refused, state.guard.expirations) == (2, {Refusal.MALFORMED: 1}, 0)
    assert state.velocity_rad_s == {"elbow": 0.5, "hand": 0.0}
    assert state.travel_rad["elbow"] == pytest.approx(state.position_rad["elbow"] - 1.0) == pytest.approx(0.005)


def test_its_status_describes_the_joints_whenever_it_joins(bench: Bench) -> None:
    bench.node._link_changed(True)
    assert bench.last_status.status == "ready"
    assert tuple(joint.limits for joint in bench.last_status.joints) == ARM.limits
    bench.node._link_changed(False)
    assert len(bench.posted) == 1


def test_what_stands_for_it_when_it_is_lost_is_its_own_status(bench: Bench) -> None:
    will = bench.node._bus.will
    assert will is not None
    assert (will.topic, will.retain) == (TOPICS.arm_status, True)
    assert ArmStatus.model_validate_json(will.payload).status == "lost"


async def move(bench: Bench, monkeypatch: pytest.MonkeyPatch, late_ms: list[float]) -> None:
    """Run the motors' own task, each step later than asked for by so much."""

    async def sleep(seconds: float) -> None:
        if not late_ms:
            raise asyncio.CancelledError
        bench.now_ns += max(round(seconds * 1e9), 0) + round(late_ms.pop(0) * MS)

    def publish_now(_bus: Bus, topic: str, payload: bytes) -> bool:
        assert topic == TOPICS.state
        bench.states.append(ArmState.model_validate_json(payload))
        return True

    monkeypatch.setattr(Bus, "publish_now", publish_now)
    monkeypatch.setattr(node_module, "asyncio", SimpleNamespace(sleep=sleep))
    with pytest.raises(asyncio.CancelledError):
        await bench.node._move_for_ever()


async def test_it_tells_its_state_fifty_times_a_second(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await move(bench, monkeypatch, [0.0] * 200)
    assert len(bench.states) == 200 // STATE_EVERY_STEPS == 50
    assert bench.states[-1].t_ns - bench.states[0].t_ns == 49 * 20 * MS


async def test_a_stalled_process_does_not_make_up_for_lost_motion(
    moving: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_rad = moving.node._joints.position_rad["elbow"]
    moving.command(elbow=0.5)
    await move(moving, monkeypatch, [100.0])  # the command is still good, and 105 ms have passed
    assert moving.node._joints.position_rad["elbow"] - before_rad == pytest.approx(0.5 * 0.020)


async def test_after_a_stall_the_motors_go_on_without_a_burst(moving: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await move(moving, monkeypatch, [0.0, 1000.0, *[0.0] * 8])
    assert moving.node._joints.velocity_rad_s["elbow"] == 0.0
    assert [round((after.t_ns - before.t_ns) / MS) for before, after in pairwise(moving.states)] == [20]
