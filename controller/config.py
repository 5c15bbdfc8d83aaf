"""Configuration in TOML: checked whole, all faults in one message."""

import math
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from controller.broker_address import BrokerAddress
from controller.config_faults import describe_faults
from controller.contract.message import Name
from controller.contract.requests import DeadBand, Gain, RampMs, Threshold, Vote
from controller.decoders.settings import DirectSettings, RegressionSettings
from controller.errors import ConfigError
from controller.lsl_outlets import LslOutletConfig
from controller.process_priority import ProcessConfig
from controller.safety.freshness import FreshnessBounds
from controller.safety.limits import SLOWING, JointLimits
from controller.shaping.steady_start import StartSettings
from controller.stop_line import StopLineConfig

# What the decoder in the file `model` is called, with which every run begins.
DEFAULT_DECODER = "default"
# A hundred times the longest configuration; what is larger is something else, and is not read into memory.
MAX_BYTES = 1_000_000

Share = Annotated[float, Field(ge=-1, le=1)]
Unlikeness = Annotated[float, Field(gt=0, le=1000)]

# Time in which a joint reaches its full acceleration unless its file says otherwise. A person's movement over A rad in
# T s begins with a jerk of 60 A / T³ and peaks at 5.8 A / T² (Flash & Hogan 1985,
# doi 10.1523/JNEUROSCI.05-07-01688.1985): for a quick one of 0.3 s the second over the first is 30 ms.
USUAL_ONSET_S = 0.03


class Section(BaseModel):
    """A table of a configuration file. Unknown keys are faults: a misspelt limit must not be a missing limit."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


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


class DeviceConfig(Section):
    """Which driver delivers the EMG, and its settings (docs/devices)."""

    kind: str
    settings: dict[str, Any] = {}


class ShapingConfig(Section):
    """From intent to speed. `rejection`: motions whose threshold is another one. `vote`: odd count of decisions.

    `start_*`: how long, how sure and with what share of its span of effort a motion must be decided before it begins,
    and whether it must sound like muscle; `rejection_unlikeness`: how unlike training it may be at any time.
    """

    rejection_threshold: Threshold = 0.6
    rejection: dict[Name, Threshold] = {}
    vote: Vote = 1
    start_ms: Annotated[float, Field(ge=0, le=1000)] = 200.0
    start_threshold: Threshold = 0.95
    start_effort: Annotated[float, Field(ge=0, le=0.9)] = 0.25
    start_like_muscle: bool = True
    rejection_unlikeness: Unlikeness = 2.6
    ramp_ms: RampMs = 100.0
    dead_band: DeadBand = 0.0
    gain: dict[Name, Gain] = {}

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
    """Bounds of the freshness ladder and of commands; reasons in SAFETY.md."""

    slow_after_ms: Annotated[float, Field(gt=0)] = 60.0
    stale_after_ms: Annotated[float, Field(gt=0, le=150)] = 100.0
    dead_after_ms: Annotated[float, Field(gt=0, le=2000)] = 500.0
    resume_rest_ms: Annotated[float, Field(ge=100)] = 500.0
    soft_engage_ms: Annotated[float, Field(ge=0, le=5000)] = 500.0
    ttl_ms: Annotated[int, Field(ge=20, le=250)] = 200

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
    decoders: dict[Name, Path] = {}
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


class BrokerFile(Section):
    """The `[broker]` table of a file of its own, or of a run's file, whose other tables are not looked at."""

    model_config = ConfigDict(extra="ignore")

    broker: BrokerAddress


class DeviceFile(Section):
    """The `[device]` table of a file of its own, or of a run's file, whose other tables are not looked at."""

    model_config = ConfigDict(extra="ignore")

    device: DeviceConfig


S = TypeVar("S", bound=Section)


def load_arm(path: Path) -> ArmConfig:
    """Read an arm's file; raises `ConfigError`."""
    return _load(path, ArmConfig)


def load_broker(path: Path) -> BrokerAddress:
    """Read the `[broker]` table of any file that has one; raises `ConfigError`."""
    return _load(path, BrokerFile).broker.relative_to(path.parent)


def load_device(path: Path) -> DeviceConfig:
    """Read the `[device]` table of any file that has one; raises `ConfigError`."""
    return _load(path, DeviceFile).device


def load_run(path: Path) -> tuple[RunConfig, ArmConfig]:
    """Read a run configuration and the arm it names; raises `ConfigError` with all faults of both."""
    config = _load(path, RunConfig)
    folder = path.parent
    config = config.model_copy(
        update={
            "arm": folder / config.arm,
            "model": folder / config.model,
            "decoders": {name: folder / file for name, file in config.decoders.items()},
            "profile": folder / (config.profile or f"{path.stem}.profile.json"),
            "broker": config.broker.relative_to(folder),
            "black_box": config.black_box
            and config.black_box.model_copy(update={"folder": folder / config.black_box.folder}),
        }
    )
    arm = load_arm(config.arm)
    known = {joint.name for joint in arm.joints}
    faults = [
        f"[motions] {motion}: the arm '{arm.name}' has no joint '{joint}' (it has {', '.join(sorted(known))})"
        for motion, joints in config.motions.items()
        for joint in joints
        if joint not in known
    ]
    faults += [
        f"[shaping.gain] the arm '{arm.name}' has no joint '{joint}'"
        for joint in config.shaping.gain
        if joint not in known
    ]
    faults += [
        f"[direct] joints: the arm '{arm.name}' has no joint '{joint}'"
        for joint in config.direct.joints
        if joint not in known
    ]
    faults += [
        f"[direct.sites] {motion} is none of the [motions] ({', '.join(config.motions)})"
        for motion in config.direct.sites
        if motion not in config.motions
    ]
    if faults:
        raise ConfigError(f"{path}: " + "; ".join(faults))
    return config, arm


def _load(path: Path, kind: type[S]) -> S:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        text = raw.decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(f"expected a configuration file at {path}, cannot read it: {reason}") from error
    if len(raw) > MAX_BYTES:
        raise ConfigError(f"expected a configuration file at {path}, but it is larger than {MAX_BYTES} bytes")
    try:
        return kind.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    except ValidationError as error:
        raise ConfigError(describe_faults(path, text, error)) from error
