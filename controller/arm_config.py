"""An arm's file: its joints and their limits."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from controller.config_section import Section
from controller.contract.message import Name
from controller.safety.limits import SLOWING, JointLimits

# Time in which a joint reaches its full acceleration unless its file says otherwise. A person's movement over A rad in
# T s begins with a jerk of 60 A / T³ and peaks at 5.8 A / T² (Flash & Hogan 1985,
# doi 10.1523/JNEUROSCI.05-07-01688.1985): for a quick one of 0.3 s the second over the first is 30 ms.
USUAL_ONSET_S = 0.03


class JointConfig(Section):
    """One joint of an arm, SI units.

    `max_jerk_rad_s3` None: full acceleration is reached in `USUAL_ONSET_S`. `max_grip_force_n`: of a joint that grips;
    closing, in the direction `closes`, ends there.
    """

    name: Name
    min_rad: float
    max_rad: float
    max_speed_rad_s: Annotated[float, Field(gt=0)]
    max_acceleration_rad_s2: Annotated[float, Field(gt=0)]
    max_jerk_rad_s3: Annotated[float, Field(gt=0)] | None = None
    soft_end_rad: Annotated[float, Field(gt=0)] = 0.15
    max_grip_force_n: Annotated[float, Field(gt=0)] | None = None
    closes: Literal["positive", "negative"] = "positive"
    rest_rad: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.min_rad < self.max_rad:
            raise ValueError(f"min_rad ({self.min_rad:g}) must be below max_rad ({self.max_rad:g})")
        if self.rest_rad is not None and not self.min_rad <= self.rest_rad <= self.max_rad:
            raise ValueError(f"rest_rad ({self.rest_rad:g}) must lie within min_rad and max_rad")
        # A soft end is of use where the joint can slow down within it (`JointLimits.fastest_at`).
        needed_rad = 0.77 * self.max_speed_rad_s**2 / (SLOWING * self.max_acceleration_rad_s2)
        if self.soft_end_rad < needed_rad:
            raise ValueError(
                f"soft_end_rad ({self.soft_end_rad:g}) is too short to slow down in from {self.max_speed_rad_s:g} "
                f"rad/s with {self.max_acceleration_rad_s2:g} rad/s²: expected {needed_rad:.3f} or more"
            )
        return self

    @property
    def limits(self) -> JointLimits:
        """The part that the safety layer needs."""
        return JointLimits(
            self.name,
            self.min_rad,
            self.max_rad,
            self.max_speed_rad_s,
            self.max_acceleration_rad_s2,
            self.max_acceleration_rad_s2 / USUAL_ONSET_S if self.max_jerk_rad_s3 is None else self.max_jerk_rad_s3,
            self.soft_end_rad,
            self.max_grip_force_n,
            1.0 if self.closes == "positive" else -1.0,
        )


class ArmConfig(Section):
    """An arm: its name (part of every topic) and its joints."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
    joints: Annotated[tuple[JointConfig, ...], Field(min_length=1, max_length=32)]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [joint.name for joint in self.joints]
        if len(set(names)) != len(names):
            raise ValueError("every joint needs a name of its own")
        return self

    @property
    def limits(self) -> tuple[JointLimits, ...]:
        """Limits in joint order."""
        return tuple(joint.limits for joint in self.joints)
