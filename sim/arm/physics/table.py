"""An arm's physical table: what its links weigh, what its motors and gears can do, what feeds them."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from controller.arm_config import ArmConfig
from controller.config_section import Section
from controller.contract.message import Name

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


class Turns(StrEnum):
    """What a joint of the right arm does, in the body's words. Positive: flexion, supination, radial deviation."""

    ELBOW_FLEXION = "elbow_flexion"
    WRIST_FLEXION = "wrist_flexion"
    WRIST_DEVIATION = "wrist_deviation"
    ROTATION = "rotation"


class DriveTable(Section):
    """A motor with a gear that the load cannot turn, all figures at the joint.

    `stall_torque_nm` and `no_load_rad_s` span the motor's line of torque over speed at the battery's nominal voltage.
    `hold_nm`: what the gear holds without the motor before it slips. `stiffness_nm_rad`, `damping_nm_s_rad`: of the
    gear train, beyond the play `backlash_rad`. `rotor_inertia_kg_m2`: the motor's, times the gear ratio squared;
    `gear_inertia_kg_m2`: of the last stage, which moves with the joint.
    """

    stall_torque_nm: Positive
    no_load_rad_s: Positive
    stall_current_a: Positive
    hold_nm: Positive
    friction_nm: NotNegative
    backlash_rad: NotNegative
    stiffness_nm_rad: Positive
    damping_nm_s_rad: Positive
    rotor_inertia_kg_m2: Positive
    gear_inertia_kg_m2: NotNegative


class LinkTable(Section):
    """A link and the joint that turns it, with its mass along its length."""

    joint: Name
    turns: Turns
    length_m: Positive
    radius_m: Positive
    mass_kg: Positive
    drive: DriveTable


class HandTable(Section):
    """The hand: palm, four fingers on one axis, and a thumb that goes `thumb_share` of their angle towards them."""

    joint: Name
    mass_kg: Positive
    thumb_share: Annotated[float, Field(gt=0, le=1)]
    drive: DriveTable


class BatteryTable(Section):
    """Cells in series: voltage falls in a line with the charge taken, and by the current times the resistance."""

    full_v: Positive
    nominal_v: Positive
    empty_v: Positive
    capacity_ah: Positive
    resistance_ohm: NotNegative
    electronics_a: NotNegative

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.empty_v < self.full_v:
            raise ValueError(f"empty_v ({self.empty_v:g}) must be below full_v ({self.full_v:g})")
        return self


class PhysicalTable(Section):
    """The file beside an arm's: links from the body outwards, then the hand.

    `hangs`: what the socket is fixed to, an upper arm that hangs down or a forearm held forward.
    """

    hangs: Literal["upper_arm", "forearm"]
    socket_length_m: Positive
    socket_radius_m: Positive
    links: Annotated[tuple[LinkTable, ...], Field(min_length=1, max_length=8)]
    hand: HandTable
    battery: BatteryTable

    @property
    def drives(self) -> dict[str, DriveTable]:
        """Drives by joint, from the body outwards."""
        return {link.joint: link.drive for link in self.links} | {self.hand.joint: self.hand.drive}

    def differs_from(self, arm: ArmConfig) -> str:
        """Say in which joints this is not a table of `arm`; empty where it is."""
        mine, its = list(self.drives), [joint.name for joint in arm.joints]
        if sorted(mine) == sorted(its) and len(mine) == len(self.links) + 1:
            return ""
        return f"expected every joint of the arm '{arm.name}' once ({', '.join(its)}), got {', '.join(mine)}"
