"""What one joint may do, and a velocity cut down to it. Pure; used by the governor and again by the arm's guard."""

import math
from dataclasses import dataclass
from enum import StrEnum

# Slowing down may be so many times as hard as speeding up, in acceleration and jerk. With the arms in configs/arms a
# joint then stands 0.1 s after the wearer relaxed at full speed; at 1 it would run on for a quarter of a second.
SLOWING = 4.0
# Of steps so short that they were more, all are the same.
MOST_STEPS = 1e6
# The share of the grip force limit over which closing slows down to a stop.
GRIP_BAND = 0.25


class Cut(StrEnum):
    """Why something else was let through than was asked for."""

    NOT_FINITE = "not finite"  # the wish, or the feedback that it would need
    SPEED = "speed"
    ACCELERATION = "acceleration"
    JERK = "jerk"
    SLOWING = "slowing"  # still faster than wished, because slowing down is smooth
    AGEING_INPUT = "ageing input"
    SOFT_ENGAGE = "soft engage"
    END_OF_RANGE = "end of range"
    GRIP_FORCE = "grip force"


@dataclass(frozen=True, slots=True)
class JointLimits:
    """Range, speed, acceleration and jerk of one joint, SI units.

    Within `soft_end_rad` of an end of its range the joint may only approach that end at a speed that falls to zero,
    so that it never runs into a stop. `max_grip_force_n`: of a joint that grips, the force at which closing ends;
    `closing` is the sign of the velocity that closes.
    """

    name: str
    min_rad: float
    max_rad: float
    max_speed_rad_s: float
    max_acceleration_rad_s2: float
    max_jerk_rad_s3: float
    soft_end_rad: float
    max_grip_force_n: float | None = None
    closing: float = 1.0

    def fastest_at(self, position_rad: float, forward: float) -> float:
        """Return the highest speed in the direction of the sign of `forward`, in rad/s, for the room that is left.

        With x the share of the soft end that is left: full speed times x (2 - x). Slowing begins gently where the soft
        end begins; the hardest, at x = 0.42, is 0.77 max_speed² / soft_end.
        """
        room = self.max_rad - position_rad if forward > 0.0 else position_rad - self.min_rad
        share = min(max(room / self.soft_end_rad, 0.0), 1.0)
        return self.max_speed_rad_s * share * (2.0 - share)


def limit_velocity(
    wanted_rad_s: float,
    previous_rad_s: float,
    acceleration_rad_s2: float,
    position_rad: float | None,
    grip_force_n: float | None,
    step_s: float,
    limits: JointLimits,
    smooth: bool,
) -> tuple[float, float, Cut | None]:
    """Return the velocity that is allowed now, its acceleration in the direction of motion, and the last cut, if any.

    Previous velocity and acceleration are what this returned `step_s` ago. A position or force of None is unknown, and
    left to whoever knows it; one that is no number allows no motion that would need it.

    Getting faster is always bounded by acceleration and jerk. `smooth`: getting slower too, `SLOWING` times as hard,
    and turning round passes through rest; each acceleration ends as smoothly as it began, unless the wish changes and
    would be overshot. Not `smooth`: never faster than wished; getting slower is at once. Ends of the range and the grip
    force bound the speed at once either way.
    """
    if not math.isfinite(wanted_rad_s):
        return 0.0, 0.0, Cut.NOT_FINITE
    forward, target = wanted_rad_s, abs(wanted_rad_s)
    if smooth and previous_rad_s != 0.0 and (wanted_rad_s == 0.0 or (wanted_rad_s > 0.0) != (previous_rad_s > 0.0)):
        forward, target = previous_rad_s, 0.0
    same_way = (forward > 0.0) == (previous_rad_s > 0.0)
    speed, acceleration = (abs(previous_rad_s), acceleration_rad_s2) if same_way else (0.0, 0.0)
    cut: Cut | None = None
    if target > limits.max_speed_rad_s:
        target, cut = limits.max_speed_rad_s, Cut.SPEED
    step_s = max(step_s, 0.0)
    if target > speed:
        speed, acceleration, slower = _faster(speed, acceleration, target, step_s, limits, smooth)
        cut = slower or cut
    elif target < speed:
        speed, acceleration = _slower(speed, acceleration, target, step_s, limits) if smooth else (target, 0.0)
        cut = Cut.SLOWING if speed > target or target < abs(wanted_rad_s) else cut
    else:
        acceleration = 0.0
    if speed == 0.0:
        return 0.0, 0.0, cut
    fastest, end = _fastest(forward, position_rad, grip_force_n, limits)
    if speed > fastest:
        speed, acceleration, cut = fastest, 0.0, end
    return math.copysign(speed, forward) if speed else 0.0, acceleration, cut


def _faster(
    speed: float, acceleration: float, target: float, step_s: float, limits: JointLimits, smooth: bool
) -> tuple[float, float, Cut | None]:
    """Get faster towards `target`; return speed, acceleration, and what kept it below."""
    jerk = limits.max_jerk_rad_s3
    if acceleration < 0.0:  # it was slowing down: that ends first, as smoothly as it began
        acceleration = min(acceleration + SLOWING * jerk * step_s, 0.0)
        return max(speed + acceleration * step_s, 0.0), acceleration, Cut.JERK
    rate, cut = acceleration + jerk * step_s, Cut.JERK
    if smooth:
        rate = min(rate, _glide(target - speed, jerk, step_s))
    if rate > limits.max_acceleration_rad_s2:
        rate, cut = limits.max_acceleration_rad_s2, Cut.ACCELERATION
    if speed + rate * step_s >= target:
        return target, (target - speed) / step_s, None
    return speed + rate * step_s, rate, cut


def _slower(
    speed: float, acceleration: float, target: float, step_s: float, limits: JointLimits
) -> tuple[float, float]:
    """Slow down smoothly towards `target`. What was getting faster stops doing so at once: a wish is not overshot."""
    jerk = SLOWING * limits.max_jerk_rad_s3
    rate = min(
        max(-acceleration, 0.0) + jerk * step_s,
        _glide(speed - target, jerk, step_s),
        SLOWING * limits.max_acceleration_rad_s2,
    )
    return max(speed - rate * step_s, target), -rate


def _glide(gap: float, jerk: float, step_s: float) -> float:
    """Return the acceleration from which `gap` is closed exactly, when each later step takes `jerk` · `step_s` off it.

    In units of jerk step², n steps that fall by one and begin with r close r n - n (n - 1) / 2, at most n (n + 1) / 2.
    """
    unit = jerk * step_s * step_s
    if unit == 0.0:
        return 0.0
    units = gap / unit
    steps = math.ceil(min((math.sqrt(1.0 + 8.0 * units) - 1.0) / 2.0, MOST_STEPS)) or 1
    return (units / steps + (steps - 1) / 2.0) * jerk * step_s


def _fastest(
    forward: float, position_rad: float | None, grip_force_n: float | None, limits: JointLimits
) -> tuple[float, Cut]:
    """Return the speed that the limit, position and grip force allow, and which of them bounds it."""
    fastest, cut = limits.max_speed_rad_s, Cut.SPEED
    if position_rad is not None:
        if not math.isfinite(position_rad):
            return 0.0, Cut.NOT_FINITE
        if limits.fastest_at(position_rad, forward) < fastest:
            fastest, cut = limits.fastest_at(position_rad, forward), Cut.END_OF_RANGE
    most_n = limits.max_grip_force_n
    if most_n is not None and grip_force_n is not None and forward * limits.closing > 0.0:
        if not math.isfinite(grip_force_n):
            return 0.0, Cut.NOT_FINITE
        share = max((most_n - grip_force_n) / (GRIP_BAND * most_n), 0.0)
        if limits.max_speed_rad_s * share < fastest:
            fastest, cut = limits.max_speed_rad_s * share, Cut.GRIP_FORCE
    return fastest, cut
