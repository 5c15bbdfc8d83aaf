import json
import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from controller.contract.arm_state import ArmState, ArmStatus, GuardCounters, JointManifest
from controller.contract.calibration import (
    MOST_TRIALS,
    CalibrationAction,
    CalibrationPhase,
    CalibrationRequest,
    CalibrationState,
    TrialReport,
)
from controller.contract.command import Command, encode_command
from controller.contract.emg import SAMPLE, EmgBlock, WatchRequest, encode_emg_block
from controller.contract.message import MAX_PAYLOAD_BYTES, Message
from controller.contract.requests import (
    Mode,
    ModeRequest,
    ProfileChange,
    ProfileConfirm,
    ProfileRole,
    ProfileState,
    ProfileValues,
)
from controller.contract.signal import SignalReport
from controller.contract.status import ControllerStatus
from controller.contract.topics import Topics
from controller.safety.guard import Refusal
from controller.safety.limits import Cut, JointLimits
from controller.safety.states import State

SESSION = "0123456789abcdef"
COMMAND = Command(
    session=SESSION,
    seq=3,
    sample_index=99,
    t_sample_ns=10,
    t_publish_ns=20,
    ttl_ms=200,
    state=State.ENGAGED,
    velocity_rad_s={"elbow": 0.5},
)
STATE = ArmState(
    t_ns=5,
    session="",
    last_seq=-1,
    stopped=False,
    position_rad={"elbow": 0.1},
    velocity_rad_s={"elbow": 0.0},
    guard=GuardCounters(accepted=1, refused={Refusal.TOO_OLD: 2}, expirations=0, cuts={Cut.JERK: 3}),
    grip_force_n=1.5,
)
SIGNAL = SignalReport(
    sample_index=9,
    t_ns=1,
    state=State.READY,
    level=(1.0,) * 256,
    health=("good",) * 256,
    decided="rest",
    confidence=0.5,
    scores=(0.003,) * 256,
    effort=1.0,
    intent={"elbow": 0.0},
    shaped={"elbow": 0.0},
    cuts={"elbow": Cut.SOFT_ENGAGE},
)
LIMITS = JointLimits("hand", 0.0, 1.4, 1.0, 10.0, 300.0, 0.1, max_grip_force_n=40.0, closing=-1.0)
MANIFEST = JointManifest.model_validate(asdict(LIMITS))
# The longest that a session may be, in the longest words.
CALIBRATION = CalibrationState(
    session=SESSION,
    phase=CalibrationPhase.RECORDED,
    what="x" * 300,
    trials=tuple(
        TrialReport(
            trial=f"{'m' * 32}:{number}",
            verdict="redo",
            sentence="s" * 140,
            onset_s=0.123456789,
            signal_to_noise_db=12.3456789,
            effort_range=1.23456789,
            recognised=0.123456789,
        )
        for number in range(MOST_TRIALS + 20)
    ),
)
EXAMPLES: list[Message] = [
    CALIBRATION,
    CalibrationRequest(action=CalibrationAction.REDO, by="anna", trials=("hand_close:2",)),
    COMMAND,
    STATE,
    SIGNAL,
    ArmStatus(status="lost"),
    ArmStatus(status="ready", joints=(MANIFEST,)),
    ControllerStatus(status="running", session=SESSION),
    ModeRequest(mode=Mode.ENGAGE, by="anna"),
    ProfileChange(version=1, author="anna", values=ProfileValues(gain={"elbow": 2.0})),
    ProfileChange(
        version=1,
        author="anna",
        values=ProfileValues(class_gain={"hand_close": 0.5}, speed_limit={"elbow": 0.5}),
        role=ProfileRole.CLINICIAN,
        locked={"gain.elbow": (0.5, 1.5), "class_gain.hand_close": (0.0, 1.0), "ramp_ms": (50.0, 50.0)},
        reason="slower today",
        request="5f2c",
        confirm_within_s=20.0,
    ),
    ProfileChange(version=1, author="anna", locked={}),
    ProfileConfirm(version=2, by="anna", keep=True, request="5f2d"),
    # As many motions and joints as a profile may name.
    ProfileState(
        version=2**53 - 1,
        author="a" * 300,
        values=ProfileValues(
            gain={f"joint_{number:026}": 0.123456789 for number in range(32)},
            class_gain={f"motion_{number:025}": 0.123456789 for number in range(256)},
            speed_limit={f"joint_{number:026}": 0.123456789 for number in range(32)},
            rejection={f"motion_{number:025}": 0.123456789 for number in range(256)},
        ),
        locked={f"class_gain.motion_{number:025}": (0.125, 0.25) for number in range(320)},
        trial_s=20.0,
        before=3,
    ),
    WatchRequest(by="clinic", for_s=30.0),
    EmgBlock(first_index=7, t_ns=9, rate_hz=1000.0, channels=2, samples="AACAPwAAAMA="),
]


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda message: type(message).__name__)
def test_comes_back_as_it_was_sent(message: Message) -> None:
    payload = message.encode()
    assert len(payload) < MAX_PAYLOAD_BYTES
    assert type(message).model_validate_json(payload) == message


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda message: type(message).__name__)
def test_an_unknown_field_is_refused(message: Message) -> None:
    values = json.loads(message.encode()) | {"surprise": 1}
    with pytest.raises(ValidationError, match="surprise"):
        type(message).model_validate_json(json.dumps(values))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("session", "someone"),
        ("seq", -1),
        ("seq", 2**53),
        ("ttl_ms", 0),
        ("ttl_ms", 100_000),
        ("state", "moving"),
        ("velocity_rad_s", {"elbow": math.nan}),
        ("velocity_rad_s", {"elbow": math.inf}),
        ("velocity_rad_s", {"Elbow; DROP": 1.0}),
        ("velocity_rad_s", {f"j{index}": 0.0 for index in range(33)}),
        ("t_publish_ns", -1),
    ],
)
def test_a_command_that_makes_no_sense_is_refused(field: str, value: object) -> None:
    values = json.loads(COMMAND.encode()) | {field: value}
    with pytest.raises(ValidationError):
        Command.model_validate_json(json.dumps(values))


@given(
    st.lists(st.floats(-10, 10), min_size=1, max_size=4),
    st.integers(0, 2**53 - 1),
    st.integers(-1, 2**53 - 1),
    st.integers(0, 2**63 - 1),
    st.sampled_from(list(State)),
    st.booleans(),
)
def test_the_quick_encoder_says_what_the_message_says(
    velocities: list[float], seq: int, index: int, t_ns: int, state: State, ends: bool
) -> None:
    names = ["elbow", "wrist_rotation", "wrist_flexion", "hand"][: len(velocities)]
    payload = encode_command(SESSION, seq, index, t_ns, t_ns, 200, state, zip(names, velocities, strict=True), ends)
    read = Command.model_validate_json(payload)
    assert (read.session, read.seq, read.sample_index, read.ttl_ms) == (SESSION, seq, index, 200)
    assert (read.t_sample_ns, read.t_publish_ns, read.state, read.ends_session) == (t_ns, t_ns, state, ends)
    assert read.velocity_rad_s == pytest.approx(dict(zip(names, velocities, strict=True)), abs=5.1e-7)
    assert set(json.loads(payload)) == set(Command.model_fields)


@pytest.mark.parametrize(
    "change",
    [
        {"confirm_within_s": 4.9},
        {"confirm_within_s": 120.1},
        {"confirm_within_s": -1},
        {"role": "arm"},
        {"locked": {"gain.elbow": [1.0, 0.5]}},
        {"locked": {"gain.elbow": [0.0, math.nan]}},
        {"locked": {"gain.": [0.0, 1.0]}},
        {"locked": {"torque.elbow": [0.0, 1.0]}},
        {"locked": {"ramp_ms.elbow": [0.0, 1.0]}},
        {"request": "x" * 65},
        {"values": {"speed_limit": {"elbow": 1.01}}},
        {"values": {"speed_limit": {"elbow": -0.01}}},
        {"values": {"class_gain": {"hand_close": 4.01}}},
    ],
)
def test_a_change_that_cannot_be_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ProfileChange.model_validate_json(json.dumps({"version": 1, "author": "anna"} | change))


@pytest.mark.parametrize("seconds", [0, 5, 120])
def test_a_trial_lasts_from_5_s_to_2_minutes_or_not_at_all(seconds: float) -> None:
    assert ProfileChange(version=1, author="anna", confirm_within_s=seconds).confirm_within_s == seconds


@given(st.integers(0, 2**53 - 1), st.integers(0, 2**63 - 1), st.integers(1, 64), st.integers(0, 40), st.floats(1, 1e5))
def test_a_block_of_samples_comes_back_bit_for_bit(
    first: int, t_ns: int, channels: int, rows: int, rate_hz: float
) -> None:
    samples = np.random.default_rng(first).normal(0.0, 1e3, (rows, channels)).astype(SAMPLE)
    block = EmgBlock.model_validate_json(encode_emg_block(first, t_ns, rate_hz, samples))
    assert (block.first_index, block.t_ns, block.rate_hz, block.channels) == (first, t_ns, rate_hz, channels)
    assert np.array_equal(block.block, samples)


@pytest.mark.parametrize("samples", ["AACAPw=", "AACA\n", "AACAPwA", "ß", "AACAPwAAAMAAAIA/"])
def test_samples_that_are_no_whole_rows_are_refused(samples: str) -> None:
    with pytest.raises(ValidationError, match=r"base64|whole rows"):
        EmgBlock(first_index=0, t_ns=0, rate_hz=1000.0, channels=2, samples=samples)


def test_limits_come_through_the_manifest_as_they_are() -> None:
    assert JointManifest.model_validate_json(MANIFEST.encode()).limits == LIMITS


def test_topics_are_those_of_the_contract() -> None:
    topics = Topics("left-arm")
    assert topics.command == "efferent/v1/left-arm/command"
    assert topics.controller_status == "efferent/v1/left-arm/controller/status"
    assert topics.profile_set == "efferent/v1/left-arm/profile/set"


@pytest.mark.parametrize("name", ["", "Arm", "a/b", "a+", "#", "1arm", "x" * 33])
def test_a_name_that_would_break_topics_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="an arm's name"):
        Topics(name)
