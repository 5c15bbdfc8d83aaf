"""People who were never recorded: noise through a mixing of its own for each motion, in the files of each data set."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHANNELS, RATE_HZ = 8, 200.0
MOTIONS = ("rest", "WF", "WE", "RD", "UD", "FP", "FS", "HC")
PROMPT_ROWS = 400  # 2 s, of which one is left out
CYCLES = 6


def longterm_arrays(seed: int, days: int = 2, trials: int = 4) -> dict[str, Any]:
    generator = np.random.default_rng(seed)
    mixings = _mixings(generator)
    emg = np.empty((days, len(MOTIONS), trials, 300, CHANNELS), dtype=np.int16)
    for day in range(days):
        # An armband that sits a little otherwise each day.
        turned = 0.9 * mixings + 0.1 * np.roll(mixings, day, axis=2)
        for motion in range(len(MOTIONS)):
            for trial in range(trials):
                emg[day, motion, trial] = 2000.0 * _burst(generator, turned[motion], 300)
    return {
        "emg": emg,
        "scale": np.array(5e-5),
        "day": np.array([1, 2, 13, 17][:days], dtype=np.int16),
        "position": np.array(["N", "I", "N", "I"][:days]),
        "motion": np.array(MOTIONS),
        "fs": np.array(RATE_HZ),
    }


def readings_arrays(seed: int, sessions: int = 2) -> dict[str, Any]:
    """Per session a recording of rest alone and one per gesture, rest and gesture in turn."""
    generator = np.random.default_rng(seed)
    mixings = _mixings(generator)
    emg, label, session_of, prompt_of = [], [], [], []
    for session in range(1, sessions + 1):
        for prompt in range(len(MOTIONS)):
            for phase in range(2 * CYCLES):
                motion = prompt if phase % 2 else 0
                emg.append(30.0 * _burst(generator, mixings[motion], PROMPT_ROWS))
                label += [motion] * PROMPT_ROWS
            session_of += [session] * (2 * CYCLES * PROMPT_ROWS)
            prompt_of += [prompt] * (2 * CYCLES * PROMPT_ROWS)
    return {
        "emg": np.clip(np.concatenate(emg), -128, 127).astype(np.int8),
        "label": np.array(label, dtype=np.int8),
        "session": np.array(session_of, dtype=np.int8),
        "prompt": np.array(prompt_of, dtype=np.int8),
        "fs": np.array(RATE_HZ),
        "source_id": np.array(f"made-{seed}"),
    }


def write_people(data: Path, longterm: int = 1, readings: int = 1, days: int = 2) -> Path:
    """Write so many people of each data set; no folder where there are none."""
    for folder, count, arrays, name in (
        ("longterm_myo", longterm, partial(longterm_arrays, days=days), "sub{}.npz"),
        ("myo_readings", readings, readings_arrays, "P{:02d}.npz"),
    ):
        for number in range(1, count + 1):
            (data / folder).mkdir(parents=True, exist_ok=True)
            np.savez(data / folder / name.format(number), allow_pickle=False, **arrays(number))
    return data


def _mixings(generator: np.random.Generator) -> NDArray[np.float64]:
    mixings = generator.normal(0.0, 1.0, (len(MOTIONS), CHANNELS, CHANNELS))
    mixings[0] = 0.2 * np.eye(CHANNELS)
    return mixings


def _burst(generator: np.random.Generator, mixing: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    return generator.normal(0.0, 0.3, (rows, CHANNELS)) @ mixing
