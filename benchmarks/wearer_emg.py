"""Virtual wearers with six sites after transhumeral TMR, through muscles, the controller's step and a decoder.

For effects that hang on a decoder's own character: pattern recognition beside direct control, and shifted electrodes.

    uv run python benchmarks/wearer_emg.py [WEARERS]
"""

import sys
from functools import cache
from pathlib import Path
from statistics import fmean, median

from benchmarks.wearer_effects import JOINTS, SPEEDS, completed, tac, three_joints
from clinic.assessments.reach import ReachTrial
from controller.calibration.fit import FitSettings, fit_model
from controller.calibration.training import Choices
from controller.config import ShapingConfig
from controller.decoders.model import Model
from controller.decoders.motions import Motions
from controller.decoders.settings import DirectSettings
from controller.step import control_step
from sim.muscles.muscle_signal import MuscleSignal
from sim.muscles.preset import WearerPreset, load_wearer
from sim.wearer.closed_loop import ClosedLoop
from sim.wearer.emg import DrivenMuscles
from sim.wearer.in_turn import JointsInTurn
from sim.wearer.session import session
from sim.wearer.signal_decoder import SignalDecoder
from sim.wearer.traits import somebody
from sim.wearer.wearer import VirtualWearer

PATTERN, DIRECT = "gaussian", "direct"
# Whose muscles are the two sites of direct control.
PAIR = ("elbow_flexion", "elbow_extension")
# Labels follow what the wearer does: only what slides over an edge is left out.
SETTLE_MS = 250.0


@cache
def six_sites() -> WearerPreset:
    """Return the wearer's file."""
    return load_wearer(Path(__file__).resolve().parents[1] / "configs/wearers/transhumeral_six.toml")


@cache
def model(seed: int, decoder: str = PATTERN) -> Model:
    """Return the decoder fitted to a session that this very person sat through."""
    emg = DrivenMuscles(MuscleSignal(six_sites(), seed=seed))
    direct = DirectSettings(scheme="two_site", joints=JOINTS)
    settings = FitSettings(decoder, settle_ms=SETTLE_MS, choices=Choices(Motions(JOINTS, SPEEDS), direct))
    return fit_model(session(emg, somebody(seed), seed=seed), settings, "a virtual wearer")


def emg_loop(seed: int, decoder: str = PATTERN, around_mm: float = 0.0) -> ClosedLoop:
    """Return somebody with her decoder; the sites have shifted by `around_mm` around the limb since the session."""
    fitted, shaping = model(seed, decoder), ShapingConfig()
    directions = Motions(JOINTS, SPEEDS).directions(fitted.facts.class_names)
    threshold, ramp_ms = shaping.rejection_threshold, shaping.ramp_ms
    step = control_step(fitted, directions, [1.0] * len(JOINTS), threshold, ramp_ms, shaping.start)
    signal = MuscleSignal(six_sites(), seed=seed, take=1)
    if around_mm:
        signal.shift_sites(around_mm=around_mm)
    in_turn = JointsInTurn(*PAIR, JOINTS) if decoder == DIRECT else None
    wearer = VirtualWearer(six_sites().motions, SPEEDS, JOINTS, somebody(seed), seed, in_turn)
    return ClosedLoop(three_joints(), wearer, SignalDecoder(DrivenMuscles(signal), step, fitted.facts))


@cache
def emg_trials(
    wearers: int, decoder: str = PATTERN, around_mm: float = 0.0, moved_joints: int = 3, practice: bool = True
) -> list[ReachTrial]:
    """Return the trials of so many people, every target once; `practice`: six targets of one joint before."""
    pooled = []
    for seed in range(wearers):
        closed = emg_loop(seed, decoder, around_mm)
        if practice:
            tac(closed, seed=99)
        pooled += tac(closed, moved_joints, seed=seed)
    return pooled


def row(name: str, trials: list[ReachTrial]) -> None:
    """Print what became of the targets."""
    times = completed(trials)
    unintended = fmean(trial.unintended_rad for trial in trials)
    said = f"median {median(times):.2f} s, mean {fmean(times):.2f} s" if times else "no times"
    print(f"{name:42} {len(times)} of {len(trials)}; {said}; unintended {unintended:.3f} rad", flush=True)


if __name__ == "__main__":
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    row("three joints, pattern recognition", emg_trials(people))
    row("three joints, two-site direct control", emg_trials(people, DIRECT))
    for shift_mm in (0.0, 5.0, 10.0, 15.0, 20.0):
        row(f"one joint, shifted by {shift_mm:g} mm", emg_trials(people, around_mm=shift_mm, moved_joints=1))
