"""Waveform length per sample: WL = (1/N) Σ |x_i - x_{i-1}|, in the signal's unit (Hudgins et al. 1993)."""

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled


@compiled("void(f8[:, ::1], f8[::1], f8[::1])")
def hop_sum(samples: NDArray[np.float64], threshold: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Sum |x_i - x_{i-1}| over the hop; each step belongs to its newer sample, also across the hop's edge."""
    for channel in range(samples.shape[1]):
        out[channel] = 0.0
    for row in range(2, samples.shape[0]):
        for channel in range(samples.shape[1]):
            out[channel] += abs(samples[row, channel] - samples[row - 1, channel])
