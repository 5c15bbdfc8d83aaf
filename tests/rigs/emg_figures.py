"""What is measured of an EMG signal in the tests of the muscles."""

import numpy as np
from numpy.typing import NDArray


def median_frequency_hz(signal: NDArray[np.float64], rate_hz: float) -> float:
    """Return the frequency that halves the power of `signal` [n], above 10 Hz."""
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(len(signal)))) ** 2
    frequency = np.fft.rfftfreq(len(signal), 1.0 / rate_hz)
    spectrum[frequency < 10.0] = 0.0
    return float(frequency[np.searchsorted(np.cumsum(spectrum), 0.5 * spectrum.sum())])


def kurtosis(signal: NDArray[np.float64]) -> float:
    """Return the fourth moment over the square of the second: 3 for a Gaussian, 6 for a Laplacian."""
    return float(np.mean(signal**4) / np.mean(signal**2) ** 2)
