"""Wearer, decoder, governor, guard and arm, closed on a virtual clock: the same decisions as live, as fast as possible.

No sockets, no messages, no waiting: what is missing is what these add in time.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from controller.arm_config import ArmConfig
from controller.safety.freshness import FreshnessBounds
from controller.safety.governor import Governor
from controller.safety.guard import Guard, JointCommand
from controller.safety.states import Event, State
from sim.arm.kinematic import KinematicArm
from sim.errors import SimError
from sim.wearer.interpreter import Interpreted, Interpreter
from sim.wearer.wearer import VirtualWearer

# The motors' control period, as in `sim.arm.node`.
ARM_STEP_S = 0.005
TTL_MS = 200
# Between trials: relaxing, and looking at the arm that was put back.
RELAX_S = 0.8
# Less is an arm with mass settling.
MOVED_RAD = 1e-4
# A decoder whose window does not fill, or whose input is never at rest, would hold up the start for ever.
PATIENCE_S = 10.0


class Arm(Protocol):
    """What a simulated arm has to offer here: the kinematic one does, and the one with mass."""

    @property
    def position_rad(self) -> dict[str, float]:
        """Where the joints are, as their sensors tell; empty where none is heard."""
        ...

    @property
    def posture_rad(self) -> dict[str, float]:
        """Where the joints truly are: what is seen of the arm."""
        ...

    @property
    def grip_force_n(self) -> float | None:
        """What the hand holds with; None where it is not known."""
        ...

    def move(self, velocity_rad_s: dict[str, float], step_s: float) -> None:
        """Let time pass at these velocities."""
        ...

    def reset(self) -> None:
        """Stand at rest, where each joint rests."""
        ...


class WantedNow(Protocol):
    """What a test asks for; `clinic.assessments.assessment.Wanted` is one."""

    @property
    def posture_rad(self) -> Mapping[str, float]:
        """Where the joints are to be; empty where a motion alone is asked for."""
        ...

    @property
    def within_rad(self) -> float:
        """How near."""
        ...

    @property
    def motion(self) -> str:
        """The motion asked for, `rest` for none; empty where a posture is asked for."""
        ...


class Task(Protocol):
    """A test; every `clinic.assessments.assessment.Assessment` is one."""

    @property
    def phase(self) -> str:
        """`ready`, `running` or `finished`."""
        ...

    @property
    def wanted(self) -> WantedNow:
        """What is asked for."""
        ...

    def begin(self, time_s: float) -> None:
        """Start the next trial."""
        ...

    def feed(self, time_s: float, position_rad: Mapping[str, float], decided: str | None = None) -> bool:
        """Take a sample; return whether the trial has ended."""
        ...


@dataclass(slots=True)
class ClosedLoop:
    """`added_delay_ms`: by which every wish comes later than it was decided; rounded to hops.

    `arm`: another than the kinematic one. The arm is engaged once, by the person who starts it all.
    `commanded_rad`: way that the guard has let all joints together be sent, so far; what an arm with mass does beyond
    that it does by itself.
    """

    config: ArmConfig
    wearer: VirtualWearer
    interpreter: Interpreter
    added_delay_ms: float = 0.0
    arm: Arm | None = None
    now_ns: int = 0
    decided: str | None = None
    commanded_rad: float = 0.0
    _arm: Arm = field(init=False)
    _governor: Governor = field(init=False)
    _guard: Guard = field(init=False)
    _late: deque[Interpreted] = field(init=False)
    _names: tuple[str, ...] = field(init=False)
    _seq: int = 0

    def __post_init__(self) -> None:
        self._arm = KinematicArm(self.config.joints) if self.arm is None else self.arm
        self._governor = Governor(self.config.limits, FreshnessBounds())
        self._guard = Guard(self.config.limits)
        self._names = tuple(joint.name for joint in self.config.joints)
        still = Interpreted([0.0] * len(self._names), True, None)
        self._late = deque([still] * round(self.added_delay_ms * 1e-3 / self.interpreter.hop_s))

    @property
    def now_s(self) -> float:
        """The virtual clock."""
        return self.now_ns * 1e-9

    @property
    def position_rad(self) -> Mapping[str, float]:
        """Where the joints truly are now."""
        return self._arm.posture_rad

    def go_on_with(self, arm: Arm) -> None:
        """Move another arm from now on, such as the same one at another table. What is decided stays as it is."""
        self.arm = self._arm = arm

    def step(self) -> None:
        """Let one hop pass: see, want, contract, decode, govern, guard, move."""
        hop_s = self.interpreter.hop_s
        self.now_ns += round(hop_s * 1e9)
        activation = self.wearer.step(hop_s, self._arm.posture_rad)
        self._late.append(self.interpreter.interpret(activation))
        interpreted = self._late.popleft()
        self.decided = interpreted.decided
        position, force = self._arm.position_rad, self._arm.grip_force_n
        governed = self._governor.decide(
            interpreted.wanted, interpreted.healthy, self.now_ns, self.now_ns, position, force
        )
        self._offer(governed.velocity_rad_s)
        steps = max(round(hop_s / ARM_STEP_S), 1)
        for index in range(steps):
            at_ns = self.now_ns + round(index * hop_s / steps * 1e9)
            velocity, _ = self._guard.step(self._arm.position_rad, at_ns, self._arm.grip_force_n)
            self.commanded_rad += sum(map(abs, velocity.values())) * hop_s / steps
            self._arm.move(velocity, hop_s / steps)

    def engage(self) -> None:
        """Wait until the decoder is ready, allow motion, and wait until it is allowed in full.

        Raises `SimError` when there is no rest to engage in within 10 s.
        """
        self.wearer.relax()
        machine, deadline_ns = self._governor.machine, self.now_ns + int(PATIENCE_S * 1e9)
        while machine.state is not State.ENGAGED:
            self.step()
            if machine.state is State.READY:
                self._governor.request(Event.ENGAGE, self.now_ns, "the simulation")
            if self.now_ns > deadline_ns:
                raise SimError(f"the arm could not be engaged within {PATIENCE_S:g} s: it is {machine.state.value}")
        self.pass_time(self._governor.soft_engage_ms * 1e-3)

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds / self.interpreter.hop_s)):
            self.step()

    def take(self, task: Task) -> None:
        """Let the wearer take a whole test: relax, the arm back to its start, look, begin, until it has ended."""
        # What holds goes on by itself once the wearer rests and the input is good: nobody engages it again.
        if self._governor.machine.state not in (State.ENGAGED, State.HOLDING):
            self.engage()
        while task.phase != "finished":
            self.wearer.relax()
            self.pass_time(RELAX_S)
            self._arm.reset()
            start = self._arm.posture_rad.copy()
            self.pass_time(RELAX_S)
            # An arm with mass settles after it was put back: what has not moved is left alone.
            if any(abs(at - start[name]) > MOVED_RAD for name, at in self._arm.posture_rad.items()):
                self._arm.reset()
            wanted = task.wanted
            task.begin(self.now_s)
            if wanted.posture_rad:
                self.wearer.want(wanted.posture_rad, wanted.within_rad)
            elif wanted.motion:
                self.wearer.want_motion(wanted.motion)
            self.step()
            while not task.feed(self.now_s, self._arm.posture_rad, self.decided):
                self.step()

    def _offer(self, velocity_rad_s: Sequence[float]) -> None:
        state = self._governor.machine.state
        wished = dict(zip(self._names, velocity_rad_s, strict=True))
        command = JointCommand("virtual", self._seq, self.now_ns, TTL_MS, state, wished)
        self._seq += 1
        self._guard.offer(command, self.now_ns)
