"""A joint's motor and gear: takes a velocity, gives what torque it can, and holds still without being told to."""

import math
from dataclasses import dataclass, field

from sim.arm.physics.table import DriveTable


@dataclass(slots=True)
class Drive:
    """One motor with its gear. Angles, speeds and torques are those of the motor as the joint feels them.

    The motor follows the wanted velocity as well as torque, voltage and its own inertia allow. The gear locks itself: a
    load slows the motor down or stalls it, and never turns it. So a joint whose velocity is zero, or whose motor has
    no voltage, stays where it is, up to the torque at which the gear slips.
    """

    table: DriveTable
    min_rad: float
    max_rad: float
    position_rad: float
    stuck: bool = False
    velocity_rad_s: float = 0.0
    motor_torque_nm: float = 0.0
    _half_play_rad: float = field(init=False)

    def __post_init__(self) -> None:
        self._half_play_rad = self.table.backlash_rad / 2

    @property
    def current_a(self) -> float:
        """What the motor draws: in proportion to its torque."""
        return self.table.stall_current_a * abs(self.motor_torque_nm) / self.table.stall_torque_nm

    def turn(self, wanted_rad_s: float, load_nm: float, supply: float, step_s: float) -> None:
        """Let `step_s` pass. `load_nm`: what the gear presses on the joint with; `supply`: share of nominal voltage.

        The most torque at a speed lies on a direct-current motor's line from stall to no load; both ends follow the
        voltage.
        """
        table, before = self.table, self.velocity_rad_s
        if self.stuck or supply <= 0.0:
            self.velocity_rad_s = self.motor_torque_nm = 0.0
        elif before == 0.0 and wanted_rad_s == 0.0:
            self.motor_torque_nm = 0.0
        else:
            forward = math.copysign(1.0, before or wanted_rad_s)  # turning round passes through rest
            speed = before * forward
            target = max(wanted_rad_s * forward, 0.0)
            resisting_nm = table.friction_nm + max(load_nm * forward, 0.0)
            stall_nm = table.stall_torque_nm * supply
            most_nm = max(stall_nm * (1.0 - speed / (table.no_load_rad_s * supply)), 0.0)
            needed_nm = table.rotor_inertia_kg_m2 * (target - speed) / step_s + resisting_nm
            torque_nm = min(max(needed_nm, -stall_nm), most_nm)
            if torque_nm == needed_nm:
                speed = target  # exactly: what rounding leaves of a speed would be a direction that never ends
            else:
                speed = max(speed + (torque_nm - resisting_nm) / table.rotor_inertia_kg_m2 * step_s, 0.0)
            self.velocity_rad_s = speed * forward
            self.motor_torque_nm = torque_nm * forward
        position = self.position_rad + self.velocity_rad_s * step_s
        if abs(load_nm) > table.hold_nm:
            position -= math.copysign(abs(load_nm) - table.hold_nm, load_nm) / table.stiffness_nm_rad
        self.position_rad = min(max(position, self.min_rad), self.max_rad)
        if self.position_rad != position:
            self.velocity_rad_s = 0.0

    def take_up(self, load_nm: float) -> None:
        """Turn the motor from the joint's angle to where the gear presses on the joint with `load_nm`."""
        if load_nm != 0.0:
            wound = math.copysign(self._half_play_rad, load_nm) + load_nm / self.table.stiffness_nm_rad
            self.position_rad = min(max(self.position_rad + wound, self.min_rad), self.max_rad)

    def gear_torque(self, joint_rad: float) -> float:
        """Return what the teeth press on the joint with, in N m, without damping; zero within the play."""
        wound = self.position_rad - joint_rad
        if wound > self._half_play_rad:
            return (wound - self._half_play_rad) * self.table.stiffness_nm_rad
        if wound < -self._half_play_rad:
            return (wound + self._half_play_rad) * self.table.stiffness_nm_rad
        return 0.0
