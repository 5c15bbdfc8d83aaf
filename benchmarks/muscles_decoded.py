"""How the default decoder does on simulated muscles: month by month, and after the sites have shifted.

    uv run python benchmarks/muscles_decoded.py

Wearers of `configs/wearers` sit through three prompted repetitions of each motion; the decoder is fitted to these and
decides two more of another occasion, without learning from them. Five seeds each. `wrong`: share of the windows of
200 ms, one each 10 ms, that are decided for another class than the muscles' own.
"""

from pathlib import Path

import numpy as np

from controller.evaluation.candidate import Labelled
from controller.evaluation.candidates import candidate
from controller.evaluation.person import Frame, settled
from sim.emg.trials import prompted_trials
from sim.muscles.muscle_wearer import MuscleWearer
from sim.muscles.preset import WearerPreset, load_wearer
from sim.muscles.reinnervation import at_month

WEARERS = Path(__file__).resolve().parents[1] / "configs/wearers"
DECODER = candidate("gaussian")
FRAME = Frame(window_ms=200.0, hop_ms=10.0)
SEEDS = range(5)


def wrong_percent(preset: WearerPreset, seed: int, around_mm: float) -> float:
    """Return the share of wrong decisions on another occasion, with the sites shifted around the limb."""
    training = prompted_trials(MuscleWearer(preset, seed=seed), repetitions=3, seed=seed)
    fitted = DECODER.fit([Labelled(training)], FRAME)
    wearer = MuscleWearer(preset, seed=seed, take=1)
    wearer.signal.shift_sites(around_mm=around_mm)
    trials = prompted_trials(wearer, repetitions=2, seed=seed + 1000)
    windows, decoder = fitted.windows(trials), fitted.decoder()
    decided = np.array([decoder.decide(vector).argmax() for vector in windows.vectors])
    counted = settled(trials, FRAME)[windows.newest_row]
    return 100.0 * float((decided != trials.class_of_sample[windows.newest_row])[counted].mean())


def row(name: str, preset: WearerPreset, around_mm: float = 0.0) -> None:
    """Print mean and range over the seeds."""
    wrong = [wrong_percent(preset, seed, around_mm) for seed in SEEDS]
    print(f"{name:44} wrong {np.mean(wrong):5.1f} % ({min(wrong):.1f}-{max(wrong):.1f})", flush=True)


if __name__ == "__main__":
    for path in sorted(WEARERS.glob("*.toml")):
        wearer = load_wearer(path)
        for shift_mm in (0.0, 10.0, 20.0):
            row(f"{path.stem}, shifted by {shift_mm:g} mm", wearer, shift_mm)
    for months in (3.0, 4.0, 6.0, 12.0):
        row(
            f"shoulder_disarticulation, month {months:g}",
            at_month(load_wearer(WEARERS / "shoulder_disarticulation.toml"), months),
        )
        row(f"transhumeral_six, month {months:g}", at_month(load_wearer(WEARERS / "transhumeral_six.toml"), months))
