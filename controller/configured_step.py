"""The control step as a configuration and a profile say: what decides live, and wherever the same is to decide."""

from controller.arm_config import ArmConfig
from controller.config import RunConfig
from controller.contract.requests import ProfileValues
from controller.decoders.model import Model
from controller.motions import motion_directions
from controller.profile import tune
from controller.step import ControlStep, control_step


def configured_step(model: Model, config: RunConfig, arm: ArmConfig, values: ProfileValues) -> ControlStep:
    """Return what decides with `model`; `values` are a profile in force. Raises `ConfigError` for unfitting motions."""
    step = control_step(
        model,
        motion_directions(model, config, arm),
        list(values.gain.values()),
        config.shaping.rejection_threshold,
        config.shaping.ramp_ms,
        config.shaping.start,
    )
    tune(step.shaper, values, arm, model.facts)
    step.shaper.reset()
    step.learns = config.adapt
    return step
