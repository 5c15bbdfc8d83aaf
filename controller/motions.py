"""What a run configuration says that the classes of a model mean, and whether the model agrees."""

import numpy as np
from numpy.typing import NDArray

from controller.arm_config import ArmConfig
from controller.config import RunConfig
from controller.decoders.model import Model, ModelFacts
from controller.decoders.motions import Motions
from controller.errors import ConfigError
from controller.rest_class import REST


def motions_of(config: RunConfig, arm: ArmConfig) -> Motions:
    """Return the [motions] of a configuration."""
    return Motions(tuple(joint.name for joint in arm.joints), config.motions)


def motion_directions(model: Model, config: RunConfig, arm: ArmConfig) -> NDArray[np.float64]:
    """Return [classes, joints]: what each class of the model means for each joint.

    Raises `ConfigError` when the configuration names a motion that the model does not have, `rest` moves, or the model
    was fitted for motions that meant something else.
    """
    facts = model.facts
    unknown = sorted(set(config.motions) - set(facts.class_names))
    if unknown:
        raise ConfigError(f"[motions] names {', '.join(unknown)}, but the model decodes {', '.join(facts.class_names)}")
    if any(config.motions.get(REST, {}).values()):
        raise ConfigError("[motions.rest] must not move any joint")
    motions = motions_of(config, arm)
    directions = motions.directions(facts.class_names)
    if facts.joints:
        _require_agreement(facts, motions.joints, directions)
    if facts.direct is not None and facts.direct != config.direct:
        raise ConfigError("[direct] is not what the model was fitted with; calibrate again with this configuration")
    if facts.regression is not None and facts.regression != config.regression:
        raise ConfigError("[regression] is not what the model was fitted with; calibrate again with this configuration")
    return directions


def _require_agreement(facts: ModelFacts, joints: tuple[str, ...], directions: NDArray[np.float64]) -> None:
    """Raise `ConfigError` at the first thing in which the arm or the motions differ from those of the fit."""
    if joints != facts.joints:
        raise ConfigError(
            f"the model's decoder '{facts.decoder}' was fitted for an arm with the joints {', '.join(facts.joints)}, "
            f"this one has {', '.join(joints)}; calibrate again with this configuration"
        )
    for name, meant, said in zip(facts.class_names, facts.directions, directions.tolist(), strict=True):
        for joint, before, now in zip(joints, meant, said, strict=True):
            if before != now:
                raise ConfigError(
                    f"[motions] {name} moves '{joint}' by {now:g}, but the model's decoder '{facts.decoder}' was "
                    f"fitted for {before:g}; calibrate again with this configuration"
                )
