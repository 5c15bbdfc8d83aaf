from typing import Annotated, Literal

from pydantic import Field

from controller.contract.message import Count, Message, Name, Nanoseconds, Text
from controller.safety.guard import Refusal
from controller.safety.limits import Cut, JointLimits

JointValues = Annotated[dict[Name, float], Field(max_length=32)]


class GuardCounters(Message):
    """What the guard accepted, dropped and cut since the arm started. `expirations`: a command outlived its ttl.

    `cuts`: control periods in which a joint got another velocity than commanded.
    """

    accepted: Count
    refused: dict[Refusal, Count]
    expirations: Count
    cuts: dict[Cut, Count] = Field(default_factory=dict)


class ArmState(Message):
    """Where the arm is (topic `state`, 50 Hz). `t_ns` is the arm's monotonic clock; load and grip where measured.

    `session` and `last_seq` name the last command that was accepted.
    """

    t_ns: Nanoseconds
    session: Annotated[str, Field(pattern=r"^([0-9a-f]{16})?$")]
    last_seq: Annotated[int, Field(ge=-1, lt=2**53)]
    stopped: bool
    position_rad: JointValues
    velocity_rad_s: JointValues
    load_nm: JointValues = Field(default_factory=dict)
    grip_force_n: float | None = None
    travel_rad: JointValues = Field(default_factory=dict)
    guard: GuardCounters


class JointManifest(Message):
    """One joint as the arm describes it. The arm's own configuration is the truth about its limits."""

    name: Name
    min_rad: float
    max_rad: float
    max_speed_rad_s: Annotated[float, Field(gt=0)]
    max_acceleration_rad_s2: Annotated[float, Field(gt=0)]
    max_jerk_rad_s3: Annotated[float, Field(gt=0)]
    soft_end_rad: Annotated[float, Field(gt=0)]
    max_grip_force_n: Annotated[float, Field(gt=0)] | None = None
    closing: Literal[-1, 1] = 1

    @property
    def limits(self) -> JointLimits:
        """The same for the safety layer."""
        return JointLimits(**self.model_dump())


class ArmStatus(Message):
    """What the arm is and whether it can be used (topic `arm/status`, retained; last will: `lost`)."""

    status: Literal["ready", "stopped", "ended", "lost"]
    cause: Text = ""
    joints: Annotated[tuple[JointManifest, ...], Field(max_length=32)] = ()
