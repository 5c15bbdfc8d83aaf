"""Willison amplitude: share of steps with |x_i - x_{i-1}| > threshold (Willison 1964, JNNP 27:386-394).

It follows the number of active motor units. The comparison is strict, so that a flat or dead channel scores none.
"""

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled


@compiled("void(f8[:, ::1], f8[::1], f8[::1])")
def hop_sum(samples: NDArray[np.float64], threshold: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Count the large steps of the hop per channel; each belongs to its newer sample, also across the hop's edge."""
    for channel in range(samples.shape[1]):
        out[channel] = 0.0
    for row in range(2, samples.shape[0]):
        for channel in range(samples.shape[1]):
            if abs(samples[row, channel] - samples[row - 1, channel]) > threshold[channel]:
                out[channel] += 1.0
