"""What a run configuration holds, table by table. `config_file` reads it."""

import math
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from controller.broker_address import BrokerAddress
from controller.config_section import Section
from controller.contract.message import Name
from controller.contract.requests import DeadBand, Gain, RampMs, SpeedLimit, Threshold, Vote
from controller.decoders.settings import DirectSettings, RegressionSettings
from controller.lsl_outlets import LslOutletConfig
from controller.process_priority import ProcessConfig
from controller.safety.freshness import FreshnessBounds
from controller.shaping.steady_start import StartSettings
from controller.stop_line import StopLineConfig

# What the decoder in the file `model` is called, with which every run begins.
DEFAULT_DECODER = "default"

Share = Annotated[float, Field(ge=-1, le=1)]
Unlikeness = Annotated[float, Field(gt=0, le=1000)]


class DeviceConfig(Section):
    """Which driver delivers the EMG, and its settings (docs/devices)."""

    kind: str
    settings: dict[str, Any] = Field(default_factory=dict)


class ShapingConfig(Section):
    """From intent to speed. `rejection`: motions whose threshold is another one. `vote`: odd count of decisions.

    `start_*`: how long, how sure and with what share of its span of effort a motion must be decided before it begins,
    and whether it must sound like muscle; `rejection_unlikeness`: how unlike training it may be at any time.
    `gain`: per joint; `class_gain`: of motions that are to be quicker or slower than others.
    """

    rejection_threshold: Threshold = 0.6
    rejection: dict[Name, Threshold] = Field(default_factory=dict)
    vote: Vote = 1
    start_ms: Annotated[float, Field(ge=0, le=1000)] = 200.0
    start_threshold: Threshold = 0.95
    start_effort: Annotated[float, Field(ge=0, le=0.9)] = 0.25
    start_like_muscle: bool = True
    rejection_unlikeness: Unlikeness = 2.6
    ramp_ms: RampMs = 100.0
    dead_band: DeadBand = 0.0
    gain: dict[Name, Gain] = Field(default_factory=dict)
    class_gain: dict[Name, Gain] = Field(default_factory=dict)

    @property
    def start(self) -> StartSettings:
        """How a motion begins."""
        return StartSettings(
            self.start_ms, self.start_threshold, self.start_effort, self.start_like_muscle, self.rejection_unlikeness
        )


class FeaturesConfig(Section):
    """How the next calibration filters this wearer's signal, and to what features it is reduced.

    `name`: of a feature set, or `auto` for the decoder's usual one. `notch_hz`: `auto` where mains hum is found at
    rest, `off`, or a frequency. `speed_high_pass_hz`: the speed follows what lies above; near the heart 100.
    """

    name: str = "auto"
    notch_hz: Literal["auto", "off"] | float = "auto"
    speed_high_pass_hz: Annotated[float, Field(gt=0)] | None = None

    @field_validator("notch_hz", mode="before")
    @classmethod
    def _notch(cls, value: object) -> object:
        if value in ("auto", "off"):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool) and 0.0 < value < math.inf:
            return value
        raise ValueError(f"expected 'auto', 'off', or a frequency above zero, got {value!r:.60}")


class SafetyConfig(Section):
    """Bounds of the freshness ladder and of commands; reasons in SAFETY.md.

    `speed_limit`: joints that are to stay below the arm's own limit, as a share of it.
    """

    slow_after_ms: Annotated[float, Field(gt=0)] = 60.0
    stale_after_ms: Annotated[float, Field(gt=0, le=150)] = 100.0
    dead_after_ms: Annotated[float, Field(gt=0, le=2000)] = 500.0
    resume_rest_ms: Annotated[float, Field(ge=100)] = 500.0
    soft_engage_ms: Annotated[float, Field(ge=0, le=5000)] = 500.0
    ttl_ms: Annotated[int, Field(ge=20, le=250)] = 200
    speed_limit: dict[Name, SpeedLimit] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.slow_after_ms < self.stale_after_ms < self.dead_after_ms:
            raise ValueError("expected slow_after_ms < stale_after_ms < dead_after_ms")
        return self

    @property
    def freshness(self) -> FreshnessBounds:
        """The ladder's bounds."""
        return FreshnessBounds(self.slow_after_ms, self.stale_after_ms, self.dead_after_ms)


class BlackBoxConfig(Section):
    """Where the last minutes are kept, and how much of the disk one file may take."""

    folder: Path = Path("blackbox")
    minutes: Annotated[float, Field(ge=1, le=60)] = 5.0
    max_mb: Annotated[int, Field(ge=1, le=2000)] = 64


class RunConfig(Section):
    """All that `efferent run` needs. Paths are relative to the file they stand in.

    `motions`: for each class of the model, what it means for the joints (share of full speed, -1 to 1); a class
    that is not named moves nothing. `adapt`: let the decoder learn from its own sure decisions, if it can.
    `profile`: where tuned values are kept, by `load_run` beside the file if it says nothing; None: nowhere.
    `decoders`: further model files, by the name that they are switched to by.
    `stop_line`: a hardware stop line on this machine, if any.
    `black_box`: writes the last minutes to the disk, if there is such a table.
    `lsl_outlet`: publishes EMG and decisions as LSL streams, if there is such a table.
    `process`: what to ask of the operating system; it is never required.
    `direct` and `regression`: how such a decoder is to work, when it is fitted.
    """

    arm: Path
    model: Path
    profile: Path | None = None
    device: DeviceConfig
    broker: BrokerAddress = BrokerAddress()
    motions: dict[Name, dict[Name, Share]]
    adapt: bool = True
    features: FeaturesConfig = FeaturesConfig()
    decoders: dict[Name, Path] = Field(default_factory=dict)
    direct: DirectSettings = DirectSettings()
    regression: RegressionSettings = RegressionSettings()
    shaping: ShapingConfig = ShapingConfig()
    safety: SafetyConfig = SafetyConfig()
    stop_line: StopLineConfig | None = None
    black_box: BlackBoxConfig | None = None
    lsl_outlet: LslOutletConfig | None = None
    process: ProcessConfig = ProcessConfig()
    signal_hz: Annotated[float, Field(gt=0, le=1000)] = 20.0

    @model_validator(mode="after")
    def _default_is_the_model(self) -> Self:
        if DEFAULT_DECODER in self.decoders:
            raise ValueError(f"[decoders] {DEFAULT_DECODER}: that name is for the file of 'model'; choose another")
        return self

    @property
    def decoder_files(self) -> dict[str, Path]:
        """Name → model file of all decoders that can be switched to; `model` first, as the one to begin with."""
        return {DEFAULT_DECODER: self.model, **self.decoders}
