"""A calibration session that this very wearer sits through: with the aim, the spill and the relaxing of later use.

A decoder that is fitted to contractions without spill rejects those with it as unlike all training.
"""

import numpy as np
from numpy.typing import NDArray

from drivers.recordings.recording import Recording
from drivers.source import StreamInfo, Unit
from sim.errors import SimError
from sim.wearer.contraction import Contraction
from sim.wearer.emg import Emg
from sim.wearer.traits import WearerTraits

STEP_S = 0.01
# The effort is meant anew so often within one trial, so that the decoder hears several.
MEANT_FOR_S = 0.8
EFFORT = (0.3, 0.9)
# Below this activation the samples count as rest.
ONSET = 0.05


def session(
    emg: Emg, traits: WearerTraits, repetitions: int = 3, rest_s: float = 1.5, hold_s: float = 2.5, seed: int = 0
) -> Recording:
    """Return `repetitions` trials of each motion, rest before each; each motion is a segment that ends at rest.

    Labels follow the activation, not the prompt. The EMG moves on.
    """
    if repetitions < 1 or rest_s < 0.5 or hold_s < 0.5:
        raise SimError(
            f"a session needs at least 1 repetition, 0.5 s of rest and 0.5 s of motion, "
            f"not {repetitions}, {rest_s:g} s and {hold_s:g} s"
        )
    generator = np.random.default_rng([seed, 5])
    muscles = Contraction(len(emg.motions), traits, generator)
    samples_per_step = max(round(STEP_S * emg.rate_hz), 1)
    parts: list[NDArray[np.float64]] = []
    rows: list[tuple[int, int, int]] = []

    def record(seconds: float, segment: int, repetition: int) -> None:
        for _ in range(round(seconds / STEP_S)):
            activation = muscles.step(STEP_S)
            parts.append(emg.driven(activation, samples_per_step))
            active = int(activation.argmax()) if activation.max() >= ONSET else 0
            rows.append((active, segment, repetition))

    for motion in range(1, len(emg.motions)):
        for repetition in range(1, repetitions + 1):
            muscles.relax()
            record(rest_s, motion - 1, repetition)
            for left_s in np.arange(hold_s, 0.0, -MEANT_FOR_S).tolist():
                muscles.contract(motion, float(generator.uniform(*EFFORT)), 1.0)
                record(min(MEANT_FOR_S, left_s), motion - 1, repetition)
        muscles.relax()
        record(rest_s, motion - 1, repetitions)
    columns = np.repeat(np.array(rows, dtype=np.int64), samples_per_step, axis=0)
    labels = tuple(f"site {number}" for number in range(1, emg.channel_count + 1))
    return Recording(
        info=StreamInfo("virtual wearer", emg.channel_count, emg.rate_hz, Unit.MICROVOLT, labels, f"wearer-{seed}"),
        samples=np.concatenate(parts),
        class_names=emg.motions,
        class_of_sample=np.ascontiguousarray(columns[:, 0]),
        repetition=np.ascontiguousarray(columns[:, 2]),
        session=np.ones(len(columns), dtype=np.int64),
        segment=np.ascontiguousarray(columns[:, 1]),
    )
