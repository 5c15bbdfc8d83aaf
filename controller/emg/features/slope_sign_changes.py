"""Slope sign changes: share of samples where the slope turns by more than the threshold (Hudgins et al. 1993).

(x_{i-1} - x_{i-2}) · (x_{i-1} - x_i) > 0, and one of the two steps above the threshold. Strict, so that a flat or
dead channel scores none.
"""

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled


@compiled("void(f8[:, ::1], f8[::1], f8[::1])")
def hop_sum(samples: NDArray[np.float64], threshold: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Count the turns of the hop per channel; each belongs to its newest sample, so that none looks ahead."""
    for channel in range(samples.shape[1]):
        out[channel] = 0.0
    for row in range(2, samples.shape[0]):
        for channel in range(samples.shape[1]):
            before = samples[row - 1, channel] - samples[row - 2, channel]
            after = samples[row - 1, channel] - samples[row, channel]
            if before * after > 0.0 and max(abs(before), abs(after)) > threshold[channel]:
                out[channel] += 1.0
