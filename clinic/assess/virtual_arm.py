"""An arm that is only drawn: it goes where the decided speeds would take the real one, which holds still meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from controller.arm_config import JointConfig
from controller.safety.limits import limit_velocity

# After a pause it goes on as after this long, and no further.
LONGEST_STEP_S = 0.1


@dataclass(slots=True)
class VirtualArm:
    """Kinematics alone, with the speed, acceleration, jerk and range of the real arm's joints. rad, rad/s.

    The same limits as the controller's governor and the arm's guard apply (`limit_velocity`); it has no mass.
    """

    joints: Sequence[JointConfig]
    start_rad: Mapping[str, float]
    position_rad: dict[str, float] = field(init=False)
    _velocity: dict[str, float] = field(init=False)
    _acceleration: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        self.put_back()

    def put_back(self) -> None:
        """Stand at the start, without a way there."""
        self.position_rad = dict(self.start_rad)
        self._velocity = dict.fromkeys(self.start_rad, 0.0)
        self._acceleration = dict.fromkeys(self.start_rad, 0.0)

    def move(self, shares: Mapping[str, float], step_s: float, at_most: Mapping[str, float] | None = None) -> None:
        """Let `step_s` pass. `shares`: wanted, of each joint's full speed; `at_most`: share that its profile allows."""
        step_s = min(max(step_s, 0.0), LONGEST_STEP_S)
        for joint in self.joints:
            name, most = joint.name, (at_most or {}).get(joint.name, 1.0)
            share = min(max(shares.get(name, 0.0), -most), most)
            self._velocity[name], self._acceleration[name], _ = limit_velocity(
                share * joint.max_speed_rad_s,
                self._velocity[name],
                self._acceleration[name],
                self.position_rad[name],
                None,
                step_s,
                joint.limits,
                smooth=True,
            )
            after = self.position_rad[name] + self._velocity[name] * step_s
            self.position_rad[name] = min(max(after, joint.min_rad), joint.max_rad)
