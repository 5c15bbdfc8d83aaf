"""The myo-readings data set (https://github.com/aljazfrancic/myo-readings-dataset), one `.npz` file per participant.

As the project's shared data hold it: `emg` int8 [n, 8] in the armband's counts, `label`, `session` and `prompt`
int8 [n], `fs` in Hz, `source_id`. In each session, for each prompt, 60 s alternate between rest and one gesture.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivers.errors import RecordingError
from drivers.recordings.check import check_recording
from drivers.recordings.npz_file import array_names, read_arrays, scalar, texts
from drivers.recordings.recording import Recording
from drivers.source import StreamInfo, Unit

# In the order of the labels; the data set calls the first one hibernation.
CLASS_NAMES = (
    "rest",
    "flexion",
    "extension",
    "radial_deviation",
    "ulnar_deviation",
    "pronation",
    "supination",
    "fist",
)
FULL_SCALE = 127.0  # signed bytes
CYCLES = 6  # of 5 s of rest and 5 s of gesture in each prompt of 60 s
_ARRAYS = ("emg", "label", "session", "prompt", "fs", "source_id")


def recognises(path: Path) -> bool:
    """Say whether the file is one of these, by the names of its arrays."""
    return array_names(path) == set(_ARRAYS)


def load(path: Path) -> Recording:
    """Read one participant. Raises `RecordingError`.

    `repetition` is the cycle within its prompt, 1..6; a cycle begins where the label goes back to rest. The prompt
    that is rest alone has no cycles and is cut into six equal parts, so that every repetition has its share of it.
    """
    arrays = read_arrays(path, _ARRAYS)
    emg, source_id = arrays["emg"], texts(path, arrays["source_id"])
    columns = [arrays[name] for name in ("label", "session", "prompt")]
    if emg.ndim != 2 or emg.dtype != np.int8 or any(c.shape != (len(emg),) or c.dtype.kind != "i" for c in columns):
        raise RecordingError(f"{path} should hold emg as int8 [n, channels] and label, session, prompt as integers [n]")
    label, session, prompt = (column.astype(np.int64) for column in columns)
    if len(source_id) != 1 or not np.isin(label, np.arange(len(CLASS_NAMES))).all():
        raise RecordingError(f"{path} should name one source, and its labels should be 0..{len(CLASS_NAMES) - 1}")
    begins = (np.diff(session, prepend=session[:1]) != 0) | (np.diff(prompt, prepend=prompt[:1]) != 0)
    segment = np.cumsum(begins)
    recording = Recording(
        info=StreamInfo(
            "Myo armband", emg.shape[1], scalar(path, arrays["fs"]), Unit.ARBITRARY, (), source_id[0], FULL_SCALE
        ),
        samples=emg.astype(np.float64),
        class_names=CLASS_NAMES,
        class_of_sample=label,
        repetition=_repetitions(label, segment),
        session=session,
        segment=segment,
    )
    check_recording(recording, str(path))
    return recording


def _repetitions(label: NDArray[np.int64], segment: NDArray[np.int64]) -> NDArray[np.int64]:
    repetition = np.empty_like(label)
    for part in np.split(np.arange(len(label)), np.flatnonzero(np.diff(segment)) + 1):
        back_to_rest = np.diff(label[part] != 0, prepend=False) & (label[part] == 0)
        if label[part].any():
            repetition[part] = 1 + np.cumsum(back_to_rest)
        else:
            repetition[part] = 1 + np.arange(len(part)) * CYCLES // len(part)
    return repetition
