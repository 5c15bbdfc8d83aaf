"""What a scenario's file holds, table by table. `scenario_file` reads it."""

from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from cli.simulate.assessments import AnyAssessment
from cli.simulate.faults import AnyFault
from controller.calibration.fit import AUTO
from controller.calibration.fits.kinds import FITS
from controller.config import FeaturesConfig, ShapingConfig
from controller.config_section import Section
from controller.contract.message import Name
from controller.contract.requests import Gain
from controller.decoders.settings import DirectSettings, RegressionSettings
from sim.wearer.traits import WearerTraits

Seed = Annotated[int, Field(ge=0, lt=2**31)]
Millimetres = Annotated[float, Field(ge=-50.0, le=50.0)]
# A slip of the finger must not fill the disk.
MOST_SEEDS = 1000


class WearerSection(Section):
    """`months` after the operation; None for the wearer as the file has it. `traits`: those that are not drawn."""

    file: Path
    months: Annotated[float, Field(ge=0.0, le=600.0)] | None = None
    rate_hz: Annotated[float, Field(ge=200.0, le=20_000.0)] = 1000.0
    traits: dict[str, float] = Field(default_factory=dict)

    @field_validator("traits")
    @classmethod
    def _known(cls, traits: dict[str, float]) -> dict[str, float]:
        known = [trait.name for trait in fields(WearerTraits)]
        if unknown := sorted(set(traits) - set(known)):
            raise ValueError(f"a wearer has no trait '{unknown[0]}'; there are: {', '.join(known)}")
        return traits


class ArmSection(Section):
    """`physics`: the arm with mass; its table is `table`, or `physical/NAME.toml` beside the arm's `NAME.toml`.

    `joints`: those that tests ask to move; none named: those that the wearer's motions move.
    """

    file: Path
    physics: bool = False
    table: Path | None = None
    joints: tuple[Name, ...] = ()


class CalibrationSection(Section):
    """The session that the wearer sits through before the tests: trials of each motion, with rest before each."""

    repetitions: Annotated[int, Field(ge=1, le=20)] = 3
    rest_s: Annotated[float, Field(ge=0.5, le=60.0)] = 1.5
    hold_s: Annotated[float, Field(ge=0.5, le=60.0)] = 2.5


class Scenario(Section):
    """A wearer, an arm, a decoder with its settings, what goes wrong, and the tests. Paths as they stand in the file.

    `seeds`: people; each draws one, with her muscles, her session, her errors and the order of her targets.
    `gain`: of joints that `[shaping.gain]` does not name. `added_delay_ms`: between decision and arm. `shift_mm`: how
    far all electrodes sit around the limb from where they were at the calibration. `sweep`: key → its values, each
    combination with each seed is a run.
    """

    wearer: WearerSection
    arm: ArmSection
    seeds: Annotated[tuple[Seed, ...], Field(min_length=1, max_length=MOST_SEEDS)] = (1,)
    decoder: str = AUTO
    adapt: bool = True
    gain: Gain = 1.0
    added_delay_ms: Annotated[float, Field(ge=0.0, le=5000.0)] = 0.0
    shift_mm: Millimetres = 0.0
    calibration: CalibrationSection = CalibrationSection()
    features: FeaturesConfig = FeaturesConfig()
    shaping: ShapingConfig = ShapingConfig()
    direct: DirectSettings = DirectSettings()
    regression: RegressionSettings = RegressionSettings()
    faults: tuple[AnyFault, ...] = ()
    assessments: Annotated[tuple[AnyAssessment, ...], Field(min_length=1, max_length=100)]
    sweep: dict[str, Annotated[tuple[Any, ...], Field(min_length=1, max_length=1000)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.decoder not in (AUTO, *FITS):
            raise ValueError(f"decoder: expected one of {AUTO}, {', '.join(FITS)}, got '{self.decoder}'")
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError("seeds: every seed is another person, and one is there twice")
        if all(asked.practice for asked in self.assessments):
            raise ValueError("assessments: expected one at least that is not practice")
        return self
