"""What the guard's node needs of an arm: joints that take velocities, and what its sensors say."""

from typing import Protocol


class ArmBody(Protocol):
    """An arm behind the guard. Positions and ways in rad, velocities in rad/s, torques in N m, forces in N.

    A sensor that says nothing is not in its table; the guard does not move a joint whose position it does not know.
    `travel_rad`: the way each joint has gone, both ways added. `grip_force_n`: None where it is not known.
    """

    position_rad: dict[str, float]
    velocity_rad_s: dict[str, float]
    travel_rad: dict[str, float]
    load_nm: dict[str, float]
    grip_force_n: float | None

    def move(self, velocity_rad_s: dict[str, float], step_s: float) -> None:
        """Let `step_s` pass with these velocities wanted, one for each joint."""

    def reset(self) -> None:
        """Stand where each joint rests, without a way there."""
