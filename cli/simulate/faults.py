"""What goes wrong in a scenario, and when: electrodes, skin, muscles, and the arm with mass."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from pydantic import Field

from controller.config_section import Section
from controller.contract.message import Name
from sim.arm.physics.arm import PhysicalArm
from sim.arm.physics.faults import ArmFaults
from sim.errors import SimError
from sim.muscles.muscle_signal import MuscleSignal

SiteName = Annotated[str, Field(min_length=1, max_length=64)]
Millimetres = Annotated[float, Field(ge=-50.0, le=50.0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Fault(Section):
    """From `at_s`, counted from the moment the arm is engaged; None for `for_s`: to the end."""

    at_s: Annotated[float, Field(ge=0.0, le=86_400.0)]
    for_s: Annotated[float, Field(gt=0.0, le=86_400.0)] | None = None


class SiteLifted(Fault):
    """A site comes off the skin. `site`: its name in the wearer's file."""

    kind: Literal["site_lifted"]
    site: SiteName


class SitesShifted(Fault):
    """One site, or all, sit elsewhere than at the calibration."""

    kind: Literal["sites_shifted"]
    along_mm: Millimetres = 0.0
    around_mm: Millimetres = 0.0
    site: SiteName | None = None


class Sweat(Fault):
    """Wet skin under all sites."""

    kind: Literal["sweat"]
    level: Share


class Posture(Fault):
    """The limb is held in a posture of the wearer's file."""

    kind: Literal["posture"]
    posture: Name


class Fatigue(Section):
    """All muscles are so tired at once; they recover by themselves."""

    kind: Literal["fatigue"]
    at_s: Annotated[float, Field(ge=0.0, le=86_400.0)]
    level: Share


class Bump(Section):
    """A knock against the socket."""

    kind: Literal["bump"]
    at_s: Annotated[float, Field(ge=0.0, le=86_400.0)]


class StuckJoint(Fault):
    """The motor of a joint does not turn."""

    kind: Literal["stuck_joint"]
    joint: Name


class EncoderNoise(Fault):
    """Every position is told wrong by so much (standard deviation)."""

    kind: Literal["encoder_noise"]
    rad: Annotated[float, Field(gt=0.0, le=1.0)]


class LinkLost(Fault):
    """The wire to the arm's motors and sensors is cut."""

    kind: Literal["link_lost"]


OfArm = StuckJoint | EncoderNoise | LinkLost
AnyFault = Annotated[
    SiteLifted | SitesShifted | Sweat | Posture | Fatigue | Bump | StuckJoint | EncoderNoise | LinkLost,
    Field(discriminator="kind"),
]


@dataclass(slots=True)
class Story:
    """Makes faults happen as time passes. `shift_mm`: along and around, where all sites sit without a fault.

    A fault that ends leaves things as they were at the beginning, whatever others of its kind still last.
    """

    faults: Sequence[AnyFault]
    signal: MuscleSignal
    arm: PhysicalArm | None
    shift_mm: tuple[float, float] = (0.0, 0.0)
    _due: list[tuple[float, int, bool, AnyFault]] = field(init=False)

    def __post_init__(self) -> None:
        if self.arm is None and any(isinstance(one, OfArm) for one in self.faults):
            raise SimError("what goes wrong in the arm itself needs an arm with mass: say physics = true in [arm]")
        self._due = [(one.at_s, number, True, one) for number, one in enumerate(self.faults)]
        for number, one in enumerate(self.faults):
            if isinstance(one, Fault) and one.for_s is not None:
                self._due.append((one.at_s + one.for_s, number, False, one))
        self._due.sort(key=lambda due: (due[0], due[2], due[1]))

    def pass_until(self, time_s: float) -> None:
        """Let happen what is due."""
        while self._due and self._due[0][0] <= time_s:
            _, _, begins, fault = self._due.pop(0)
            if isinstance(fault, OfArm):
                if self.arm is not None:
                    self.arm.faults = _changed(self.arm.faults, fault, begins)
            else:
                self._change(fault, begins)

    def _change(self, fault: SiteLifted | SitesShifted | Sweat | Posture | Fatigue | Bump, begins: bool) -> None:
        signal = self.signal
        if isinstance(fault, SiteLifted):
            signal.lift(fault.site, begins)
        elif isinstance(fault, SitesShifted):
            along_mm, around_mm = self.shift_mm
            if begins:
                along_mm, around_mm = along_mm + fault.along_mm, around_mm + fault.around_mm
            signal.shift_sites(along_mm, around_mm, fault.site)
        elif isinstance(fault, Sweat):
            signal.set_sweat(fault.level if begins else 0.0)
        elif isinstance(fault, Posture):
            signal.set_posture(fault.posture if begins else None)
        elif isinstance(fault, Fatigue):
            signal.set_fatigue(fault.level)
        else:
            signal.bump()


def _changed(faults: ArmFaults, fault: OfArm, begins: bool) -> ArmFaults:
    if isinstance(fault, StuckJoint):
        joint = {fault.joint}
        return replace(faults, stuck=faults.stuck | joint if begins else faults.stuck - joint)
    if isinstance(fault, EncoderNoise):
        return replace(faults, encoder_noise_rad=fault.rad if begins else 0.0)
    return replace(faults, link_lost=begins)
