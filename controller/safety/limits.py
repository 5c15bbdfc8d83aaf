"""What one joint may do, and a velocity cut down to it. Pure; used by the governor and again by the arm's guard."""

import math
from dataclasses import dataclass
from enum import StrEnum


class Cut(StrEnum):
    """Why less was let through than was asked for."""

    NOT_FINITE = "not finite"
    SPEED = "speed"
    ACCELERATION = "acceleration"
    END_OF_RANGE = "end of range"


@dataclass(frozen=True, slots=True)
class JointLimits:
    """Range, speed and acceleration of one joint, SI units.

    Within `soft_end_rad` of an end of its range the joint may only approach that end at a speed that falls in a
    straight line to zero, so that it never runs into a stop.
    """

    name: str
    min_rad: float
    max_rad: float
    max_speed_rad_s: float
    max_acceleration_rad_s2: float
    soft_end_rad: float


def limit_velocity(
    wanted_rad_s: float, previous_rad_s: float, position_rad: float | None, step_s: float, limits: JointLimits
) -> tuple[float, Cut | None]:
    """Return the velocity that is allowed now and the last reason it was cut for, if any.

    `position_rad` None: unknown, so the ends are left to whoever knows it (the arm's guard always does).
    Slowing down is always allowed at once: the acceleration limit binds only what makes the joint faster.
    """
    if not math.isfinite(wanted_rad_s):
        return 0.0, Cut.NOT_FINITE
    velocity, cut = wanted_rad_s, None
    if abs(velocity) > limits.max_speed_rad_s:
        velocity, cut = math.copysign(limits.max_speed_rad_s, velocity), Cut.SPEED
    # A change of direction starts from rest: braking is free, the new direction is not.
    start = previous_rad_s if previous_rad_s * velocity > 0.0 else 0.0
    fastest = abs(start) + limits.max_acceleration_rad_s2 * max(step_s, 0.0)
    if abs(velocity) > fastest:
        velocity, cut = math.copysign(fastest, velocity), Cut.ACCELERATION
    if position_rad is not None and velocity != 0.0:
        if not math.isfinite(position_rad):
            return 0.0, Cut.NOT_FINITE
        room = limits.max_rad - position_rad if velocity > 0.0 else position_rad - limits.min_rad
        near_end = limits.max_speed_rad_s * min(max(room / limits.soft_end_rad, 0.0), 1.0)
        if abs(velocity) > near_end:
            velocity, cut = math.copysign(near_end, velocity) if near_end else 0.0, Cut.END_OF_RANGE
    return velocity, cut
