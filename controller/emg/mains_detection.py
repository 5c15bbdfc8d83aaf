"""Does this recording at rest need a mains notch, and at which frequency? Decided once, when calibrating."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.errors import CalibrationError

MAINS_HZ = (50.0, 60.0)
# One second of Hann window: the line falls within ±2 Hz (the window's main lobe), and mains wander by ±0.2 Hz.
SEGMENT_S, LINE_HALF_WIDTH_HZ = 1.0, 2.0
# Less rest than this leaves too few segments to tell a line from chance.
LEAST_S = 3.0
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


def detect_mains(rest: Sequence[NDArray[np.float64]], rate_hz: float) -> MainsFinding:
    """Look at a rest recording, raw, in continuous pieces [n, ch]. A notch is for a line that stands out and weighs.

    One channel is enough, since all are filtered alike. Each is judged by the quieter half of its segments of a second,
    so that a twitch decides nothing; values that are no numbers end a piece. Raises `CalibrationError` when less than
    three seconds are left in pieces of a second or more.
    """
    length = round(SEGMENT_S * rate_hz)
    pieces = [part for piece in rest for part in _finite_parts(piece) if len(part) >= length]
    segments = np.array(
        [
            piece[first : first + length]
            for piece in pieces
            for first in range(0, len(piece) - length + 1, max(length // 2, 1))
        ]
    )
    seconds = sum(len(piece) for piece in pieces) / rate_hz
    if seconds < LEAST_S:
        raise CalibrationError(
            f"the rest recording has {seconds:.1f} s in pieces of a second or more, at least {LEAST_S:g} s are needed"
        )
    window = np.hanning(length)[:, None]
    frequency = np.fft.rfftfreq(length, 1.0 / rate_hz)
    centred = segments - segments.mean(axis=1, keepdims=True)
    spectra = np.abs(np.fft.rfft(centred * window, axis=1)) ** 2
    powers = spectra[:, frequency >= EMG_FROM_HZ].sum(axis=1)
    quieter = np.argsort(powers, axis=0, kind="stable")[: (len(segments) + 1) // 2]
    density = np.take_along_axis(spectra, quieter[:, None, :], axis=0).mean(axis=0)
    total = density[frequency >= EMG_FROM_HZ].sum(axis=0)
    share, line_ratio = np.zeros((2, density.shape[1])), np.zeros((2, density.shape[1]))
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


def _finite_parts(piece: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return the stretches of `piece` between rows with a value that is no number."""
    broken = np.flatnonzero(~np.isfinite(piece).all(axis=1))
    return [part[first:] for part, first in zip(np.split(piece, broken), [0] + [1] * len(broken), strict=True)]


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide; 0 where there is nothing, infinite where something stands over nothing."""
    nothing = np.where(part > 0.0, np.inf, 0.0)
    return np.divide(part, whole, out=nothing, where=whole > 0.0)
