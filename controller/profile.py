"""What a clinician tunes: as configured, as changed while the arm is in use, and how it gets into the shaper."""

from controller.arm_config import ArmConfig
from controller.config import ShapingConfig
from controller.contract.requests import ProfileValues
from controller.decoders.model import ModelFacts
from controller.errors import ConfigError
from controller.rest_class import REST
from controller.shaping.shaper import Shaper
from controller.shaping.velocity_ramp import ramp_decisions


def configured_values(shaping: ShapingConfig, arm: ArmConfig, facts: ModelFacts) -> ProfileValues:
    """Return the values that the configuration gives, every one of them.

    Raises `ConfigError` where it names a class that the model does not have, or `rest`, which is never rejected.
    """
    names = facts.class_names
    unknown = sorted(set(shaping.rejection) - set(names))
    if unknown:
        raise ConfigError(f"[shaping.rejection] names {', '.join(unknown)}, but the model decodes {', '.join(names)}")
    if REST in shaping.rejection:
        raise ConfigError(f"[shaping.rejection] names {REST}, which is never rejected; leave it out")
    return ProfileValues(
        gain={joint.name: shaping.gain.get(joint.name, 1.0) for joint in arm.joints},
        rejection_threshold=shaping.rejection_threshold,
        rejection=dict(shaping.rejection),
        ramp_ms=shaping.ramp_ms,
        dead_band=shaping.dead_band,
        vote=shaping.vote,
    )


def changed(values: ProfileValues, change: ProfileValues) -> ProfileValues:
    """Return `values` with what `change` names."""
    said = change.model_dump(exclude_none=True)
    said["gain"] = values.gain | change.gain
    said["rejection"] = values.rejection | change.rejection
    return values.model_copy(update=said)


def why_not(change: ProfileValues, arm: ArmConfig, facts: ModelFacts) -> str:
    """Return why `change` cannot be: a joint or a motion that is not there; empty if it can."""
    faults = []
    if joints := sorted(set(change.gain) - {joint.name for joint in arm.joints}):
        faults.append(f"the arm has no joint {', '.join(joints)}")
    if REST in change.rejection:
        faults.append(f"{REST} is never rejected and has no threshold")
    if motions := sorted(set(change.rejection) - set(facts.class_names) - {REST}):
        known = ", ".join(name for name in facts.class_names if name != REST)
        faults.append(f"the model has no motion {', '.join(motions)} (it has {known})")
    return "; ".join(faults)


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
    )
