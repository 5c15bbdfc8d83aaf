"""Messages of controller and arm as they come over the broker, for who shows them."""

import numpy as np

from controller.contract.arm_state import ArmState, GuardCounters
from controller.contract.command import Command
from controller.contract.emg import encode_emg_block
from controller.contract.signal import SignalReport
from controller.contract.status import ControllerStatus
from controller.safety.states import State

SESSION = "0123456789abcdef"


def status(cause: str = "") -> bytes:
    return ControllerStatus(status="running", session=SESSION, state=State.READY, cause=cause).encode()


def signal(index: int, channels: int = 8) -> bytes:
    return SignalReport(
        sample_index=index,
        t_ns=index * 1_000_000,
        state=State.READY,
        level=(1.5,) * channels,
        health=("good",) * (channels - 1) + ("lifted",),
        decided="rest",
        confidence=0.75,
        scores=(0.75, 0.25),
        effort=0.5,
        intent={"elbow": 0.5},
        shaped={"elbow": 0.25},
    ).encode()


def state(index: int) -> bytes:
    return ArmState(
        t_ns=index * 1_000_000,
        session=SESSION,
        last_seq=index,
        stopped=False,
        position_rad={"elbow": 0.5, "hand": 1.0},
        velocity_rad_s={"elbow": 0.0, "hand": -0.5},
        guard=GuardCounters(accepted=index, refused={}, expirations=0),
    ).encode()


def command(index: int) -> bytes:
    return Command(
        session=SESSION,
        seq=index,
        sample_index=index,
        t_sample_ns=index,
        t_publish_ns=index + 1,
        ttl_ms=200,
        state=State.READY,
        velocity_rad_s={"elbow": 0.5},
    ).encode()


def emg(first: int, rows: int = 33, channels: int = 8) -> bytes:
    samples = np.arange(rows * channels, dtype="<f4").reshape(rows, channels)
    return encode_emg_block(first, (first + rows) * 1_000_000, 1000.0, samples)
