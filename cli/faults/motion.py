"""How an arm moved, by its own states."""

from dataclasses import dataclass, field

from controller.contract.arm_state import ArmState

# Half a second of states.
STILL_STATES = 25
# 160 ms: most of the ramp is over, so that the speed now tells how far the arm goes in a time.
LASTING_STATES = 8


@dataclass(slots=True)
class SeenMotion:
    """`states`: arm's clock in ns (this machine's monotonic one), whether a joint moved, and the way gone so far."""

    states: list[tuple[int, bool, float]] = field(default_factory=list)

    def take(self, arm: ArmState) -> None:
        """Take one state."""
        self.states.append((arm.t_ns, any(arm.velocity_rad_s.values()), sum(arm.travel_rad.values())))

    @property
    def lasting(self) -> bool:
        """Whether a joint has moved for a while."""
        return len(self.states) >= LASTING_STATES and all(moving for _, moving, _ in self.states[-LASTING_STATES:])

    @property
    def still(self) -> bool:
        """Whether nothing has moved for a while."""
        return bool(self.states) and not any(moving for _, moving, _ in self.states[-STILL_STATES:])

    def speed_before(self, time_ns: int) -> float:
        """Return the speed, in rad/s over all joints, of the two states before that time; 0 when there are none."""
        before = [(at_ns, way_rad) for at_ns, _, way_rad in self.states[-STILL_STATES:] if at_ns <= time_ns][-2:]
        if len(before) < 2 or before[1][0] == before[0][0]:
            return 0.0
        return (before[1][1] - before[0][1]) / (before[1][0] - before[0][0]) * 1e9

    def seen_between(self, since_ns: int, until_ns: float) -> bool:
        """Return whether a state came from that span."""
        return any(since_ns <= time_ns <= until_ns for time_ns, _, _ in self.states)

    def last_motion_ms(self, since_ns: int) -> float | None:
        """Return how long after `since_ns` the arm last moved, by its own states; None: not at all."""
        times = [time_ns for time_ns, moving, _ in self.states if moving and time_ns >= since_ns]
        return (times[-1] - since_ns) / 1e6 if times else None
