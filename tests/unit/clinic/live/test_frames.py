import json
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clinic.live.frames import command_record, emg_record, signal_record, state_record
from controller.contract.arm_state import ArmState, GuardCounters
from controller.contract.command import Command
from controller.contract.emg import EmgBlock
from controller.contract.signal import SignalReport
from controller.safety.limits import Cut
from controller.safety.states import State
from tests.rigs import live_messages as messages
from tests.rigs.live_frames import COMMAND, EMG, SIGNAL, STATE, records

finite = st.floats(-1e6, 1e6, width=32)
joint = st.sampled_from(["elbow", "hand", "wrist_rotation", "wrist_flexion"])
by_joint = st.dictionaries(joint, finite)


@given(
    level=st.lists(finite, max_size=70),
    words=st.lists(st.text(max_size=12), max_size=70),
    scores=st.lists(finite, max_size=9),
    intent=by_joint,
    shaped=by_joint,
    decided=st.text(max_size=40),
    cuts=st.dictionaries(joint, st.sampled_from(Cut)),
)
def test_a_signal_is_read_as_it_was_whatever_it_says(
    level: list[float],
    words: list[str],
    scores: list[float],
    intent: dict[str, float],
    shaped: dict[str, float],
    decided: str,
    cuts: dict[str, Cut],
) -> None:
    report = SignalReport(
        sample_index=2**52 + 1,
        t_ns=5_000,
        state=State.ENGAGED,
        level=tuple(level),
        health=tuple(words),
        decided=decided,
        confidence=0.25,
        scores=tuple(scores),
        effort=1.5,
        intent=intent,
        shaped=shaped,
        cuts=cuts,
    )
    (record,) = records(signal_record(report, 11.5, 12.5))
    assert record.what == SIGNAL
    assert record.numbers == (5_000, 11.5, 12.5, 2**52 + 1, 0.25, 1.5)
    assert list(record.arrays[0]) == level
    assert [record.text["words"][int(place)] for place in record.arrays[1]] == words
    assert list(record.arrays[2]) == scores
    assert _named(record.text["joints"], record.arrays[3]) == intent
    assert _named(record.text["joints"], record.arrays[4]) == shaped
    assert (record.text["state"], record.text["decided"]) == ("engaged", decided)
    assert record.text["cuts"] == {name: cut.value for name, cut in cuts.items()}


@given(position=by_joint, velocity=by_joint, load=by_joint, grip=st.none() | finite)
def test_a_state_is_read_as_it_was_with_what_is_missing(
    position: dict[str, float], velocity: dict[str, float], load: dict[str, float], grip: float | None
) -> None:
    state = ArmState(
        t_ns=7,
        session="",
        last_seq=-1,
        stopped=True,
        position_rad=position,
        velocity_rad_s=velocity,
        load_nm=load,
        grip_force_n=grip,
        guard=GuardCounters(accepted=3, refused={}, expirations=1),
    )
    (record,) = records(state_record(state, 1.0, 2.0))
    assert record.what == STATE
    assert record.numbers[:4] == (7, 1.0, 2.0, -1)
    assert record.numbers[4] == grip or (grip is None and math.isnan(record.numbers[4]))
    read = [_named(record.text["joints"], array) for array in record.arrays]
    assert read == [position, velocity, load, {}]
    assert record.text["guard"]["accepted"] == 3
    assert record.text["stopped"] is True


def test_records_of_several_kinds_stand_in_one_frame() -> None:
    block = EmgBlock.model_validate_json(messages.emg(100, rows=5, channels=3))
    command = Command.model_validate_json(messages.command(9))
    both = command_record(command, 1.0, 2.0) + emg_record(block, 3.0, 4.0)
    first, second = records(both)
    assert (first.what, second.what) == (COMMAND, EMG)
    assert first.numbers == (10, 1.0, 2.0, 9, 9, 9, 200)
    assert second.numbers == (105_000_000, 3.0, 4.0, 100, 1000.0, 3)
    assert np.array_equal(np.reshape(second.arrays[0], (5, 3)), np.arange(15).reshape(5, 3))


def test_a_frame_of_64_channels_is_small() -> None:
    report = SignalReport.model_validate_json(messages.signal(1, channels=64))
    assert len(signal_record(report, 0.0, 0.0)) < 900
    assert len(json.dumps(report.model_dump(mode="json"))) > 900


def _named(joints: list[str], values: tuple[float, ...]) -> dict[str, float]:
    return {name: value for name, value in zip(joints, values, strict=True) if not math.isnan(value)}
