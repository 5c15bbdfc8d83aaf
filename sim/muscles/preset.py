"""A wearer's file: muscles with their nerves and what they mean, sites, and what disturbs them.

The table nerve → target muscle → natural function → joint motion is `[[muscles]]`. Angles: 0° is the front of the limb,
positive towards its outer side.
"""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from controller.config_file import load_section
from controller.config_section import Section
from controller.contract.message import Name
from controller.errors import ConfigError
from sim.errors import SimError
from sim.muscles.pool import UNITS

Share = Annotated[float, Field(ge=0.0, le=1.0)]
NotNegative = Annotated[float, Field(ge=0.0)]
Positive = Annotated[float, Field(gt=0.0)]
Text = Annotated[str, Field(min_length=1, max_length=64)]


class Site(Section):
    """A pair of electrodes along the limb; `ecg_uv`: the heart's R wave there."""

    name: Text
    angle_deg: float
    along_mm: float
    ecg_uv: float = 0.0


class Muscle(Section):
    """A muscle, its nerve, and what the wearer means when it tightens.

    `moves`: joint → speed in [-1, 1] that `motion` stands for. `full_effort_uv`: RMS at full effort at the site that
    hears it best. `coactivates`: other muscle → share of this one's effort that it cannot help giving.
    `first_twitch_month`: of a reinnervated muscle, months from the operation.
    """

    name: Text
    nerve: Text
    reinnervated: bool
    motion: Name
    moves: Annotated[dict[Name, Annotated[float, Field(ge=-1.0, le=1.0)]], Field(min_length=1)]
    angle_deg: float
    depth_mm: Positive
    radius_mm: Positive
    full_effort_uv: Annotated[float, Field(ge=0.0, le=5000.0)]
    motor_units: Annotated[int, Field(ge=1, le=1000)] = UNITS
    coactivates: dict[Text, Share] = Field(default={})
    first_twitch_month: NotNegative = 3.0


class Background(Section):
    """What electrodes pick up besides muscle."""

    skin_noise_uv: NotNegative = 3.0
    mains_uv: NotNegative = 1.5
    mains_hz: Literal[50, 60] = 50
    motion_bursts_per_min: Annotated[float, Field(ge=0.0, le=600.0)] = 0.0
    motion_burst_uv: NotNegative = 300.0
    heart_rate_per_min: Annotated[float, Field(ge=20.0, le=250.0)] = 70.0
    impedance_drift: Annotated[float, Field(ge=0.0, le=10.0)] = 1.0


class Posture(Section):
    """A position of the limb: muscles that hold it up, and how far the skin with the sites slides over the muscles."""

    holding: dict[Text, Share] = Field(default={})
    slide_along_mm: float = 0.0
    slide_around_mm: float = 0.0


class WearerPreset(Section):
    """A whole wearer. `tiring`: how fast the muscles tire, 1 as published, 0 never."""

    name: Text
    level: Literal["transhumeral", "shoulder_disarticulation", "transradial"]
    limb_radius_mm: Positive
    fat_mm: NotNegative
    electrode_distance_mm: Positive
    tiring: Annotated[float, Field(ge=0.0, le=100.0)] = 1.0
    sites: Annotated[tuple[Site, ...], Field(min_length=1, max_length=64)]
    muscles: Annotated[tuple[Muscle, ...], Field(min_length=1, max_length=32)]
    background: Background = Background()
    postures: dict[Name, Posture] = Field(default={})

    @model_validator(mode="after")
    def _fits(self) -> Self:
        names = [muscle.name for muscle in self.muscles]
        if len(set(names)) != len(names):
            raise ValueError("every muscle needs a name of its own")
        if len({site.name for site in self.sites}) != len(self.sites):
            raise ValueError("every site needs a name of its own")
        motions = [muscle.motion for muscle in self.muscles]
        if "rest" in motions or len(set(motions)) != len(motions):
            raise ValueError("every muscle needs a motion of its own, which is not 'rest'")
        for muscle in self.muscles:
            if muscle.depth_mm + muscle.radius_mm > 2.0 * self.limb_radius_mm or muscle.depth_mm <= self.fat_mm:
                raise ValueError(f"the middle of '{muscle.name}' must lie below the fat, and the muscle in the limb")
        named = [other for muscle in self.muscles for other in muscle.coactivates]
        named += [other for posture in self.postures.values() for other in posture.holding]
        if unknown := sorted(set(named) - set(names)):
            raise ValueError(f"there is no muscle '{unknown[0]}'; there are: {', '.join(names)}")
        return self

    @property
    def motions(self) -> tuple[str, ...]:
        """`rest`, then the motion of each muscle, in the order of the muscles."""
        return ("rest", *(muscle.motion for muscle in self.muscles))

    def sitting_still(self) -> Self:
        """Return the same wearer without motion bursts, which come from moving about."""
        return self.model_copy(update={"background": self.background.model_copy(update={"motion_bursts_per_min": 0.0})})


def load_wearer(path: Path) -> WearerPreset:
    """Read a wearer's file. Raises `SimError` with every fault in it, by file and line."""
    try:
        return load_section(path, WearerPreset)
    except ConfigError as error:
        raise SimError(str(error)) from error
