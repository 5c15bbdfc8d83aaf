"""The decoder of a run: fitted to a session of its own wearer, and tuned as the controller tunes it."""

from cli.simulate.job import Job
from controller.calibration.fit import FitSettings, fit_model
from controller.calibration.training import Choices
from controller.decoders.model import Model
from controller.decoders.motions import Motions
from controller.profile import configured_values, tune
from controller.step import ControlStep, control_step
from sim.muscles.muscle_signal import MuscleSignal
from sim.muscles.preset import WearerPreset
from sim.wearer.emg import DrivenMuscles
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
    """Return what decides, tuned as the controller tunes it."""
    shaping = job.scenario.shaping
    values = configured_values(shaping, job.arm, model.facts)
    directions = Motions(tuple(values.gain), speeds_of(preset)).directions(model.facts.class_names)
    step = control_step(
        model, directions, list(values.gain.values()), shaping.rejection_threshold, shaping.ramp_ms, shaping.start
    )
    tune(step.shaper, values, job.arm, model.facts)
    step.shaper.reset()
    step.learns = job.scenario.adapt
    return step
