"""What goes to pages many times a second, as bytes; static/js/frames.js reads it.

A frame is one or more records. A record, little-endian, begins at a multiple of 8 bytes and is a multiple of 8 long:

    u8   what it is: 1 signal, 2 state, 3 command, 4 emg
    u8   version of this layout, 1
    u8   count of numbers
    u8   count of arrays
    u32  length of the record in bytes
    u32  length of the text in bytes
    u32  length of each array, in values; then zeros up to a multiple of 8
    f64  numbers; the first three are the stamp in ns of the sender's clock, that moment as wall time in ms (Unix), and
         the wall time in ms at which the clinic had it
    f32  each array, then zeros up to a multiple of 8; what is missing is NaN
    text UTF-8 JSON of what is no number, then spaces up to a multiple of 8
"""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from controller.contract.arm_state import ArmState
from controller.contract.command import Command
from controller.contract.emg import EmgBlock
from controller.contract.signal import SignalReport

VERSION = 1
SIGNAL, STATE, COMMAND, EMG = 1, 2, 3, 4
_HEAD = struct.Struct("<BBBBII")
Floats = NDArray[np.float32]


def signal_record(report: SignalReport, stamp_wall_ms: float, heard_wall_ms: float) -> bytes:
    """Numbers: stamps, sample index, confidence, effort. Arrays: level, health, scores, intent, shaped.

    Health is an index into the text's `words`; intent and shaped are in the order of its `joints`.
    """
    words = sorted(set(report.health))
    joints = sorted({*report.intent, *report.shaped})
    index = {word: place for place, word in enumerate(words)}
    return _record(
        SIGNAL,
        {
            "state": report.state.value,
            "decided": report.decided,
            "joints": joints,
            "words": words,
            "cuts": {joint: cut.value for joint, cut in report.cuts.items()},
        },
        (report.t_ns, stamp_wall_ms, heard_wall_ms, report.sample_index, report.confidence, report.effort),
        (
            _floats(report.level),
            _floats([index[word] for word in report.health]),
            _floats(report.scores),
            _of_joints(report.intent, joints),
            _of_joints(report.shaped, joints),
        ),
    )


def state_record(state: ArmState, stamp_wall_ms: float, heard_wall_ms: float) -> bytes:
    """Numbers: stamps, last accepted number, grip force in N. Arrays, in the order of the text's `joints`.

    Position, velocity, load, travel.
    """
    parts = (state.position_rad, state.velocity_rad_s, state.load_nm, state.travel_rad)
    joints = sorted({joint for part in parts for joint in part})
    grip = float("nan") if state.grip_force_n is None else state.grip_force_n
    return _record(
        STATE,
        {
            "session": state.session,
            "stopped": state.stopped,
            "joints": joints,
            "guard": state.guard.model_dump(mode="json"),
        },
        (state.t_ns, stamp_wall_ms, heard_wall_ms, state.last_seq, grip),
        tuple(_of_joints(part, joints) for part in parts),
    )


def command_record(command: Command, stamp_wall_ms: float, heard_wall_ms: float) -> bytes:
    """Numbers: stamps (of publishing), number, sample index, stamp of the sample in ns, time to live in ms."""
    joints = sorted(command.velocity_rad_s)
    return _record(
        COMMAND,
        {
            "session": command.session,
            "state": command.state.value,
            "joints": joints,
            "ends_session": command.ends_session,
        },
        (
            command.t_publish_ns,
            stamp_wall_ms,
            heard_wall_ms,
            command.seq,
            command.sample_index,
            command.t_sample_ns,
            command.ttl_ms,
        ),
        (_of_joints(command.velocity_rad_s, joints),),
    )


def emg_record(block: EmgBlock, stamp_wall_ms: float, heard_wall_ms: float) -> bytes:
    """Numbers: stamps (of the newest sample), index of the first, rate in Hz, channels. Array: samples, row by row."""
    numbers = (block.t_ns, stamp_wall_ms, heard_wall_ms, block.first_index, block.rate_hz, block.channels)
    return _record(EMG, {}, numbers, (block.block.reshape(-1),))


def _record(what: int, text: Mapping[str, Any], numbers: Sequence[float], arrays: Sequence[Floats]) -> bytes:
    words = json.dumps(text, ensure_ascii=False, separators=(",", ":")).encode()
    lengths = struct.pack(f"<{len(arrays)}I", *(len(array) for array in arrays))
    body = b"".join(
        (
            _padded(_HEAD.pack(what, VERSION, len(numbers), len(arrays), 0, len(words)) + lengths),
            struct.pack(f"<{len(numbers)}d", *numbers),
            *(_padded(array.tobytes()) for array in arrays),
            _padded(words, b" "),
        )
    )
    return body[:4] + struct.pack("<I", len(body)) + body[8:]


def _padded(part: bytes, filling: bytes = b"\0") -> bytes:
    return part + filling * (-len(part) % 8)


def _floats(values: Sequence[float]) -> Floats:
    return np.asarray(values, dtype="<f4")


def _of_joints(values: Mapping[str, float], joints: Sequence[str]) -> Floats:
    return _floats([values.get(joint, float("nan")) for joint in joints])
