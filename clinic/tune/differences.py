"""What differs between two profiles, value by value, under the keys that locked ranges have."""

from collections.abc import Mapping
from dataclasses import dataclass

from controller.contract.requests import ProfileState, ProfileValues

OF_JOINTS = ("gain", "speed_limit")
OF_MOTIONS = ("class_gain", "rejection")
# A motion without a gain of its own has this one.
USUAL_GAIN = 1.0
# What the contract allows, from the types of `ProfileValues`; a test holds them equal.
RANGES = {
    "gain": (0.0, 4.0),
    "class_gain": (0.0, 4.0),
    "speed_limit": (0.0, 1.0),
    "rejection": (0.0, 1.0),
    "rejection_threshold": (0.0, 1.0),
    "ramp_ms": (0.0, 5000.0),
    "dead_band": (0.0, 0.5),
    "vote": (1.0, 31.0),
}
Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Difference:
    """One value before and after; None where nothing was said of it."""

    key: str
    before: float | None
    after: float | None

    @property
    def words(self) -> str:
        """As a person reads it."""
        return f"{self.key.replace('.', ' ')} {_told(self.before)} → {_told(self.after)}"


def by_key(values: ProfileValues) -> dict[str, float]:
    """Return every value that is given, such as {"gain.elbow": 1.0, "ramp_ms": 100.0}."""
    found: dict[str, float] = {}
    for name in ProfileValues.model_fields:
        value = getattr(values, name)
        if isinstance(value, Mapping):
            found |= {f"{name}.{key}": float(each) for key, each in value.items()}
        elif value is not None:
            found[name] = float(value)
    return found


def differences(before: ProfileValues, after: ProfileValues) -> list[Difference]:
    """Return what is another value in `after`, in the order of the keys."""
    old, new = by_key(before), by_key(after)
    return [Difference(key, old.get(key), new.get(key)) for key in sorted(old | new) if old.get(key) != new.get(key)]


def lock_differences(before: Mapping[str, Range], after: Mapping[str, Range]) -> list[str]:
    """Return what changed in the ranges of the wearer, in words."""
    return [
        f"{key.replace('.', ' ')} free again" if key not in after else f"{key.replace('.', ' ')} {_range(after[key])}"
        for key in sorted({**before, **after})
        if before.get(key) != after.get(key)
    ]


def change_to(wanted: ProfileValues, now: ProfileValues) -> ProfileValues:
    """Return the change that makes `now` as `wanted` was. A change cannot take a motion's own value away.

    So a motion that had none gets what it went by then.
    """
    own = {
        "class_gain": dict.fromkeys(now.class_gain, USUAL_GAIN) | wanted.class_gain,
        "rejection": dict.fromkeys(now.rejection, wanted.rejection_threshold) | wanted.rejection,
    }
    return wanted.model_copy(update=own)


def ranges_for(state: ProfileState, joints: list[str], motions: list[str], is_clinician: bool) -> dict[str, Range]:
    """Return between what a person may choose each value; the controller has the last word."""
    keys = {key: RANGES[key] for key in RANGES if key not in (*OF_JOINTS, *OF_MOTIONS)}
    keys |= {f"{name}.{joint}": RANGES[name] for name in OF_JOINTS for joint in joints}
    keys |= {f"{name}.{motion}": RANGES[name] for name in OF_MOTIONS for motion in motions}
    if is_clinician:
        return keys
    now = by_key(state.values)
    for key, (low, high) in keys.items():
        highest = now.get(key, 1.0) if key.startswith("speed_limit.") else high
        common = state.locked.get("rejection_threshold") if key.startswith("rejection.") else None
        if key.startswith("class_gain.") and any(name.startswith("gain.") for name in state.locked):
            highest = max(now.get(key, USUAL_GAIN), USUAL_GAIN) if key not in state.locked else high
        lowest, most = state.locked.get(key, common or (low, high))
        keys[key] = (max(low, lowest), min(highest, most))
    return keys


def _told(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _range(bounds: Range) -> str:
    return f"{bounds[0]:g} to {bounds[1]:g} for the wearer"
