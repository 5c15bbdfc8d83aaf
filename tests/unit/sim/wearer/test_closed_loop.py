"""The loop with the decoder that is told what is meant, and with the controller's real step on EMG."""

from functools import cache
from math import radians
from pathlib import Path

import numpy as np
import pytest

from benchmarks.wearer_effects import JOINTS, SPEEDS, loop, tac, three_joints
from clinic.assessments.motion_test import MotionSettings, MotionTest
from clinic.assessments.reach import ReachTrial
from clinic.assessments.rest_test import RestTest
from clinic.assessments.tac_test import TacSettings, tac_test
from controller.calibration.fit import FitSettings, fit_model
from controller.config import ShapingConfig
from controller.config_file import load_arm
from controller.decoders.model import Model
from controller.decoders.motions import Motions
from controller.step import ControlStep, control_step
from sim.arm.physics.arm import PhysicalArm
from sim.arm.physics.faults import ArmFaults
from sim.arm.physics.file import load_physical, physical_file
from sim.emg.generator import DEFAULT_MOTIONS, WearerSignal
from sim.emg.trials import prompted_trials
from sim.errors import SimError
from sim.muscles.muscle_signal import MuscleSignal
from sim.muscles.preset import load_wearer
from sim.wearer.closed_loop import ClosedLoop
from sim.wearer.emg import DrivenMuscles, StrongestMotion
from sim.wearer.interpreter import Interpreted
from sim.wearer.model_decoder import DecoderErrors, ModelDecoder, ModelDecoderSettings
from sim.wearer.session import session
from sim.wearer.signal_decoder import SignalDecoder
from sim.wearer.traits import somebody
from sim.wearer.wearer import VirtualWearer

CONFIGS = Path(__file__).resolve().parents[4] / "configs"


@cache
def model() -> Model:
    return fit_model(prompted_trials(WearerSignal(seed=0), repetitions=2), FitSettings(settle_ms=250.0), "a test")


def real_step() -> ControlStep:
    shaping = ShapingConfig()
    directions = Motions(JOINTS, SPEEDS).directions(model().facts.class_names)
    return control_step(model(), directions, [1.0] * 3, shaping.rejection_threshold, shaping.ramp_ms, shaping.start)


def real_loop(seed: int = 1) -> ClosedLoop:
    wearer = VirtualWearer(DEFAULT_MOTIONS, SPEEDS, JOINTS, somebody(seed), seed)
    decoder = SignalDecoder(StrongestMotion(WearerSignal(seed=0, take=1)), real_step(), model().facts)
    return ClosedLoop(three_joints(), wearer, decoder)


def test_the_wearer_completes_a_tac_test_through_the_real_step_and_rests_without_motion() -> None:
    closed = real_loop()
    trials = tac(closed)
    assert sum(trial.completed for trial in trials) >= 5
    assert all(0.0 < trial.completion_s <= 15.0 for trial in trials if trial.completion_s is not None)
    rest = RestTest(JOINTS, 20.0)
    closed.take(rest)
    assert rest.trials[0].motion_rad == 0.0


def test_the_wearer_takes_a_motion_test_through_the_real_step() -> None:
    closed = real_loop()
    test = MotionTest(model().facts.class_names, MotionSettings(repetitions=1))
    closed.take(test)
    assert len(test.trials) == 6
    assert all(trial.completed for trial in test.trials)


def test_the_same_seed_gives_the_same_trials_to_the_bit() -> None:
    def figures(trials: list[ReachTrial]) -> list[tuple[float | None, float | None, float]]:
        return [(trial.completion_s, trial.path_efficiency, sum(trial.travel_rad.values())) for trial in trials]

    assert figures(tac(real_loop())) == figures(tac(real_loop()))
    assert figures(tac(loop(2))) == figures(tac(loop(2)))
    assert figures(tac(loop(2))) != figures(tac(loop(3)))


def test_added_delay_comes_between_the_decision_and_the_arm() -> None:
    def first_motion_s(delay_ms: float) -> float:
        closed = loop(0, delay_ms=delay_ms)
        closed.engage()
        began_s = closed.now_s
        closed.wearer.want_motion("hand_close")
        start = dict(closed.position_rad)
        while abs(closed.position_rad["hand"] - start["hand"]) < 0.01:
            closed.step()
        return closed.now_s - began_s

    assert first_motion_s(150.0) - first_motion_s(0.0) == pytest.approx(0.15, abs=0.001)


def test_the_arm_obeys_the_guard_in_the_loop_too() -> None:
    closed = loop(0)
    test = tac_test(closed.config.joints, TacSettings(repetitions=1))
    closed.take(test)
    limits = {joint.name: joint for joint in closed.config.joints}
    for trial in test.trials:
        for column, name in enumerate(trial.trajectory.joints):
            way = trial.trajectory.positions_rad[:, column]
            assert way.min() >= limits[name].min_rad
            assert way.max() <= limits[name].max_rad
            assert np.abs(np.diff(way)).max() <= limits[name].max_speed_rad_s * 0.01 + 1e-9


class NeverReady:
    """Input that cannot be trusted."""

    hop_s = 0.01

    def interpret(self, activation: object) -> Interpreted:
        del activation
        return Interpreted([0.0] * 3, False, None)


def test_an_arm_that_cannot_be_engaged_says_so() -> None:
    closed = loop(0)
    closed.interpreter = NeverReady()
    with pytest.raises(SimError, match="could not be engaged within 10 s: it is idle"):
        closed.engage()


def test_the_model_decoder_errs_as_often_and_as_long_as_told_and_never_in_rest() -> None:
    settings = ModelDecoderSettings(errors=DecoderErrors(share=0.2, burst_decisions=5.0))
    decoder = ModelDecoder(DEFAULT_MOTIONS, SPEEDS, JOINTS, settings, seed=1)
    meant = np.zeros(len(DEFAULT_MOTIONS))
    assert {decoder.interpret(meant).decided for _ in range(200)} == {"rest"}
    meant[3] = 0.5
    for _ in range(10):
        decoder.interpret(meant)  # half a window
    decided = [decoder.interpret(meant).decided for _ in range(20_000)]
    wrong = np.array([one != DEFAULT_MOTIONS[3] for one in decided])
    bursts = np.count_nonzero(np.diff(wrong.astype(int)) == 1)
    # A burst's motion is drawn from all six, the right one too: a sixth of the bursts are none.
    assert wrong.mean() == pytest.approx(0.2 * 5 / 6, rel=0.1)
    assert wrong.sum() / bursts == pytest.approx(5.0, rel=0.15)


def test_what_makes_no_decoder_is_refused() -> None:
    for share, burst in ((0.5, 5.0), (-0.1, 5.0), (0.1, 0.5)):
        with pytest.raises(SimError, match="bursts"):
            DecoderErrors(share=share, burst_decisions=burst)
    with pytest.raises(SimError, match="8 channels at 1000 Hz, the wearer's signal has 4"):
        SignalDecoder(StrongestMotion(WearerSignal(4)), real_step(), model().facts)


def test_muscles_with_motor_units_and_an_arm_with_mass_fit_into_the_same_loop() -> None:
    preset = load_wearer(CONFIGS / "wearers/transhumeral_six.toml")
    traits = somebody(1)
    trained = session(DrivenMuscles(MuscleSignal(preset, seed=0)), traits, repetitions=2)
    fitted = fit_model(trained, FitSettings(settle_ms=250.0), "a test")
    arm = load_arm(CONFIGS / "arms/transhumeral.toml")
    joints = tuple(joint.name for joint in arm.joints)
    directions = Motions(joints, SPEEDS).directions(fitted.facts.class_names)
    step = control_step(fitted, directions, [1.0] * len(joints), 0.6, 100.0)
    wearer = VirtualWearer(preset.motions, SPEEDS, joints, traits, 1)
    decoder = SignalDecoder(DrivenMuscles(MuscleSignal(preset, seed=0, take=1)), step, fitted.facts)
    table = load_physical(physical_file(CONFIGS / "arms/transhumeral.toml"))
    closed = ClosedLoop(arm, wearer, decoder, arm=PhysicalArm(arm, table))
    test = tac_test(tuple(joint for joint in arm.joints if joint.name in JOINTS), TacSettings(repetitions=1))
    closed.take(test)
    assert len(test.trials) == 6
    assert sum(trial.completed for trial in test.trials) >= 4
    commanded_rad, rest = closed.commanded_rad, RestTest(joints, 20.0)
    assert commanded_rad > 6 * radians(35.0)
    closed.take(rest)
    assert closed.commanded_rad == commanded_rad
    # What an arm with mass moves all the same is its settling after it was put back: microradians, soon over.
    assert rest.trials[0].motion_rad < 1e-4
    before = dict(closed.position_rad)
    closed.pass_time(5.0)
    assert max(abs(closed.position_rad[name] - before[name]) for name in joints) < 1e-9


def test_eyes_see_the_arm_where_its_sensors_do_not() -> None:
    arm_file = CONFIGS / "arms/transhumeral.toml"
    config = load_arm(arm_file)
    names = tuple(joint.name for joint in config.joints)
    wearer = VirtualWearer(DEFAULT_MOTIONS, SPEEDS, names, somebody(1), 1)
    decoder = ModelDecoder(DEFAULT_MOTIONS, SPEEDS, names, ModelDecoderSettings(), 1)
    body = PhysicalArm(config, load_physical(physical_file(arm_file)))
    closed = ClosedLoop(config, wearer, decoder, arm=body)
    closed.engage()
    body.faults = ArmFaults(encoder_noise_rad=0.1)
    closed.step()
    assert closed.position_rad["elbow"] == pytest.approx(0.8, abs=1e-3) != body.position_rad["elbow"]
    closed.wearer.want({"elbow": 1.5}, 0.08)
    body.faults = ArmFaults(link_lost=True)
    closed.pass_time(1.0)
    assert body.position_rad == {}
    assert closed.position_rad["elbow"] == pytest.approx(0.8, abs=1e-3)
    body.faults = ArmFaults()
    closed.pass_time(5.0)
    assert closed.position_rad["elbow"] > 1.2
