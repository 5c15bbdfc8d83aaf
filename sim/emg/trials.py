"""A calibration session that a virtual wearer sits through: prompted trials with their true labels."""

import numpy as np
from numpy.typing import NDArray

from drivers.recordings.recording import Recording
from sim.emg.led_wearer import LedWearer
from sim.errors import SimError

# Efforts of a real session vary; proportional control needs them to (clinical.md 3.6).
_EFFORT = (0.3, 0.9)
_RAMP_SHARE = 0.3
_STEP_S = 0.02


def prompted_trials(
    wearer: LedWearer, repetitions: int = 4, rest_s: float = 1.5, hold_s: float = 2.5, seed: int = 0
) -> Recording:
    """Return `repetitions` trials of each motion: rest, then the motion, ramped up and held with a drifting effort.

    Labels follow the muscles, not the prompt. `repetition` counts the trials of one motion, the rest before each
    included; each motion is a `segment` of its own that begins and ends at rest. The wearer's signal moves on.
    """
    if repetitions < 1 or rest_s < 0.5 or hold_s < 0.5:
        raise SimError(
            f"a session needs at least 1 repetition, 0.5 s of rest and 0.5 s of motion, "
            f"not {repetitions}, {rest_s:g} s and {hold_s:g} s"
        )
    generator = np.random.default_rng([seed, 4])
    parts: list[NDArray[np.float64]] = []
    classes: list[NDArray[np.int64]] = []
    trial_of_part: list[tuple[int, int]] = []

    def record(seconds: float, motion: str, effort: float, trial: tuple[int, int]) -> None:
        wearer.set_intent(motion, effort)
        samples, active = wearer.next_labelled(max(1, round(seconds * wearer.info.rate_hz)))
        parts.append(samples)
        classes.append(active)
        trial_of_part.append(trial)

    for segment, motion in enumerate(wearer.motions[1:]):
        for repetition in range(1, repetitions + 1):
            trial = (segment, repetition)
            record(rest_s, "rest", 0.0, trial)
            for effort in _efforts(round(hold_s / _STEP_S), generator):
                record(_STEP_S, motion, effort, trial)
        record(rest_s, "rest", 0.0, (segment, repetitions))
    lengths = [len(part) for part in parts]
    trials = np.repeat(np.array(trial_of_part, dtype=np.int64), lengths, axis=0)
    return Recording(
        info=wearer.info,
        samples=np.concatenate(parts),
        class_names=wearer.motions,
        class_of_sample=np.concatenate(classes),
        repetition=np.ascontiguousarray(trials[:, 1]),
        session=np.ones(len(trials), dtype=np.int64),
        segment=np.ascontiguousarray(trials[:, 0]),
    )


def _efforts(steps: int, generator: np.random.Generator) -> list[float]:
    """Return the effort of each step of one trial: a ramp to one effort, then a drift to another."""
    reached, left = generator.uniform(*_EFFORT, 2)
    ramp = max(1, round(_RAMP_SHARE * steps))
    efforts = np.interp(np.arange(1, steps + 1), (0, ramp, steps), (0.0, reached, left))
    return [float(effort) for effort in efforts]
