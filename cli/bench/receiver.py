"""What the measuring process hears: commands and bare messages with the time they came, and how both sides stand."""

import time
from dataclasses import dataclass, field

from controller.contract.arm_state import ArmState
from controller.contract.command import Command
from controller.contract.status import ControllerStatus
from controller.contract.topics import Topics
from controller.safety.states import State

BARE_TOPIC = "efferent/v1/bench/bare"


@dataclass(frozen=True, slots=True)
class Heard:
    """A command: the sample it rests on and its stamp, when it was published, when it came in."""

    sample_index: int
    sample_ns: int
    published_ns: int
    arrival_ns: int


@dataclass(slots=True)
class Receiver:
    """Stamps each command and each bare message as it comes in; what came before `counting` is not kept."""

    topics: Topics
    commands: list[Heard] = field(default_factory=list)
    bare_ns: list[int] = field(default_factory=list)
    status: ControllerStatus | None = None
    arm: ArmState | None = None
    first_decision_ns: int = 0
    counting: bool = False

    def take(self, topic: str, payload: bytes) -> None:
        """Take one message."""
        now_ns = time.monotonic_ns()
        if topic == self.topics.command:
            command = Command.model_validate_json(payload)
            if command.sample_index >= 0 and not self.first_decision_ns:
                self.first_decision_ns = now_ns
            if self.counting and command.state is State.ENGAGED:
                self.commands.append(Heard(command.sample_index, command.t_sample_ns, command.t_publish_ns, now_ns))
        elif topic == self.topics.controller_status:
            self.status = ControllerStatus.model_validate_json(payload)
        elif topic == self.topics.state:
            self.arm = ArmState.model_validate_json(payload)
        elif self.counting:
            self.bare_ns.append(now_ns - int(payload[:20]))
