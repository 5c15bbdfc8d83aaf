"""Does this recording at rest need a mains notch, and at which frequency? Decided once, when calibrating."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.errors import CalibrationError

MAINS_HZ = (50.0, 60.0)
# One second of Hann window: the line falls within ±2 Hz (the window's main lobe), and mains wander by ±0.2 Hz.
SEGMENT_S, LINE_HALF_WIDTH_HZ = 1.0, 2.0
# The floor beside the line is taken this far around it.
NEIGHBOUR_HZ = (3.0, 8.0)
EMG_FROM_HZ = 20.0
# A line stands out from its neighbourhood by this ratio of power density (10 dB); noise and muscle reach about 2.
LEAST_LINE_RATIO = 10.0
# Below this share of the power at rest a notch takes away more than it gives: hum of 0.2 raises the RMS at rest by
# 12 %, while a notch of quality 30 rings for 0.2 s and takes out EMG too (PMC7594523).
LEAST_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class MainsFinding:
    """`notch_hz`: 50, 60, or None for no notch. `share` [2, ch]: of the power above 20 Hz at 50 and at 60 Hz.

    `line_ratio` [2, ch]: power density on the line over that beside it.
    """

    notch_hz: float | None
    share: NDArray[np.float64]
    line_ratio: NDArray[np.float64]


def detect_mains(rest: NDArray[np.float64], rate_hz: float) -> MainsFinding:
    """Look at a rest recording [n, ch], raw. A notch is needed where on any channel a line both stands out and weighs.

    Each channel is judged by the quieter half of its segments, so that a twitch decides nothing. Raises
    `CalibrationError` when the recording is shorter than three seconds or holds what is no number.
    """
    length = round(SEGMENT_S * rate_hz)
    starts = range(0, len(rest) - length + 1, max(length // 2, 1))
    if len(starts) < 5:
        raise CalibrationError(f"the rest recording has {len(rest) / rate_hz:.1f} s, at least 3 s are needed")
    if not np.isfinite(rest).all():
        raise CalibrationError("the rest recording holds values that are no numbers; leave those rows out")
    window = np.hanning(length)[:, None]
    frequency = np.fft.rfftfreq(length, 1.0 / rate_hz)
    segments = np.array([rest[first : first + length] for first in starts])
    centred = segments - segments.mean(axis=1, keepdims=True)
    spectra = np.abs(np.fft.rfft(centred * window, axis=1)) ** 2
    powers = spectra[:, frequency >= EMG_FROM_HZ].sum(axis=1)
    quieter = np.argsort(powers, axis=0, kind="stable")[: (len(starts) + 1) // 2]
    density = np.take_along_axis(spectra, quieter[:, None, :], axis=0).mean(axis=0)
    total = density[frequency >= EMG_FROM_HZ].sum(axis=0)
    share, line_ratio = np.zeros((2, rest.shape[1])), np.zeros((2, rest.shape[1]))
    for index, line_hz in enumerate(MAINS_HZ):
        if line_hz + NEIGHBOUR_HZ[1] > rate_hz / 2:
            continue
        away = np.abs(frequency - line_hz)
        on, beside = away <= LINE_HALF_WIDTH_HZ, (away >= NEIGHBOUR_HZ[0]) & (away <= NEIGHBOUR_HZ[1])
        floor = np.median(density[beside], axis=0)
        excess = np.maximum(density[on] - floor, 0.0).sum(axis=0)
        share[index] = _ratio(excess, total)
        line_ratio[index] = _ratio(density[on].max(axis=0), floor)
    found = np.where((share >= LEAST_SHARE) & (line_ratio >= LEAST_LINE_RATIO), share, 0.0).max(axis=1)
    notch_hz = MAINS_HZ[int(found.argmax())] if found.any() else None
    return MainsFinding(notch_hz, share, line_ratio)


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide; 0 where there is nothing, infinite where something stands over nothing."""
    nothing = np.where(part > 0.0, np.inf, 0.0)
    return np.divide(part, whole, out=nothing, where=whole > 0.0)
