"""One message of controller or arm on its way to pages: checked and encoded once, when the first page takes it."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from clinic.live.frames import command_record, emg_record, signal_record, state_record
from clinic.live.sender_clock import SenderClock
from controller.contract.arm_state import ArmState, ArmStatus
from controller.contract.calibration import CalibrationState
from controller.contract.command import Command
from controller.contract.emg import EmgBlock
from controller.contract.message import Message
from controller.contract.requests import EventReport, ProfileResult, ProfileState
from controller.contract.signal import SignalReport
from controller.contract.status import ControllerStatus

# What comes seldom goes as JSON text {"kind", "message"}, in full; how many of a kind a page may have waiting. Of most
# only the newest counts; events and results are a sequence.
SELDOM: dict[str, tuple[type[Message], int]] = {
    "controller_status": (ControllerStatus, 1),
    "arm_status": (ArmStatus, 1),
    "profile": (ProfileState, 1),
    "profile_result": (ProfileResult, 16),
    "calibration_state": (CalibrationState, 1),
    "event": (EventReport, 32),
}
# What comes often goes as bytes (`clinic.live.frames`). Eight blocks are a quarter of a second of EMG.
OFTEN: dict[str, int] = {"signal": 1, "state": 1, "command": 1, "emg": 8}


def text_frame(kind: str, message: Any) -> str:
    """Return what a page is told as text."""
    return json.dumps({"kind": kind, "message": message}, ensure_ascii=False, separators=(",", ":"))


@dataclass(slots=True)
class Told:
    """`payload` as it came on the topic `name` at `arrival_ns` of our monotonic clock, or `text`, ready for pages."""

    name: str
    payload: bytes
    clock: SenderClock | None = None
    arrival_ns: int = field(default_factory=time.monotonic_ns)
    arrival_wall_ms: float = field(default_factory=lambda: time.time() * 1e3)
    _frame: str | bytes | None = None
    _encoded: bool = False

    @classmethod
    def ours(cls, kind: str, message: Any) -> "Told":
        """Return something that the clinic itself says."""
        return cls(kind, b"", _frame=text_frame(kind, message), _encoded=True)

    def frame(self) -> str | bytes | None:
        """Return the frame for pages; None when the message breaks the contract."""
        if not self._encoded:
            self._encoded = True
            try:
                self._frame = self._encode()
            except ValidationError:
                self._frame = None
        return self._frame

    def _encode(self) -> str | bytes:
        if self.name in SELDOM:
            kind, _ = SELDOM[self.name]
            return text_frame(self.name, kind.model_validate_json(self.payload).model_dump(mode="json"))
        heard_ms = self.arrival_wall_ms
        if self.name == "signal":
            report = SignalReport.model_validate_json(self.payload)
            return signal_record(report, self._wall_ms(report.t_ns), heard_ms)
        if self.name == "state":
            state = ArmState.model_validate_json(self.payload)
            return state_record(state, self._wall_ms(state.t_ns), heard_ms)
        if self.name == "emg":
            block = EmgBlock.model_validate_json(self.payload)
            return emg_record(block, self._wall_ms(block.t_ns), heard_ms)
        command = Command.model_validate_json(self.payload)
        return command_record(command, self._wall_ms(command.t_publish_ns), heard_ms)

    def _wall_ms(self, stamp_ns: int) -> float:
        if self.clock is None:
            return self.arrival_wall_ms
        return self.clock.wall_ms(stamp_ns, self.arrival_ns, self.arrival_wall_ms)
