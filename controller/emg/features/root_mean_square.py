"""Root mean square: RMS = sqrt((1/N) Σ x_i²), in the signal's unit (Phinyomark et al. 2012, Expert Syst Appl 39:7420).

The hop gives the sum of squares. Entered in `FEATURES` as an amplitude, the vector holds the root of its mean: the RMS.
"""

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled


@compiled("void(f8[:, ::1], f8[::1], f8[::1])")
def hop_sum(samples: NDArray[np.float64], threshold: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Sum x_i² over the hop, `samples` [2 + n, ch] of which the first two rows belong to the hop before."""
    for channel in range(samples.shape[1]):
        out[channel] = 0.0
    for row in range(2, samples.shape[0]):
        for channel in range(samples.shape[1]):
            out[channel] += samples[row, channel] * samples[row, channel]
