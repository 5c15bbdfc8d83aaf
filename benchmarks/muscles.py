"""How many times faster than real time `sim.muscles` makes EMG, on one core.

    uv run python benchmarks/muscles.py

Eight sites at 1 kHz over the six muscles of `configs/wearers/transradial.toml`, with all disturbances; in blocks of a
second, and in hops of 10 ms as a closed loop asks for. Best of three runs of 20 s of signal each.
"""

import time
from pathlib import Path

import numpy as np

from sim.muscles.muscle_signal import MuscleSignal
from sim.muscles.preset import load_wearer

WEARER = Path(__file__).resolve().parents[1] / "configs/wearers/transradial.toml"
SECONDS = 20
RATE_HZ = 1000
# What is held: effort of the first muscle, effort of all others.
EFFORTS = {"rest": (0.0, 0.0), "one muscle at half effort": (0.5, 0.0), "all muscles at full effort": (1.0, 1.0)}


def times_real_time(signal: MuscleSignal, first: float, others: float, hop: int) -> float:
    """Return how much signal is made in the time that it takes."""
    rows = np.full((hop, len(signal.muscle_names)), others)
    rows[:, 0] = first
    signal.next_driven(rows)
    begun = time.perf_counter()
    for _ in range(SECONDS * RATE_HZ // hop):
        signal.next_driven(rows)
    return SECONDS / (time.perf_counter() - begun)


if __name__ == "__main__":
    preset = load_wearer(WEARER)
    print(f"{len(preset.sites)} sites, {len(preset.muscles)} muscles, {RATE_HZ} Hz: times real time")
    for name, (first, others) in EFFORTS.items():
        rows = [max(times_real_time(MuscleSignal(preset), first, others, hop) for _ in range(3)) for hop in (1000, 10)]
        print(f"{name:28}  blocks of 1 s {rows[0]:6.0f}   hops of 10 ms {rows[1]:6.0f}", flush=True)
