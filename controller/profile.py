"""What a clinician tunes: as configured, as changed while the arm is in use, and how it gets into the shaper."""

from collections.abc import Iterator, Mapping

from controller.arm_config import ArmConfig
from controller.config import ShapingConfig
from controller.contract.requests import ProfileValues
from controller.decoders.model import ModelFacts
from controller.errors import ConfigError
from controller.rest_class import REST
from controller.shaping.shaper import Shaper
from controller.shaping.velocity_ramp import ramp_decisions

# The values that are given joint by joint, and those that are given motion by motion.
OF_JOINTS = ("gain", "speed_limit")
OF_MOTIONS = ("class_gain", "rejection")
NAMED = OF_JOINTS + OF_MOTIONS


def configured_values(
    shaping: ShapingConfig, arm: ArmConfig, facts: ModelFacts, speed_limit: Mapping[str, float] | None = None
) -> ProfileValues:
    """Return the values that the configuration gives, every one of them. `speed_limit`: that of [safety], if any.

    Raises `ConfigError` where it names a class that the model does not have, or `rest`, which is never rejected and
    moves nothing.
    """
    names, shares = facts.class_names, speed_limit or {}
    for key, named, why in (
        ("rejection", shaping.rejection, "is never rejected"),
        ("class_gain", shaping.class_gain, "moves nothing"),
    ):
        unknown = sorted(set(named) - set(names))
        if unknown:
            raise ConfigError(f"[shaping.{key}] names {', '.join(unknown)}, but the model decodes {', '.join(names)}")
        if REST in named:
            raise ConfigError(f"[shaping.{key}] names {REST}, which {why}; leave it out")
    return ProfileValues(
        gain={joint.name: shaping.gain.get(joint.name, 1.0) for joint in arm.joints},
        class_gain=dict(shaping.class_gain),
        speed_limit={joint.name: shares.get(joint.name, 1.0) for joint in arm.joints},
        rejection_threshold=shaping.rejection_threshold,
        rejection=dict(shaping.rejection),
        ramp_ms=shaping.ramp_ms,
        dead_band=shaping.dead_band,
        vote=shaping.vote,
    )


def changed(values: ProfileValues, change: ProfileValues) -> ProfileValues:
    """Return `values` with what `change` names."""
    said = change.model_dump(exclude_none=True)
    for name in NAMED:
        said[name] = getattr(values, name) | getattr(change, name)
    return values.model_copy(update=said)


def why_not(change: ProfileValues, arm: ArmConfig, facts: ModelFacts) -> str:
    """Return why `change` cannot be: a joint or a motion that is not there; empty if it can."""
    faults = []
    if joints := sorted({*change.gain, *change.speed_limit} - {joint.name for joint in arm.joints}):
        faults.append(f"the arm has no joint {', '.join(joints)}")
    if REST in change.rejection:
        faults.append(f"{REST} is never rejected and has no threshold")
    if REST in change.class_gain:
        faults.append(f"{REST} moves nothing and has no gain")
    if motions := sorted({*change.rejection, *change.class_gain} - set(facts.class_names) - {REST}):
        known = ", ".join(name for name in facts.class_names if name != REST)
        faults.append(f"the model has no motion {', '.join(motions)} (it has {known})")
    return "; ".join(faults)


def by_key(values: ProfileValues) -> Iterator[tuple[str, float]]:
    """Yield every value that is given as (key of a locked range, value), such as ("gain.elbow", 1.0)."""
    for name in ProfileValues.model_fields:
        value = getattr(values, name)
        if name in NAMED:
            yield from ((f"{name}.{key}", each) for key, each in value.items())
        elif value is not None:
            yield name, value


def speed_shares(values: ProfileValues, arm: ArmConfig) -> list[float]:
    """Return the speed limit of each joint as a share of the arm's own, in joint order; its own where none is given."""
    return [values.speed_limit.get(joint.name, 1.0) for joint in arm.joints]


def tune(shaper: Shaper, values: ProfileValues, arm: ArmConfig, facts: ModelFacts) -> None:
    """Give the shaper all of `values`, between two decisions. Raises `ValueError` when one is missing."""
    common, ramp_ms, dead_band, vote = values.rejection_threshold, values.ramp_ms, values.dead_band, values.vote
    if common is None or ramp_ms is None or dead_band is None or vote is None:
        raise ValueError("a profile in force has every value")
    shaper.tune(
        [values.gain[joint.name] for joint in arm.joints],
        [values.rejection.get(name, common) for name in facts.class_names],
        common,
        ramp_decisions(ramp_ms, facts.hop_s),
        dead_band,
        vote,
        [values.class_gain.get(name, 1.0) for name in facts.class_names],
    )
