"""What was tuned survives the controller: one small JSON file beside the configuration, whole or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Literal

from pydantic import Field, ValidationError

from controller.arm_config import ArmConfig
from controller.config import RunConfig
from controller.contract.message import MAX_PAYLOAD_BYTES, Count, Message, Text
from controller.contract.requests import Locked, ProfileState, ProfileValues
from controller.decoders.model import ModelFacts
from controller.errors import ConfigError
from controller.profile import NAMED, OF_JOINTS, configured_values
from drivers.atomic_file import write_atomically

CONFIGURATION = "configuration"


class StoredProfile(Message):
    """`configured`: what the configuration said when `values` were tuned, to see later what was edited since."""

    format: Literal[1] = 1
    arm: Text
    version: Count
    author: Text
    values: ProfileValues
    configured: ProfileValues
    locked: Locked = Field(default_factory=dict)
    reason: Text = ""


@dataclass(slots=True)
class ProfileFile:
    """`configured`: what the configuration says now, every value. Safe to save from a thread."""

    path: Path
    arm_name: str
    class_names: Sequence[str]
    configured: ProfileValues
    _saved_version: int = -1
    _lock: Lock = field(default_factory=Lock)

    def load(self) -> ProfileState:
        """Return the profile to begin with: what was tuned, save where the configuration was edited afterwards.

        Raises `ConfigError` for a file that cannot be read, is damaged, or belongs to another arm. Whoever turned a
        gain down had a reason: to go on with the configuration's values might move faster than was decided.
        """
        if not self.path.exists():
            return ProfileState(version=0, author=CONFIGURATION, values=self.configured)
        stored = _with_speed_limits(self._read())
        values = _newest_of(stored, self.configured, self.class_names)
        as_stored = ProfileState(
            version=stored.version, author=stored.author, values=values, locked=stored.locked, reason=stored.reason
        )
        if values == stored.values:
            return as_stored
        edited = {"version": stored.version + 1, "author": CONFIGURATION, "reason": "the configuration was edited"}
        return as_stored.model_copy(update=edited)

    def save(self, profile: ProfileState) -> None:
        """Write `profile`, unless a newer one is there; the one before is kept as `<name>.previous`. Raises OSError."""
        stored = StoredProfile(
            arm=self.arm_name,
            version=profile.version,
            author=profile.author,
            values=profile.values,
            configured=self.configured,
            locked=profile.locked,
            reason=profile.reason,
        )
        with self._lock:
            if profile.version > self._saved_version:
                write_atomically(self.path, stored.model_dump_json(indent=1).encode(), keep_previous=True)
                self._saved_version = profile.version

    def _read(self) -> StoredProfile:
        try:
            with self.path.open("rb") as file:
                stored = StoredProfile.model_validate_json(file.read(MAX_PAYLOAD_BYTES))
        except OSError as error:
            raise ConfigError(f"expected a profile at {self.path}, cannot read it: {error.strerror}") from error
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            where = f"{place}: " if place else ""
            raise ConfigError(
                f"{self.path} is damaged ({where}{first['msg']}); put {self.path.name}.previous in its place, or "
                "take it away to begin with the configuration's values"
            ) from error
        if stored.arm != self.arm_name:
            raise ConfigError(
                f"{self.path} was tuned on the arm '{stored.arm}', the configuration names '{self.arm_name}'; "
                "take it away, or name another file with profile = ..."
            )
        return stored


def first_profile(config: RunConfig, arm: ArmConfig, facts: ModelFacts) -> tuple[ProfileFile | None, ProfileState]:
    """Return where the profile is kept, None for nowhere, and the one to begin with. Raises `ConfigError`."""
    configured = configured_values(config.shaping, arm, facts, config.safety.speed_limit)
    if config.profile is None:
        return None, ProfileState(version=0, author=CONFIGURATION, values=configured)
    file = ProfileFile(config.profile, arm.name, facts.class_names, configured)
    return file, file.load()


def _with_speed_limits(stored: StoredProfile) -> StoredProfile:
    """A file from before there were speed limits says none: nothing has changed by that."""
    if stored.configured.speed_limit:
        return stored
    whole = {"speed_limit": dict.fromkeys(stored.configured.gain, 1.0)}
    return stored.model_copy(
        update={name: getattr(stored, name).model_copy(update=whole) for name in ("values", "configured")}
    )


def _newest_of(stored: StoredProfile, configured: ProfileValues, class_names: Sequence[str]) -> ProfileValues:
    """Who spoke last wins, value by value; joints and motions that are no longer there fall away."""
    before, tuned = stored.configured, stored.values
    newest: dict[str, object] = {}
    for name in NAMED:
        known = configured.gain if name in OF_JOINTS else class_names
        each = _newest_each(getattr(before, name), getattr(tuned, name), getattr(configured, name))
        newest[name] = {key: value for key, value in each.items() if key in known}
    for name in ("rejection_threshold", "ramp_ms", "dead_band", "vote"):
        said = getattr(tuned, name)
        edited = said is None or getattr(before, name) != getattr(configured, name)
        newest[name] = getattr(configured, name) if edited else said
    return ProfileValues.model_validate(newest)


def _newest_each(before: dict[str, float], tuned: dict[str, float], now: dict[str, float]) -> dict[str, float]:
    """The configuration's for each name that it says something else of than before, or nothing any more."""
    kept = {name: value for name, value in tuned.items() if before.get(name) == now.get(name)}
    return now | kept
