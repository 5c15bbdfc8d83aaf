"""What arm and controller said last, checked against the contract, with when it came."""

import math
from dataclasses import dataclass, field

from pydantic import ValidationError

from controller.contract.arm_state import ArmState, ArmStatus
from controller.contract.calibration import CalibrationState
from controller.contract.message import Message
from controller.contract.requests import ProfileState
from controller.contract.signal import NO_CLASS, SignalReport
from controller.contract.status import ControllerStatus
from controller.safety.age import MessageAge
from controller.safety.states import State

# Property of `Topics` → what a test watches of it.
KINDS: dict[str, type[Message]] = {
    "controller_status": ControllerStatus,
    "arm_status": ArmStatus,
    "state": ArmState,
    "signal": SignalReport,
    "profile": ProfileState,
    "calibration_state": CalibrationState,
}
# A posture that old is no longer where the arm is: longer than this no dwell lasts either (LONGEST_GAP_S).
LATE_NS = 200_000_000
Stamped = ArmState | SignalReport


@dataclass(slots=True)
class Watched:
    """Times are of arrival, in s, of one monotonic clock. `refused`: messages outside the contract; `late`: old ones.

    `controls`: the controller's state, from whichever message told it last. `sessions`: controllers seen so far.
    """

    status: ControllerStatus | None = None
    arm: ArmStatus | None = None
    state: ArmState | None = None
    signal: SignalReport | None = None
    profile: ProfileState | None = None
    calibration: CalibrationState | None = None
    controls: State | None = None
    state_at_s: float = -math.inf
    signal_at_s: float = -math.inf
    refused: int = 0
    late: int = 0
    _state_age: MessageAge = field(default_factory=MessageAge)
    _signal_age: MessageAge = field(default_factory=MessageAge)

    def take(self, name: str, payload: bytes, now_s: float) -> bool:
        """Take a message of a topic, by its property of `Topics`; return whether it is of use."""
        kind = KINDS.get(name)
        if kind is None:
            return False
        try:
            message = kind.model_validate_json(payload)
        except ValidationError:
            self.refused += 1
            return False
        if isinstance(message, ArmState):
            if self._is_late(self._state_age, self.state, message, now_s):
                return False
            self.state, self.state_at_s = message, now_s
        elif isinstance(message, SignalReport):
            if self._is_late(self._signal_age, self.signal, message, now_s):
                return False
            self.signal, self.signal_at_s, self.controls = message, now_s, message.state
        elif isinstance(message, ControllerStatus):
            self.status = message
            self.controls = message.state if message.status == "running" else None
        elif isinstance(message, ArmStatus):
            self.arm = message
        elif isinstance(message, ProfileState):
            self.profile = message
        elif isinstance(message, CalibrationState):
            self.calibration = message
        return True

    @property
    def position_rad(self) -> dict[str, float]:
        """Where the joints were said to be; empty before the arm has said anything."""
        return {} if self.state is None else self.state.position_rad

    def decided(self, now_s: float, longest_s: float) -> str | None:
        """Return the class decided last; None for nothing, one that is older than `longest_s`, or a rejected one."""
        signal = self.signal
        if signal is None or now_s - self.signal_at_s > longest_s or signal.decided == NO_CLASS:
            return None
        if self.profile is not None:
            values = self.profile.values
            threshold = values.rejection.get(signal.decided, values.rejection_threshold)
            if threshold is not None and signal.confidence < threshold:
                return None
        return signal.decided

    def _is_late(self, age: MessageAge, before: Stamped | None, message: Stamped, now_s: float) -> bool:
        if before is not None and message.t_ns < before.t_ns:
            age.restart()  # another clock: who sends has started anew
        late = age.of(message.t_ns, int(now_s * 1e9)) > LATE_NS
        self.late += late
        return late
