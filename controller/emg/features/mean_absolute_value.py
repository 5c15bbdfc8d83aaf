"""Mean absolute value: MAV = (1/N) Σ |x_i|, in the signal's unit (Hudgins et al. 1993, IEEE TBME 40:82-94)."""

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled


@compiled("void(f8[:, ::1], f8[::1], f8[::1])")
def hop_sum(samples: NDArray[np.float64], threshold: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Sum |x_i| over the hop, `samples` [2 + n, ch] of which the first two rows belong to the hop before."""
    for channel in range(samples.shape[1]):
        out[channel] = 0.0
    for row in range(2, samples.shape[0]):
        for channel in range(samples.shape[1]):
            out[channel] += abs(samples[row, channel])
