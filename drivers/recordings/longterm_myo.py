"""The wearable long-term sEMG data set (https://github.com/Suguru55/Wearable_Sensor_Long-term_sEMG_Dataset).

One `.npz` file per person, as the project's shared data hold it: `emg` int16 [days, motions, trials, samples, ch],
whose value is `emg * scale`; `day` [days]; `position` [days] 'N' | 'I' | 'O', where the armband sat (neutral, rotated
inward, outward); `motion` [motions] names, the first of them rest; `fs` in Hz. Each trial was cut after its onset.
"""

from pathlib import Path

import numpy as np

from drivers.errors import RecordingError
from drivers.recordings.check import check_recording
from drivers.recordings.npz_file import array_names, read_arrays, scalar, texts
from drivers.recordings.recording import Recording
from drivers.source import StreamInfo, Unit

_ARRAYS = ("emg", "scale", "day", "position", "motion", "fs")


def recognises(path: Path) -> bool:
    """Say whether the file is one of these, by the names of its arrays."""
    return array_names(path) >= set(_ARRAYS)


def load(path: Path) -> Recording:
    """Read one person. Raises `RecordingError`.

    In the order of time: day by day, round by round, motion by motion; every trial is a segment. `session` is the
    day's number, `repetition` the round, 1..
    """
    arrays = read_arrays(path, _ARRAYS)
    emg, day, motions = arrays["emg"], arrays["day"], texts(path, arrays["motion"])
    if emg.ndim != 5 or emg.dtype != np.int16 or day.shape != emg.shape[:1] or day.dtype.kind not in "iu":
        raise RecordingError(
            f"{path} should hold emg as int16 [days, motions, trials, samples, channels] and one number for each day, "
            f"and holds {emg.dtype} {list(emg.shape)} and {day.dtype} {list(day.shape)}"
        )
    if len(motions) != emg.shape[1] or len(np.unique(day)) != len(day):
        raise RecordingError(f"{path} should name each of its {emg.shape[1]} motions and number each day differently")
    days, _, trials, samples, channels = emg.shape
    ordered = emg.transpose(0, 2, 1, 3, 4)  # day, trial, motion, sample, channel
    day_index, trial, motion = (np.repeat(axis, samples) for axis in np.indices(ordered.shape[:3]).reshape(3, -1))
    recording = Recording(
        info=StreamInfo("Myo armband", channels, scalar(path, arrays["fs"]), Unit.ARBITRARY, (), path.stem),
        samples=ordered.reshape(-1, channels) * scalar(path, arrays["scale"]),
        class_names=motions,
        class_of_sample=motion,
        repetition=trial + 1,
        session=day.astype(np.int64)[day_index],
        segment=np.repeat(np.arange(days * trials * len(motions)), samples),
    )
    check_recording(recording, str(path))
    return recording


def day_names(path: Path) -> dict[int, str]:
    """Return what people call each session: the day with the armband's placement, such as `17 I`."""
    arrays = read_arrays(path, ("day", "position"))
    positions = texts(path, arrays["position"])
    if arrays["day"].shape != (len(positions),):
        raise RecordingError(f"{path} should hold one position for each day")
    return {int(day): f"{day} {position}" for day, position in zip(arrays["day"], positions, strict=True)}
