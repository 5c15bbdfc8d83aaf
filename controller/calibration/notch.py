"""Is a mains notch needed? Decided from the raw rest of a calibration, and told to the person."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from controller.emg.mains_detection import MAINS_HZ, detect_mains
from controller.errors import CalibrationError
from controller.rest_class import REST
from drivers.recordings.recording import Recording

# "auto": only where mains hum is found at rest; None: never; a number: always, at this frequency.
Notch = float | Literal["auto"] | None


def choose_notch(recording: Recording, usable: NDArray[np.bool_], wanted: Notch) -> tuple[float | None, str]:
    """Return the notch's frequency, None for no notch, and a sentence that says why.

    `usable` [n]: rows that are far enough from a change of the prompt. Whatever the rest holds, it never fails: what
    cannot be judged gets no notch.
    """
    if wanted is None:
        return None, "mains not looked for: no notch"
    if wanted != "auto":
        return wanted, f"notch at {wanted:g} Hz and its harmonics, as asked for"
    try:
        finding = detect_mains(_pieces_of_rest(recording, usable), recording.info.rate_hz)
    except CalibrationError as error:
        return None, f"mains not judged, no notch: {error}"
    if finding.notch_hz is None:
        return None, "no mains hum at rest that needs a notch"
    share = finding.share[MAINS_HZ.index(finding.notch_hz)]
    worst = int(share.argmax())
    return finding.notch_hz, (
        f"mains hum at rest, {share[worst]:.0%} of the power of channel {worst + 1}: "
        f"notch at {finding.notch_hz:g} Hz and its harmonics"
    )


def _pieces_of_rest(recording: Recording, usable: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Return the raw rows of rest, cut wherever something else was recorded between them."""
    if REST not in recording.class_names:
        return []
    rows = np.flatnonzero(usable & (recording.class_of_sample == recording.class_names.index(REST)))
    apart = (np.diff(rows) > 1) | (np.diff(recording.segment[rows]) != 0)
    return [recording.samples[piece] for piece in np.split(rows, np.flatnonzero(apart) + 1)]
