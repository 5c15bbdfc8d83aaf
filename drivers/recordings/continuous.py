"""Where a recording with stamps was not continuous, and what is no number in it."""

import numpy as np
from numpy.typing import NDArray

from drivers.errors import RecordingError
from drivers.recordings.check import check_recording
from drivers.recordings.prompts import Labels
from drivers.recordings.recording import Recording
from drivers.source import StreamInfo

# Stamps that somebody's computer made wander by some 10 ms; so long the LSL driver waits too before it counts a loss.
LONGEST_WANDER_S = 0.25
# Stamps are a device's own where 99 of 100 steps are within a quarter of a sample of the usual one; then a longer step
# is lost samples.
EVEN_SHARE, EVEN_WITHIN, LOSS_FROM = 0.99, 0.25, 1.5


def breaks(stamps_s: NDArray[np.float64], rate_hz: float, even: bool | None = None) -> NDArray[np.bool_]:
    """Mark [n] each sample that does not follow the one before it. `even`: None to judge by the stamps themselves."""
    found = np.zeros(len(stamps_s), dtype=np.bool_)
    steps = np.diff(stamps_s) * rate_hz
    if len(steps) == 0:
        return found
    if even is None:
        even = bool(np.mean(np.abs(steps - 1) < EVEN_WITHIN) >= EVEN_SHARE)
    longest = LOSS_FROM if even else max(LOSS_FROM, LONGEST_WANDER_S * rate_hz)
    found[1:] = ~((steps > (0 if even else -longest)) & (steps <= longest))
    return found


def assembled(
    info: StreamInfo, samples: NDArray[np.float64], labels: Labels, broken: NDArray[np.bool_], origin: str
) -> Recording:
    """Return a checked recording; a sample that is no number is left out like a lost one, with a break in its place.

    `broken` [n]: samples that do not follow the one before. Raises `RecordingError`, naming `origin`.
    """
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(samples).all(axis=1))
    if len(samples) and not finite.any():
        raise RecordingError(f"{origin}: none of its {len(samples)} samples is a finite number in every channel")
    seams = broken.copy()
    seams[1:] |= ~finite[:-1]
    recording = Recording(
        info,
        np.ascontiguousarray(samples[finite]),
        labels.class_names,
        labels.class_of_sample[finite],
        labels.repetition[finite],
        labels.session[finite],
        np.cumsum(seams)[finite] - int(seams[:1].any()),
    )
    check_recording(recording, origin)
    return recording
