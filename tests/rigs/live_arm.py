"""What an arm and a controller would say, message by message, on a clock that a test moves."""

from dataclasses import dataclass, field
from pathlib import Path

from clinic.assess.live_test import LiveTest
from controller.arm_config import ArmConfig
from controller.contract.arm_state import ArmState, ArmStatus, GuardCounters
from controller.contract.signal import SignalReport
from controller.contract.status import ControllerStatus
from controller.safety.states import State

SESSION, OTHER_SESSION = "0123456789abcdef", "fedcba9876543210"
STATE_EVERY_S, SIGNAL_EVERY_S = 0.02, 0.05
ARM_FILE = Path(__file__).parents[2] / "configs/arms/transhumeral.toml"


@dataclass(slots=True)
class Speaker:
    """Payloads as they come from the broker; what they say is set from outside."""

    arm: ArmConfig
    position_rad: dict[str, float]
    control: State = State.ENGAGED
    session: str = SESSION
    decided: str = "rest"
    confidence: float = 1.0
    shaped: dict[str, float] = field(default_factory=dict)
    stopped: bool = False
    classes: tuple[str, ...] = ("rest", "elbow_flexion", "elbow_extension", "hand_open", "hand_close")

    def controller_status(self) -> bytes:
        """Return a status."""
        return ControllerStatus(
            status="running", session=self.session, state=self.control, classes=self.classes
        ).encode()

    def arm_status(self) -> bytes:
        """Return the arm's."""
        return ArmStatus(status="stopped" if self.stopped else "ready").encode()

    def state(self, t_s: float) -> bytes:
        """Return where the arm is."""
        return ArmState(
            t_ns=int(t_s * 1e9),
            session=self.session,
            last_seq=0,
            stopped=self.stopped,
            position_rad=self.position_rad,
            velocity_rad_s=dict.fromkeys(self.position_rad, 0.0),
            guard=GuardCounters(accepted=0, refused={}, expirations=0),
        ).encode()

    def signal(self, t_s: float) -> bytes:
        """Return what was decided."""
        return SignalReport(
            t_ns=int(t_s * 1e9),
            sample_index=0,
            state=self.control,
            level=(1.0,),
            health=("good",),
            decided=self.decided,
            confidence=self.confidence,
            scores=(),
            effort=0.0,
            intent=self.shaped,
            shaped=self.shaped,
        ).encode()


@dataclass(slots=True)
class LiveRig:
    """A live test, fed as a broker would feed it. `silent`: topics that say nothing."""

    live: LiveTest
    speaker: Speaker
    now_s: float = 1000.0
    connected: bool = True
    silent: frozenset[str] = frozenset()
    _steps: int = 0

    def say(self, name: str, payload: bytes) -> None:
        """Let one message arrive now."""
        self.live.take(name, payload, self.now_s)

    def announce(self) -> None:
        """Let the retained messages arrive."""
        self.say("controller_status", self.speaker.controller_status())
        self.say("arm_status", self.speaker.arm_status())

    def pass_s(self, seconds: float) -> None:
        """Let time pass, with all that is said meanwhile; ends early where the test is over."""
        for _ in range(round(seconds / STATE_EVERY_S)):
            self._steps += 1
            self.now_s = 1000.0 + self._steps * STATE_EVERY_S
            if "state" not in self.silent:
                self.say("state", self.speaker.state(self.now_s))
            if self._steps % 2 == 0 and "signal" not in self.silent:
                self.say("signal", self.speaker.signal(self.now_s))
            self.live.tick(self.now_s, connected=self.connected)
