"""Muscle and heart as electrodes on the chest hear them, in µV."""

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 1000.0
HEART_HZ = 1.2
# Corners of a QRS complex of 100 ms, for an R of 1. With straight flanks: more of it lies high than of a real one.
QRS_S = (0.30, 0.32, 0.34, 0.36, 0.38, 0.40)
QRS = (0.0, -0.1, 1.0, -0.25, 0.0, 0.0)


def heart(samples: int, peak_uv: float = 300.0) -> NDArray[np.float64]:
    """Return the electrocardiogram [n], its P and T waves left out: they lie below 10 Hz."""
    since_beat_s = (np.arange(samples) / RATE_HZ) % (1.0 / HEART_HZ)
    return np.asarray(peak_uv * np.interp(since_beat_s, QRS_S, QRS))


def muscle(samples: int, channels: int, rms_uv: float, seed: int = 0) -> NDArray[np.float64]:
    """Return surface EMG [n, ch] with the power spectrum of Shwedyk et al. 1977 (IEEE TBME 24:417-424).

    f² / ((f² + 60²) (f² + 120²)²) in Hz: most of it between 40 and 150 Hz.
    """
    f = np.fft.rfftfreq(samples, 1.0 / RATE_HZ)[:, None]
    white = np.fft.rfft(np.random.default_rng(seed).normal(size=(samples, channels)), axis=0)
    shaped = np.fft.irfft(white * np.sqrt(f**2 / ((f**2 + 60.0**2) * (f**2 + 120.0**2) ** 2)), samples, axis=0)
    return np.asarray(rms_uv * shaped / shaped.std(axis=0))
