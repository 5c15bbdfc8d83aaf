"""Reading configuration in TOML: checked whole, all faults in one message."""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import ConfigDict, ValidationError

from controller.arm_config import ArmConfig
from controller.broker_address import BrokerAddress
from controller.config import DeviceConfig, RunConfig
from controller.config_faults import describe_faults
from controller.config_section import Section
from controller.errors import ConfigError

# A hundred times the longest configuration; what is larger is something else, and is not read into memory.
MAX_BYTES = 1_000_000


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
    return load_section(path, ArmConfig)


def load_broker(path: Path) -> BrokerAddress:
    """Read the `[broker]` table of any file that has one; raises `ConfigError`."""
    return load_section(path, BrokerFile).broker.relative_to(path.parent)


def load_device(path: Path) -> DeviceConfig:
    """Read the `[device]` table of any file that has one; raises `ConfigError`."""
    return load_section(path, DeviceFile).device


def load_run(path: Path) -> tuple[RunConfig, ArmConfig]:
    """Read a run configuration and the arm it names; raises `ConfigError` with all faults of both."""
    config = load_section(path, RunConfig)
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
        f"[safety.speed_limit] the arm '{arm.name}' has no joint '{joint}'"
        for joint in config.safety.speed_limit
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


def load_section(path: Path, kind: type[S]) -> S:
    """Read a whole file as one section; raises `ConfigError` with all faults, by file and line."""
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
