"""The arm's own limiter. It trusts nobody: default no motion, every bound checked again, on the arm's clock."""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from controller.safety.age import MessageAge
from controller.safety.freshness import NS_PER_MS
from controller.safety.limits import Cut, JointLimits, limit_velocity
from controller.safety.states import State


class Refusal(StrEnum):
    """Why a command was dropped."""

    STOPPED = "stopped"
    SESSION_ENDED = "session has ended"
    OTHER_SESSION = "other session"
    SESSION_NOT_AT_REST = "session did not start at rest"
    SILENCE_NOT_ENDED_AT_REST = "silence did not end at rest"
    OUT_OF_ORDER = "out of order"
    TOO_OLD = "too old"
    UNKNOWN_JOINT = "unknown joint"
    OUT_OF_RANGE = "out of range"
    NOT_ENGAGED = "motion without engagement"
    MALFORMED = "malformed"


# These never come from a controller that believes what the guard believes about the arm.
DISAGREEMENTS = frozenset({Refusal.UNKNOWN_JOINT, Refusal.OUT_OF_RANGE, Refusal.NOT_ENGAGED})
# After a pause a joint gets faster as after this long, and no more. Control periods are 1 to 10 ms.
LONGEST_STEP_S = 0.02
# Sessions that handed over and may not come back; more than anybody starts while an arm is on.
ENDED_SESSIONS_KEPT = 64


@dataclass(frozen=True, slots=True)
class JointCommand:
    """One command as the guard sees it: velocities in rad/s by joint name, stamps of the sender's monotonic clock.

    `ends_session`: the sender's last; it rests, and another session may begin at once.
    """

    session: str
    seq: int
    t_publish_ns: int
    ttl_ms: int
    state: State
    velocity_rad_s: Mapping[str, float]
    ends_session: bool = False


@dataclass(frozen=True, slots=True)
class GuardBounds:
    """`max_ttl_ms` caps what a command asks for; `handover_silence_ms`: quiet time before another session may come.

    200 ms are twenty lost commands at a hop of 10 ms, and 22° at the fastest elbow in configs/arms (SAFETY.md).
    """

    max_ttl_ms: int = 200
    handover_silence_ms: int = 1000


@dataclass(slots=True)
class Guard:
    """Accepts or drops each command, and says at every instant which velocity each joint may have.

    Pure: arrival and now are passed in (ns of the arm's monotonic clock).
    Another session comes only when none is current, the current one has ended itself, or it has been silent for
    `handover_silence_ms`, and only by a command at rest: a replayed or retained old command cannot start motion. A
    session that ended itself never comes back.
    When commands stopped coming in the middle of a motion, it goes on only after a command at rest: nobody expects an
    arm that has stood still to take off again.
    Never faster than commanded: speeding up is bounded by acceleration and jerk, slowing down is at once.
    `cuts` counts control periods in which a joint got another velocity than commanded, by reason; between two commands
    acceleration and jerk are among them in every motion.
    """

    joints: Sequence[JointLimits]
    bounds: GuardBounds = field(default_factory=GuardBounds)
    session: str = ""
    last_seq: int = -1
    accepted: int = 0
    expirations: int = 0
    stopped: bool = False
    refused: dict[Refusal, int] = field(default_factory=dict)
    cuts: dict[Cut, int] = field(default_factory=dict)
    _wanted: dict[str, float] = field(default_factory=dict)
    _previous: dict[str, float] = field(default_factory=dict)
    _acceleration: dict[str, float] = field(default_factory=dict)
    _ended: deque[str] = field(default_factory=lambda: deque(maxlen=ENDED_SESSIONS_KEPT))
    _valid_until_ns: int = 0
    _last_accepted_ns: int = 0
    _needs_rest: bool = False
    _last_step_ns: int | None = None
    _age: MessageAge = field(default_factory=MessageAge)
    _by_name: dict[str, JointLimits] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_name = {joint.name: joint for joint in self.joints}
        self._previous = dict.fromkeys(self._by_name, 0.0)
        self._acceleration = dict.fromkeys(self._by_name, 0.0)

    def offer(self, command: JointCommand, arrival_ns: int) -> Refusal | None:
        """Take a command that arrived at `arrival_ns`, or return why not. A refused command changes no velocity."""
        self._expire(arrival_ns)
        refusal = self._why_not(command, arrival_ns)
        if refusal is not None:
            self.count(refusal)
            return refusal
        self.session, self.last_seq = command.session, command.seq
        self.accepted += 1
        self._needs_rest = False  # had it been needed, only a command at rest would have come so far
        self._last_accepted_ns = arrival_ns
        self._valid_until_ns = arrival_ns + min(command.ttl_ms, self.bounds.max_ttl_ms) * NS_PER_MS
        self._wanted = dict(command.velocity_rad_s) if command.state is State.ENGAGED else {}
        if command.ends_session:
            self._ended.append(self.session)
            self._forget_session()
        return None

    def step(
        self, position_rad: Mapping[str, float], now_ns: int, grip_force_n: float | None = None
    ) -> tuple[dict[str, float], dict[str, Cut]]:
        """Return the velocity each joint may have now, in rad/s, and what was cut. Call it every control period.

        A joint whose position is not known does not move; one that grips does not close where the force is not known.
        """
        self._expire(now_ns)
        step_s = 0.0 if self._last_step_ns is None else min((now_ns - self._last_step_ns) * 1e-9, LONGEST_STEP_S)
        self._last_step_ns = now_ns
        velocity: dict[str, float] = {}
        cuts: dict[str, Cut] = {}
        for name, joint in self._by_name.items():
            velocity[name], self._acceleration[name], cut = limit_velocity(
                self._wanted.get(name, 0.0),
                self._previous[name],
                self._acceleration[name],
                position_rad.get(name, math.nan),
                math.nan if grip_force_n is None else grip_force_n,
                step_s,
                joint,
                smooth=False,
            )
            if cut is not None:
                cuts[name] = cut
                self.cuts[cut] = self.cuts.get(cut, 0) + 1
        self._previous = velocity
        return dict(velocity), cuts

    def stop(self) -> None:
        """Latch: nothing moves and nothing is accepted until `release`."""
        self.stopped = True
        self._wanted = {}

    def release(self) -> None:
        """End a stop, on a person's word. The next session must start at rest, as the first did."""
        self.stopped = False
        self._forget_session()

    def count(self, refusal: Refusal) -> None:
        """Count a command that was dropped, here or before it could be read."""
        self.refused[refusal] = self.refused.get(refusal, 0) + 1

    def _expire(self, now_ns: int) -> None:
        if self._wanted and now_ns >= self._valid_until_ns:
            self._needs_rest = self._needs_rest or any(self._wanted.values())
            self._wanted = {}
            self.expirations += 1

    def _forget_session(self) -> None:
        self.session, self.last_seq = "", -1
        self._age.restart()
        self._wanted = {}

    def _why_not(self, command: JointCommand, arrival_ns: int) -> Refusal | None:
        if self.stopped:
            return Refusal.STOPPED
        if command.session in self._ended:
            return Refusal.SESSION_ENDED
        # First what needs no memory: a command that is nonsense must not restart what is known about ages.
        nonsense = self._nonsense(command)
        if nonsense is not None:
            return nonsense
        moving = any(command.velocity_rad_s.values())
        if command.session != self.session:
            silent_ns = arrival_ns - self._last_accepted_ns
            if self.session and silent_ns < self.bounds.handover_silence_ms * NS_PER_MS:
                return Refusal.OTHER_SESSION
            if moving:
                return Refusal.SESSION_NOT_AT_REST
            self._age.restart()
        elif command.seq <= self.last_seq:
            return Refusal.OUT_OF_ORDER
        # The age is learnt from every message of the session, so that one late message does not hide the next.
        if self._age.of(command.t_publish_ns, arrival_ns) > min(command.ttl_ms, self.bounds.max_ttl_ms) * NS_PER_MS:
            return Refusal.TOO_OLD
        if moving and self._needs_rest:
            return Refusal.SILENCE_NOT_ENDED_AT_REST
        return None

    def _nonsense(self, command: JointCommand) -> Refusal | None:
        if not command.session:  # no name is how "no session" is kept: it would pass for one that has begun at rest
            return Refusal.MALFORMED
        for name, velocity in command.velocity_rad_s.items():
            joint = self._by_name.get(name)
            if joint is None:
                return Refusal.UNKNOWN_JOINT
            # `not <=` also refuses NaN. A thousandth of slack: the sender's limits are the same numbers, rounded.
            if not abs(velocity) <= joint.max_speed_rad_s * 1.001:
                return Refusal.OUT_OF_RANGE
        if any(command.velocity_rad_s.values()) and command.state is not State.ENGAGED:
            return Refusal.NOT_ENGAGED
        return None
