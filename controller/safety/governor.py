"""The controller's limiter: from a shaped intent to the only velocities that may be commanded."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from controller.safety.freshness import NS_PER_MS, Freshness, FreshnessBounds
from controller.safety.limits import Cut, JointLimits, limit_velocity
from controller.safety.states import Event, State, StateMachine

# After a pause a joint gets faster as after this long, and no more.
LONGEST_STEP_S = 0.1


@dataclass(slots=True)
class Governed:
    """What the governor really let through: rad/s in joint order, and why they are not what was wanted."""

    velocity_rad_s: list[float]
    cuts: dict[str, Cut] = field(default_factory=dict)


@dataclass(slots=True)
class Governor:
    """Decides what may move. Default: nothing.

    Pure: every time is passed in (ns, one monotonic clock), no clock is read. `decide` is called for each decision
    and `tick` by a timer when no decision comes; both return velocities that are zero outside `ENGAGED`, and keep them
    in `last`. For `soft_engage_ms` after `ENGAGED` was entered, by a person or by rest, speed grows with the time.
    `barred`: why nobody may engage now; empty for no reason.

    What a wearer wishes changes smoothly, within acceleration and jerk. What is safer at once is at once: leaving
    `ENGAGED` for any reason, the slowing down of an input that grows old, and a speed limit that is lowered.
    """

    joints: Sequence[JointLimits]
    freshness: FreshnessBounds
    resume_rest_ms: float = 500.0
    soft_engage_ms: float = 500.0
    machine: StateMachine = field(default_factory=StateMachine)
    stale_events: int = 0
    faults: int = 0
    stopped: bool = False
    linked: bool = True
    barred: str = ""
    last: Governed = field(default_factory=lambda: Governed([]))
    _limits: Sequence[JointLimits] = ()
    _acceleration: list[float] = field(default_factory=list)
    _wanted: list[float] = field(default_factory=list)
    _last_ns: int | None = None
    _newest_sample_ns: int | None = None
    _rest_since_ns: int | None = None
    _was_stale: bool = False

    def __post_init__(self) -> None:
        self.last = Governed([0.0] * len(self.joints))
        self._acceleration = [0.0] * len(self.joints)
        self._wanted = [0.0] * len(self.joints)
        self._limits = self.joints

    def limit_speed(self, shares: Sequence[float]) -> None:
        """Command no joint faster than this share of its own limit, 0..1 in joint order, from the next command on.

        A share that is no number lets nothing move; one above 1 changes nothing: the arm's own limit stays.
        """
        kept = [min(share, 1.0) if share > 0.0 else 0.0 for share in shares]
        self._limits = tuple(
            replace(joint, max_speed_rad_s=joint.max_speed_rad_s * share)
            for joint, share in zip(self.joints, kept, strict=True)
        )

    def decide(
        self,
        wanted: Sequence[float],
        healthy: bool,
        newest_sample_ns: int,
        now_ns: int,
        position_rad: Mapping[str, float] | None = None,
        grip_force_n: float | None = None,
    ) -> Governed:
        """Govern a new decision. `wanted`: share of full speed per joint, [-1, 1], made from input of that age."""
        self._follow_freshness(now_ns)  # a gap that no tick has seen was a gap all the same
        self._newest_sample_ns = newest_sample_ns
        at_rest = not any(wanted)
        if not (healthy and at_rest):
            self._rest_since_ns = None
        elif self._rest_since_ns is None:
            self._rest_since_ns = newest_sample_ns
        for index, joint in enumerate(self.joints):
            self._wanted[index] = wanted[index] * joint.max_speed_rad_s
        fresh = self.freshness.classify(now_ns - newest_sample_ns) <= Freshness.SLOWING
        if not healthy:
            self._apply(Event.INPUT_BAD, now_ns)
        elif fresh:
            if self.machine.state is State.IDLE:
                self._apply(Event.INPUT_READY, now_ns)
            elif self.machine.state is State.HOLDING and self.linked and self._rested(newest_sample_ns):
                self._apply(Event.RESTED, now_ns)
        return self.tick(now_ns, position_rad, grip_force_n)

    def tick(
        self, now_ns: int, position_rad: Mapping[str, float] | None = None, grip_force_n: float | None = None
    ) -> Governed:
        """Govern the last decision as it ages. Call it at least once per hop."""
        worth = self._follow_freshness(now_ns)  # may end the permission to move
        step_s = 0.0 if self._last_ns is None else min((now_ns - self._last_ns) * 1e-9, LONGEST_STEP_S)
        self._last_ns = now_ns
        before = self.last.velocity_rad_s
        self.last = governed = Governed([0.0] * len(self.joints))
        if worth == 0.0 or not self.machine.allows_motion:
            self._acceleration = [0.0] * len(self.joints)
            return governed
        permitted = self._permitted(now_ns)
        for index, joint in enumerate(self._limits):
            wanted, fastest = self._wanted[index], joint.max_speed_rad_s
            # Before age and soft engage take their share: a share of more than full speed could be full speed still.
            bounded = math.copysign(fastest, wanted) if fastest < abs(wanted) < math.inf else wanted
            governed.velocity_rad_s[index], self._acceleration[index], cut = limit_velocity(
                bounded * worth * permitted,
                before[index],
                self._acceleration[index],
                None if position_rad is None else position_rad.get(joint.name),
                grip_force_n,
                step_s,
                joint,
                smooth=worth == 1.0,
            )
            if cut is None and wanted != 0.0:
                cut = Cut.AGEING_INPUT if worth < 1.0 else Cut.SOFT_ENGAGE if permitted < 1.0 else None
                cut = cut or (Cut.SPEED if bounded != wanted else None)
            if cut is not None:
                governed.cuts[joint.name] = cut
        return governed

    def input_lost(self, now_ns: int, cause: str) -> None:
        """The source is gone: nothing it said counts any more."""
        self._forget()
        if self.machine.state is State.HOLDING or self.machine.allows_motion:
            self._apply(Event.INPUT_DEAD, now_ns, cause)
        else:
            self._apply(Event.INPUT_STALE, now_ns, cause)

    def request(self, event: Event, now_ns: int, cause: str) -> str:
        """Carry out what a person asks for; return why it was refused, or an empty string."""
        if event is Event.STOP:
            self.stopped = True
            self._forget()
            self._apply(Event.STOP, now_ns, cause)
            return ""
        if event is Event.ENGAGE:
            if self.barred:
                return f"refused: {self.barred}"
            self._follow_freshness(now_ns)
            if self.machine.state is State.READY:
                if not self.linked:
                    return "refused: there is no connection to the broker"
                if any(self._wanted):
                    return "refused: relax first, the intent is not at rest"
        before = self.machine.state
        if not self._apply(event, now_ns, cause):
            return f"refused: '{event.value}' is not possible in state '{before.value}'"
        if event is Event.CLEAR:
            self.stopped = False
            self._rest_since_ns = None
        return ""

    def link_changed(self, up: bool, now_ns: int) -> None:
        """The broker is gone: hold until it is back, and then until the wearer rests."""
        self.linked = up
        self._rest_since_ns = None
        if not up:
            self._apply(Event.LINK_LOST, now_ns)

    def model_changed(self, now_ns: int, cause: str) -> None:
        """Another model decides from now on: what the old one wanted is void, and the wearer has to rest first."""
        self._rest_since_ns = None
        for index in range(len(self.joints)):
            self._wanted[index] = 0.0
        self._apply(Event.MODEL_CHANGED, now_ns, cause)

    def overloaded(self, now_ns: int, cause: str) -> None:
        """Decisions are made too late to be acted on."""
        self._rest_since_ns = None
        self._apply(Event.INPUT_BAD, now_ns, cause)

    def loop_late(self, now_ns: int, cause: str) -> None:
        """The loop's own lag passed its bound."""
        self._rest_since_ns = None
        self._apply(Event.LOOP_LATE, now_ns, cause)

    def _follow_freshness(self, now_ns: int) -> float:
        if self._newest_sample_ns is None:
            return 0.0
        age_ns = now_ns - self._newest_sample_ns
        freshness = self.freshness.classify(age_ns)
        if freshness >= Freshness.STALE:
            cause = f"newest sample is {age_ns / NS_PER_MS:.0f} ms old"
            if not self._was_stale:
                self._was_stale = True
                self.stale_events += 1
            self._rest_since_ns = None
            self._apply(Event.INPUT_DEAD if freshness is Freshness.DEAD else Event.INPUT_STALE, now_ns, cause)
        else:
            self._was_stale = False
        return self.freshness.speed_factor(age_ns)

    def _permitted(self, now_ns: int) -> float:
        """Return the share of the wanted speed that is allowed so shortly after engaging."""
        since_ns = now_ns - self.machine.since_ns
        whole_ns = self.soft_engage_ms * NS_PER_MS
        return 1.0 if since_ns >= whole_ns else max(since_ns / whole_ns, 0.0)

    def _rested(self, newest_sample_ns: int) -> bool:
        since = self._rest_since_ns
        return since is not None and newest_sample_ns - since >= self.resume_rest_ms * NS_PER_MS

    def _forget(self) -> None:
        self._newest_sample_ns = None
        self._rest_since_ns = None
        for index in range(len(self.joints)):
            self._wanted[index] = 0.0

    def _apply(self, event: Event, now_ns: int, cause: str = "") -> bool:
        changed = self.machine.apply(event, now_ns, cause)
        if changed and self.machine.state is State.FAULT:
            self.faults += 1
        return changed
