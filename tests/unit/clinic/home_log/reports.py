"""Reports of a controller, as tests want them."""

from typing import Any

from controller.contract.signal import SignalReport
from controller.contract.status import ControllerStatus, Device
from controller.safety.states import State
from drivers.source import Unit

SESSION = "0123456789abcdef"


def report(
    shaped: dict[str, float] | None = None,
    decided: str = "rest",
    state: State = State.ENGAGED,
    intent: dict[str, float] | None = None,
    level: tuple[float, ...] = (4.0, 4.0),
    health: tuple[str, ...] = ("good", "good"),
) -> SignalReport:
    return SignalReport(
        sample_index=0,
        t_ns=0,
        state=state,
        level=level,
        health=health,
        decided=decided,
        confidence=1.0,
        scores=(),
        effort=0.0,
        intent=intent if intent is not None else (shaped or {}),
        shaped=shaped or {},
    )


def status(state: State, cause: str = "", session: str = SESSION, **more: Any) -> ControllerStatus:
    device = Device(kind="serial", name="d", channels=2, rate_hz=1000.0, unit=Unit.MICROVOLT.value)
    return ControllerStatus(status="running", session=session, state=state, cause=cause, device=device, **more)
