"""An arm without mass: joints go where their velocity takes them, within their range."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from controller.arm_config import JointConfig


@dataclass(slots=True)
class KinematicArm:
    """Positions in rad, integrated from velocities in rad/s. `travel_rad`: way each joint has gone, both ways added.

    There is nothing for its hand to grip: the force is zero. Its joints bear no load, and none is told.
    """

    joints: Sequence[JointConfig]
    position_rad: dict[str, float] = field(init=False)
    velocity_rad_s: dict[str, float] = field(init=False)
    travel_rad: dict[str, float] = field(init=False)
    load_nm: dict[str, float] = field(default_factory=dict)
    grip_force_n: float | None = 0.0

    def __post_init__(self) -> None:
        self.position_rad = {joint.name: _rest(joint) for joint in self.joints}
        self.velocity_rad_s = {joint.name: 0.0 for joint in self.joints}
        self.travel_rad = {joint.name: 0.0 for joint in self.joints}

    @property
    def posture_rad(self) -> dict[str, float]:
        """Where the joints truly are: where they are told to be."""
        return self.position_rad

    def reset(self) -> None:
        """Stand where each joint rests, without a way there: between two trials. What was travelled stays counted."""
        for joint in self.joints:
            self.position_rad[joint.name] = _rest(joint)
            self.velocity_rad_s[joint.name] = 0.0

    def move(self, velocity_rad_s: dict[str, float], step_s: float) -> None:
        """Let `step_s` pass at these velocities; a joint at the end of its range stands."""
        for joint in self.joints:
            before = self.position_rad[joint.name]
            wanted = before + velocity_rad_s[joint.name] * step_s
            after = min(max(wanted, joint.min_rad), joint.max_rad)
            self.position_rad[joint.name] = after
            self.travel_rad[joint.name] += abs(after - before)
            self.velocity_rad_s[joint.name] = (after - before) / step_s if step_s > 0 else 0.0


def _rest(joint: JointConfig) -> float:
    return joint.rest_rad if joint.rest_rad is not None else (joint.min_rad + joint.max_rad) / 2
