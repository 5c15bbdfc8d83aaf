"""Which effects that people showed with real arms the virtual wearer shows: the table in docs/wearer-model.md.

uv run python benchmarks/wearer_effects.py [WEARERS]
"""

import sys
from collections.abc import Sequence
from functools import cache
from math import radians
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from clinic.assessments.fitts_test import FittsSettings, fitts_test
from clinic.assessments.reach import ReachTrial
from clinic.assessments.result import DifficultyLine, difficulty_line
from clinic.assessments.tac_test import TacSettings, tac_test
from controller.arm_config import ArmConfig
from controller.config_file import load_arm
from sim.emg.generator import DEFAULT_MOTIONS
from sim.wearer.closed_loop import ClosedLoop
from sim.wearer.model_decoder import DecoderErrors, ModelDecoder, ModelDecoderSettings
from sim.wearer.traits import somebody
from sim.wearer.wearer import VirtualWearer

SPEEDS = {
    "elbow_flexion": {"elbow": 1.0},
    "elbow_extension": {"elbow": -1.0},
    "pronation": {"wrist_rotation": -1.0},
    "supination": {"wrist_rotation": 1.0},
    "hand_close": {"hand": 1.0},
    "hand_open": {"hand": -1.0},
}
JOINTS = ("elbow", "wrist_rotation", "hand")
FEWEST = 3
MOST = 16
DELAYS_MS = (0.0, 100.0, 200.0, 300.0)
# Every fifth decision wrong: bad, so that what is to help has something to help with.
ERRORS = DecoderErrors(share=0.2)
NO_ERRORS = DecoderErrors()


def three_joints() -> ArmConfig:
    """Return the transhumeral arm without wrist flexion, which no motion moves."""
    arm = load_arm(Path(__file__).resolve().parents[1] / "configs/arms/transhumeral.toml")
    return ArmConfig(name=arm.name, joints=tuple(joint for joint in arm.joints if joint.name in JOINTS))


def loop(seed: int = 0, settings: ModelDecoderSettings | None = None, delay_ms: float = 0.0) -> ClosedLoop:
    """Return somebody with the arm and a decoder that errs as told."""
    wearer = VirtualWearer(DEFAULT_MOTIONS, SPEEDS, JOINTS, somebody(seed), seed)
    settings = ModelDecoderSettings() if settings is None else settings
    decoder = ModelDecoder(DEFAULT_MOTIONS, SPEEDS, JOINTS, settings, seed)
    return ClosedLoop(three_joints(), wearer, decoder, delay_ms)


def tac(closed: ClosedLoop, moved_joints: int = 1, repetitions: int = 1, seed: int = 0) -> list[ReachTrial]:
    """Let the wearer take a TAC test."""
    test = tac_test(closed.config.joints, TacSettings(moved_joints, repetitions=repetitions, seed=seed))
    closed.take(test)
    return test.trials


@cache
def trials(
    wearers: int = FEWEST,
    delay_ms: float = 0.0,
    moved_joints: int = 2,
    ramp_ms: float = 10.0,
    vote: int = 1,
    rejection_threshold: float = 0.0,
    errors: DecoderErrors = ERRORS,
) -> list[ReachTrial]:
    """Return the trials of so many wearers who have practised."""
    settings = ModelDecoderSettings(ramp_ms=ramp_ms, vote=vote, rejection_threshold=rejection_threshold, errors=errors)
    pooled = []
    for seed in range(wearers):
        closed = loop(seed, settings, delay_ms)
        tac(closed, seed=99)
        pooled += tac(closed, moved_joints, repetitions=4 - moved_joints, seed=seed)
    return pooled


def completed(some: Sequence[ReachTrial]) -> list[float]:
    """Return the completion times."""
    return [trial.completion_s for trial in some if trial.completion_s is not None]


def gain(with_it: Sequence[ReachTrial], without: Sequence[ReachTrial], figure: str) -> tuple[float, float]:
    """Return the mean difference of a figure over targets completed both times, and its standard error."""
    pairs = [
        (getattr(one, figure), getattr(other, figure))
        for one, other in zip(with_it, without, strict=True)
        if one.completed and other.completed
    ]
    differences: NDArray[np.float64] = np.array([one - other for one, other in pairs], dtype=np.float64)
    return float(differences.mean()), float(differences.std(ddof=1) / len(differences) ** 0.5)


def difficulty(wearers: int) -> DifficultyLine | None:
    """Return the line of a Fitts test with nine targets, each both ways, twice, with one joint."""
    layout = tuple((radians(distance), radians(width)) for distance in (20, 40, 75) for width in (6, 12, 24))
    pooled: list[ReachTrial] = []
    for seed in range(wearers):
        closed = loop(seed)
        tac(closed, seed=99)
        test = fitts_test([closed.config.joints[1]], FittsSettings(layout_rad=layout, repetitions=2, seed=seed))
        closed.take(test)
        pooled += [trial for trial in test.trials if trial.completed]
    return difficulty_line(pooled)


def practice(wearers: int) -> tuple[float, float]:
    """Return the mean completion time of beginners' first 6 targets, and of 12 after 12 of practice."""
    taken = [tac(loop(seed), repetitions=4, seed=seed) for seed in range(wearers)]
    early, late = ([time for some in taken for time in completed(some[part])] for part in (slice(6), slice(12, None)))
    return fmean(early), fmean(late)


def main() -> None:
    """Print the table."""
    wearers = int(sys.argv[1]) if len(sys.argv) > 1 else MOST
    times = [fmean(completed(trials(wearers, delay, 1, errors=NO_ERRORS))) for delay in DELAYS_MS]
    print(f"{wearers} wearers; completion time, s, with 0, 100, 200, 300 ms more delay:", *(f"{t:.2f}" for t in times))
    print(f"R² of the straight line: {np.corrcoef(DELAYS_MS, times)[0, 1] ** 2:.3f}")
    one, three = (fmean(completed(trials(wearers, moved_joints=count, errors=NO_ERRORS))) for count in (1, 3))
    print(f"three joints over one: {three / one:.2f} times the completion time")
    plain = trials(wearers)
    print(f"\nevery fifth decision wrong, {len(plain)} targets of two joints; difference to no help ± standard error")
    for name, helped in (
        ("vote over 5 decisions", trials(wearers, vote=5)),
        ("vote over 9 decisions", trials(wearers, vote=9)),
        ("velocity ramp of 300 ms", trials(wearers, ramp_ms=300.0)),
        ("rejection below 0.6", trials(wearers, rejection_threshold=0.6)),
    ):
        time_s, path = gain(helped, plain, "completion_s"), gain(helped, plain, "path_efficiency")
        shares = [len(completed(some)) / len(some) for some in (helped, plain)]
        overshoots = [fmean(trial.overshoots for trial in some) for some in (helped, plain)]
        unintended = [fmean(trial.unintended_rad for trial in some) for some in (helped, plain)]
        print(
            f"{name}: {time_s[0]:+.2f} ± {time_s[1]:.2f} s; path efficiency {path[0]:+.3f} ± {path[1]:.3f}; "
            f"overshoots {overshoots[0]:.2f} for {overshoots[1]:.2f}; unintended {unintended[0]:.3f} for "
            f"{unintended[1]:.3f} rad; completed {shares[0]:.3f} for {shares[1]:.3f}"
        )
    early, late = practice(wearers)
    print(f"\nfirst 6 targets {early:.2f} s, after 12 of practice {late:.2f} s")
    line = difficulty(wearers)
    if line is not None:
        print(f"Fitts: {line.intercept_s:.2f} s + {line.slope_s_per_bit:.2f} s/bit, R² {line.r_squared:.2f}")


if __name__ == "__main__":
    main()
