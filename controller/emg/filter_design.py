"""Design of the conditioning filters. Runs when a model is fitted; the coefficients travel in the model file."""

import numpy as np
from numpy.typing import NDArray

from controller.errors import CalibrationError

# Above this share of the sampling rate a low-pass edge does nothing but ring: it is left out.
HIGHEST_EDGE = 0.45
# What the speed follows must lie between its high-pass and half the rate: an octave of it.
LEAST_RATE_OF_EDGE = 4.0


def design_band_pass(
    rate_hz: float, low_hz: float, high_hz: float, notch_hz: float | None = None, notch_quality: float = 30.0
) -> NDArray[np.float64]:
    """Return second-order sections [s, 6] of a causal Butterworth band-pass, plus a mains notch if asked for.

    High-pass of second order at `low_hz` (20 Hz, 12 dB/octave: De Luca et al. 2010, J Biomech 43:1573-1579), low-pass
    of second order at `high_hz` where the sampling rate leaves room for it. Each notch also takes the harmonics below
    `high_hz`. Raises `CalibrationError` when the band does not fit the rate.
    """
    if not 0.0 < low_hz < HIGHEST_EDGE * rate_hz or low_hz >= high_hz:
        raise CalibrationError(
            f"a band of {low_hz:g}-{high_hz:g} Hz does not fit a stream of {rate_hz:g} Hz; "
            f"choose a lower edge below {HIGHEST_EDGE * rate_hz:g} Hz and an upper edge above it"
        )
    # Seconds of imports, which a process that designs nothing does without.
    from scipy import signal  # noqa: PLC0415

    sections = [signal.butter(2, low_hz, "highpass", fs=rate_hz, output="sos")]
    if high_hz < HIGHEST_EDGE * rate_hz:
        sections.append(signal.butter(2, high_hz, "lowpass", fs=rate_hz, output="sos"))
    if notch_hz is not None:
        harmonic = notch_hz
        while harmonic < min(high_hz, HIGHEST_EDGE * rate_hz):
            numerator, denominator = signal.iirnotch(harmonic, notch_quality, fs=rate_hz)
            sections.append(np.concatenate((numerator, denominator))[None, :])
            harmonic += notch_hz
    return np.ascontiguousarray(np.vstack(sections), dtype=np.float64)


def design_speed_path(
    rate_hz: float, high_pass_hz: float, high_hz: float, notch_hz: float | None = None
) -> NDArray[np.float64]:
    """Return the sections [s, 6] of the path that only the speed follows: as the band-pass, from `high_pass_hz` up.

    Raises `CalibrationError` when the stream is too slow to hold an octave of EMG above that.
    """
    if rate_hz < LEAST_RATE_OF_EDGE * high_pass_hz:
        raise CalibrationError(
            f"a speed above {high_pass_hz:g} Hz needs a stream of at least {LEAST_RATE_OF_EDGE * high_pass_hz:g} Hz, "
            f"this one has {rate_hz:g} Hz; lower --speed-high-pass-hz, or leave it and --chest out"
        )
    return design_band_pass(rate_hz, high_pass_hz, high_hz, notch_hz)
