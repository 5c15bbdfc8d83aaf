"""Draw docs/images/muscles_*.png anew and print their figures: `uv run python docs/images/draw_muscles.py`."""

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.muscles.muscle_signal import MuscleSignal
from sim.muscles.preset import Background, WearerPreset, load_wearer
from sim.muscles.reinnervation import at_month, progress

HERE = Path(__file__).resolve().parent
WEARERS = HERE.parents[1] / "configs/wearers"
SIX = load_wearer(WEARERS / "transhumeral_six.toml")
CHEST = load_wearer(WEARERS / "shoulder_disarticulation.toml")
QUIET = SIX.model_copy(
    update={"background": Background(skin_noise_uv=0.0, mains_uv=0.0, impedance_drift=0.0), "tiring": 0.0}
)
RATE_HZ = 1000.0
PEOPLE = range(8)
# Okabe & Ito's colours, told apart by colour-blind readers and in print.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#999999"
Array = NDArray[np.float64]


def held(signal: MuscleSignal, seconds: float, muscle: int, effort: float) -> Array:
    """Hold one muscle; the first half second is left out."""
    signal.set_activations({signal.muscle_names[muscle]: effort})
    samples = signal.next(round((seconds + 0.5) * RATE_HZ))[round(0.5 * RATE_HZ) :]
    signal.set_activations({signal.muscle_names[muscle]: 0.0})
    return samples


def spectrum(signal: Array) -> tuple[Array, Array]:
    """Return frequencies and mean power of half-second windows, the largest 1."""
    windows = signal[: len(signal) // 500 * 500].reshape(-1, 500) * np.hanning(500)
    power: Array = (np.abs(np.fft.rfft(windows)) ** 2).mean(axis=0)
    frequency: Array = np.arange(len(power)) * RATE_HZ / 500
    return frequency, power / power.max()


def median_hz(signal: Array) -> float:
    """Return the frequency that halves the power."""
    frequency, power = spectrum(signal)
    return float(frequency[np.searchsorted(np.cumsum(power), 0.5 * power.sum())])


def kurtosis(signal: Array) -> float:
    """Return the fourth moment over the square of the second."""
    return float(np.mean(signal**4) / np.mean(signal**2) ** 2)


def efforts(figure: Figure) -> None:
    """A ramp of effort at its own site, and how the amplitude follows the force."""
    trace, growth = figure.subplots(1, 2, width_ratios=(3, 2))
    rows = np.zeros((6000, len(SIX.muscles)))
    rows[500:5500, 0] = np.linspace(0.0, 1.0, 5000)
    samples = MuscleSignal(SIX, seed=1).next_driven(rows)
    for site in range(3):
        trace.plot(np.arange(6000) / RATE_HZ, samples[:, site] / 1000.0 - 2.0 * site, color=BLUE, lw=0.5)
    trace.set_yticks([0.0, -2.0, -4.0], [site.name for site in SIX.sites[:3]])
    trace.set_xlabel("s, while the long head of the biceps goes from rest to full effort (2 mV between lines)")
    levels = np.array((0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0))
    curves = []
    for person in PEOPLE:
        signal = MuscleSignal(QUIET, seed=person)
        mav = np.array([np.abs(held(signal, 4.0, 0, float(level))[:, 0]).mean() for level in levels])
        curves.append(mav / mav[-1])
        growth.plot(levels, curves[-1], color=GREY, lw=0.8)
    growth.plot(levels, np.mean(curves, axis=0), color=BLUE, marker="o", ms=4, label="mean of 8 seeds")
    growth.plot([0, 1], [0, 1], color=ORANGE, lw=0.8, ls="--", label="in proportion")
    growth.set_xlabel("force over the largest")
    growth.set_ylabel("mean absolute value, of full effort 1")
    growth.legend()
    exponents = [np.polyfit(np.log(levels[1:]), np.log(curve[1:]), 1)[0] for curve in curves]
    print(f"mean absolute value ~ force ^ {np.mean(exponents):.2f} ({np.min(exponents):.2f}-{np.max(exponents):.2f})")


def statistics(figure: Figure) -> None:
    """Spectrum, fresh and tired; distribution of amplitudes at low and high effort."""
    spectra, amplitudes = figure.subplots(1, 2)
    low, fresh, tired = [], [], []
    for person in PEOPLE:
        signal = MuscleSignal(QUIET, seed=person)
        low.append(held(signal, 8.0, 0, 0.05)[:, 0])
        fresh.append(held(signal, 8.0, 0, 0.6)[:, 0])
        signal.set_fatigue(1.0)
        tired.append(held(signal, 8.0, 0, 0.6)[:, 0])
    for name, signals, colour in (("fresh", fresh, BLUE), ("exhausted", tired, ORANGE)):
        power = np.mean([spectrum(signal)[1] for signal in signals], axis=0)
        spectra.plot(spectrum(signals[0])[0], power, color=colour, label=name)
        medians = [median_hz(signal) for signal in signals]
        print(f"{name}: median frequency {np.mean(medians):.0f} Hz ({min(medians):.0f}-{max(medians):.0f})")
    ratio = [b.std() / a.std() for a, b in zip(fresh, tired, strict=True)]
    print(f"exhausted over fresh: RMS x {np.mean(ratio):.2f} ({min(ratio):.2f}-{max(ratio):.2f})")
    spectra.set_xlim(0, 400)
    spectra.set_xlabel("Hz, at 60 % of the force, mean of 8 seeds")
    spectra.set_ylabel("power, the largest 1")
    spectra.legend()
    bins = np.linspace(-5, 5, 101)
    middle = 0.5 * (bins[1:] + bins[:-1])
    for name, signals, colour in (("5 % of the force", low, ORANGE), ("60 % of the force", fresh, BLUE)):
        share = np.mean([np.histogram(signal / signal.std(), bins, density=True)[0] for signal in signals], axis=0)
        amplitudes.semilogy(middle, share, color=colour, label=name)
        values = [kurtosis(signal) for signal in signals]
        print(f"{name}: kurtosis {np.mean(values):.1f} ({min(values):.1f}-{max(values):.1f})")
    amplitudes.semilogy(middle, np.exp(-0.5 * middle**2) / np.sqrt(2 * np.pi), color=GREY, ls="--", label="Gaussian")
    amplitudes.set_ylim(1e-4, 3.0)
    amplitudes.set_xlabel("amplitude over its RMS")
    amplitudes.set_ylabel("density")
    amplitudes.legend()


def heart(figure: Figure) -> None:
    """What the middle of the chest hears at rest and while the sternal part of the pectoralis works."""
    axes = figure.subplots()
    signal = MuscleSignal(CHEST, seed=3)
    samples = np.concatenate((held(signal, 3.0, 2, 0.0), held(signal, 2.0, 2, 0.4), held(signal, 1.0, 2, 0.0)))
    axes.plot(np.arange(len(samples)) / RATE_HZ, samples[:, 2], color=BLUE, lw=0.6)
    axes.set_xlabel("s: rest, 2 s of hand closing at 40 % of the force, rest")
    axes.set_ylabel(f"{CHEST.sites[2].name}, µV")


def mixture(preset: WearerPreset) -> Array:
    """Return [muscles, sites]: RMS of each motion at 60 % of the force."""
    signal = MuscleSignal(preset, seed=1)
    found = [held(signal, 3.0, muscle, 0.6).std(axis=0) for muscle in range(len(preset.muscles))]
    return np.array(found)


def course(figure: Figure) -> None:
    """How a nerve comes back, and what the six sites hear of the six motions meanwhile."""
    axes = figure.subplots(1, 4, width_ratios=(1.5, 1, 1, 1))
    months = np.linspace(0.0, 18.0, 361)
    nerve = next(muscle for muscle in SIX.muscles if muscle.reinnervated)
    came = [progress(nerve, float(month)) for month in months]
    axes[0].plot(months, [now.strength for now in came], color=BLUE, label="strength")
    axes[0].plot(months, [now.independence for now in came], color=ORANGE, label="independence")
    axes[0].plot(months, [now.units for now in came], color=GREEN, label="motor units")
    axes[0].set_xlabel(f"months after the operation ({nerve.nerve} nerve)")
    axes[0].legend()
    for place, month in zip(axes[1:], (3.0, 6.0, 12.0), strict=True):
        rms_uv = mixture(at_month(QUIET, month))
        place.imshow(np.sqrt(rms_uv), cmap="Blues", vmin=0.0, vmax=16.0)
        place.set_title(f"month {month:g}")
        place.set_xlabel("site")
        place.set_xticks(range(6), [str(number) for number in range(1, 7)])
        place.set_yticks(range(6), [muscle.motion for muscle in SIX.muscles] if month == 3.0 else [])
        own = np.diag(rms_uv) / np.maximum(rms_uv.sum(axis=1), 1e-9)
        print(f"month {month:g}: own site's share of the RMS " + ", ".join(f"{share:.2f}" for share in own))


def draw(name: str, picture: Callable[[Figure], None], width: float, height: float) -> None:
    """Save one picture."""
    figure = Figure(figsize=(width, height), layout="constrained")
    picture(figure)
    figure.savefig(HERE / f"muscles_{name}.png", dpi=80, metadata={"Software": None})


if __name__ == "__main__":
    mpl.rcParams["font.size"] = 9
    draw("effort", efforts, 11.0, 3.6)
    draw("statistics", statistics, 10.0, 3.4)
    draw("heart", heart, 10.0, 2.4)
    draw("course", course, 12.0, 3.0)
