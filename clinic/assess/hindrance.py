"""Why a trial may not begin, or does not count: what the page says in the reader's language."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from math import degrees

from pydantic import BaseModel, ConfigDict

from clinic.assess.watched import Watched
from controller.contract.calibration import CalibrationPhase
from controller.safety.states import State

# Longer than this without a word, and nobody knows what the arm or the wearer does.
SILENT_S = 0.5
# Slower than this a joint stands: a degree and a half in a second.
STANDS_RAD_S = 0.026


class ArmKind(StrEnum):
    """Which arm is moved: the one on the broker, or one that is only drawn while that one holds still."""

    REAL = "real"
    VIRTUAL = "virtual"


class Hindrance(BaseModel):
    """`code` names the sentence in the pages' strings (`assess.why.CODE`), `values` fill it in."""

    model_config = ConfigDict(frozen=True)

    code: str
    values: dict[str, str | float] = {}


def broken(kind: ArmKind, watched: Watched, *, connected: bool, now_s: float) -> Iterator[Hindrance]:
    """Yield what makes a test impossible now; a trial that runs ends at the first and does not count."""
    if not connected:
        yield Hindrance(code="no_broker")
        return
    status = watched.status
    if status is None or status.status != "running":
        yield Hindrance(code="no_controller")
    elif watched.controls is State.FAULT:
        yield Hindrance(code="stopped", values={"cause": status.cause})
    elif now_s - watched.signal_at_s > SILENT_S:
        yield Hindrance(code="no_signal")
    elif watched.calibration is not None and watched.calibration.phase is CalibrationPhase.RECORDING:
        yield Hindrance(code="calibrating")
    elif kind is ArmKind.REAL and watched.controls is not State.ENGAGED:
        yield Hindrance(code="not_engaged", values={"state": str(watched.controls)})
    elif kind is ArmKind.VIRTUAL and watched.controls is not State.READY:
        yield Hindrance(code="not_ready", values={"state": str(watched.controls)})
    if kind is ArmKind.REAL:
        yield from _arm_broken(watched, now_s)


def _arm_broken(watched: Watched, now_s: float) -> Iterator[Hindrance]:
    arm, state = watched.arm, watched.state
    if arm is None or arm.status in {"lost", "ended"}:
        yield Hindrance(code="no_arm")
    elif arm.status == "stopped" or (state is not None and state.stopped):
        yield Hindrance(code="arm_stopped", values={"cause": arm.cause})
    elif state is None or now_s - watched.state_at_s > SILENT_S:
        yield Hindrance(code="no_arm_state")


def not_at_start(
    position_rad: Mapping[str, float], start_rad: Mapping[str, float], within_rad: float
) -> Iterator[Hindrance]:
    """Yield each joint that is to be brought nearer to the start, with how far it is off, in degrees."""
    for joint, start in start_rad.items():
        off = position_rad.get(joint, start) - start
        if abs(off) > within_rad:
            yield Hindrance(code="not_at_start", values={"joint": joint, "off_deg": round(degrees(off), 1)})


def not_calm(kind: ArmKind, watched: Watched, joints: Sequence[str]) -> Iterator[Hindrance]:
    """Yield that something moves or is meant to: a trial begins from rest."""
    signal, state = watched.signal, watched.state
    if signal is not None and any(signal.shaped.get(joint, 0.0) for joint in joints):
        yield Hindrance(code="not_resting")
    elif kind is ArmKind.REAL and state is not None:
        for joint in joints:
            if abs(state.velocity_rad_s.get(joint, 0.0)) > STANDS_RAD_S:
                yield Hindrance(code="moving", values={"joint": joint})
                return
