"""The decoder of a run: fitted to a session of its own wearer, and tuned as the controller tunes it."""

from pathlib import Path

from cli.simulate.job import Job
from controller.calibration.fit import FitSettings, fit_model
from controller.calibration.training import Choices
from controller.config import DeviceConfig, RunConfig
from controller.configured_step import configured_step
from controller.decoders.model import Model
from controller.decoders.motions import Motions
from controller.profile import configured_values
from controller.step import ControlStep
from sim.muscles.muscle_signal import MuscleSignal
from sim.muscles.preset import WearerPreset
from sim.wearer.emg import DrivenMuscles
from sim.wearer.in_turn import JointsInTurn
from sim.wearer.session import session
from sim.wearer.traits import WearerTraits

# Labels follow what the wearer does and not a prompt: only what slides over an edge is left out.
SETTLE_MS = 250.0
# Occasions of one person: other discharges and noise in the session than in use.
SESSION, USE = 0, 1


def speeds_of(preset: WearerPreset) -> dict[str, dict[str, float]]:
    """Return what each motion means for the joints, as `[motions]` of a run's file."""
    return {muscle.motion: dict(muscle.moves) for muscle in preset.muscles}


def fitted(job: Job, preset: WearerPreset, traits: WearerTraits) -> Model:
    """Let the wearer sit through a session, and fit the decoder to it. Raises `CalibrationError`."""
    scenario = job.scenario
    calibration, features = scenario.calibration, scenario.features
    signal = MuscleSignal(preset, scenario.wearer.rate_hz, job.seed, SESSION)
    trained = session(
        DrivenMuscles(signal), traits, calibration.repetitions, calibration.rest_s, calibration.hold_s, job.seed
    )
    motions = Motions(tuple(joint.name for joint in job.arm.joints), speeds_of(preset))
    settings = FitSettings(
        decoder=scenario.decoder,
        feature_set=features.name,
        notch_hz=None if features.notch_hz == "off" else features.notch_hz,
        speed_high_pass_hz=features.speed_high_pass_hz,
        settle_ms=SETTLE_MS,
        choices=Choices(motions, scenario.direct, scenario.regression),
    )
    return fit_model(trained, settings, "a virtual wearer")


def step_of(job: Job, model: Model, preset: WearerPreset) -> ControlStep:
    """Return what decides: the controller's own step, as a run with these settings would make it."""
    scenario = job.scenario
    gain = dict.fromkeys((joint.name for joint in job.arm.joints), scenario.gain) | scenario.shaping.gain
    shaping = scenario.shaping.model_copy(update={"gain": gain})
    config = RunConfig(
        arm=scenario.arm.file,
        model=Path(),
        device=DeviceConfig(kind="virtual wearer"),
        motions=speeds_of(preset),
        adapt=scenario.adapt,
        features=scenario.features,
        direct=scenario.direct,
        regression=scenario.regression,
        shaping=shaping,
    )
    return configured_step(model, config, job.arm, configured_values(shaping, job.arm, model.facts))


def turns_of(job: Job, preset: WearerPreset) -> JointsInTurn | None:
    """Return what somebody keeps in mind whose two sites move the joints in turn; None with any other decoder."""
    direct = job.scenario.direct
    if job.scenario.decoder != "direct" or direct.scheme != "two_site":
        return None
    ways = {joint.name: _own_motions(preset, joint.name) for joint in job.arm.joints}
    joints = direct.joints or tuple(name for name, (forward, backward) in ways.items() if forward and backward)
    return JointsInTurn(*ways[joints[0]], joints)


def _own_motions(preset: WearerPreset, joint: str) -> tuple[str, str]:
    """Return the motions that move this joint alone, forward and backward; empty where there is none."""
    alone = {m.motion: m.moves[joint] for m in preset.muscles if [name for name in m.moves if m.moves[name]] == [joint]}
    forward = max(alone, key=lambda name: alone[name], default="")
    backward = min(alone, key=lambda name: alone[name], default="")
    return forward if alone.get(forward, 0.0) > 0.0 else "", backward if alone.get(backward, 0.0) < 0.0 else ""
