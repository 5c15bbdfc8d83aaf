"""The data sets that can be evaluated. A new one is a small class here and an entry in `DATA_SETS`."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np

from controller.evaluation.person import Frame, Person
from drivers.errors import RecordingError
from drivers.recordings import longterm_myo, myo_readings


class DataSet(Protocol):
    """A kind of recordings, one file per person, in a folder of a known name.

    `pattern`: which files of the folder are people. `frame`: how its recordings are cut into windows. `joints` and
    `motions`: what its motions would mean for an arm with a wrist and a hand.
    """

    folder: str
    pattern: str
    frame: Frame
    joints: tuple[str, ...]
    motions: Mapping[str, Mapping[str, float]]

    def load(self, path: Path) -> Person:
        """Read one person. Raises `RecordingError`."""
        ...


_JOINTS: tuple[str, ...] = ("wrist_flexion", "wrist_deviation", "wrist_rotation", "hand")
_SINGLE: dict[str, dict[str, float]] = {
    "WF": {"wrist_flexion": 1.0},
    "WE": {"wrist_flexion": -1.0},
    "RD": {"wrist_deviation": 1.0},
    "UD": {"wrist_deviation": -1.0},
    "FP": {"wrist_rotation": -1.0},
    "FS": {"wrist_rotation": 1.0},
    "HC": {"hand": 1.0},
}


_LONGTERM: Mapping[str, Mapping[str, float]] = _SINGLE | {
    f"{one}+{two}": _SINGLE[one] | _SINGLE[two] for one in _SINGLE for two in _SINGLE
}
_READINGS: Mapping[str, Mapping[str, float]] = {
    "flexion": _SINGLE["WF"],
    "extension": _SINGLE["WE"],
    "radial_deviation": _SINGLE["RD"],
    "ulnar_deviation": _SINGLE["UD"],
    "pronation": _SINGLE["FP"],
    "supination": _SINGLE["FS"],
    "fist": _SINGLE["HC"],
}


class LongtermMyo:
    """22 motions on several days, the armband put on anew each day; trials cut after their onset."""

    folder = "longterm_myo"
    pattern = "sub*.npz"
    frame = Frame(window_ms=250.0, hop_ms=50.0, ring=True)
    joints = _JOINTS
    motions = _LONGTERM

    def load(self, path: Path) -> Person:
        """Read one person."""
        recording = longterm_myo.load(path)
        everywhere = np.ones(len(recording), dtype=np.bool_)
        return Person(recording, everywhere, longterm_myo.day_names(path), self.frame)


class MyoReadings:
    """Seven gestures and rest in several sessions; continuous, rest and gesture prompted in turn.

    In the recordings of rest alone people made slight movements, says their README: nothing is asked for there.
    """

    folder = "myo_readings"
    pattern = "P*.npz"
    frame = Frame(window_ms=200.0, hop_ms=50.0, settle_ms=1000.0, ring=True)
    joints = _JOINTS
    motions = _READINGS

    def load(self, path: Path) -> Person:
        """Read one person."""
        recording = myo_readings.load(path)
        with_gesture = np.unique(recording.segment[recording.class_of_sample != 0])
        names = {session: str(session) for session in np.unique(recording.session).tolist()}
        return Person(recording, np.isin(recording.segment, with_gesture), names, self.frame)


_KNOWN: tuple[DataSet, ...] = (LongtermMyo(), MyoReadings())
DATA_SETS = {data_set.folder: data_set for data_set in _KNOWN}


def find_people(data: Path) -> dict[str, list[Path]]:
    """Return the people's files of each data set in the folder `data`, by the data set's name.

    Data sets whose folder is absent are left out. Raises `RecordingError` when none is there, or one is empty.
    """
    if not data.is_dir():
        raise RecordingError(f"expected a folder of recordings at {data}, found none")
    found: dict[str, list[Path]] = {}
    for name, data_set in DATA_SETS.items():
        folder = data / name
        if not folder.is_dir():
            continue
        found[name] = sorted((path for path in folder.glob(data_set.pattern) if path.is_file()), key=_by_number)
        if not found[name]:
            raise RecordingError(f"{folder} holds no recording: its people should be files named {data_set.pattern}")
    if not found:
        raise RecordingError(f"{data} holds none of the data sets that can be evaluated ({', '.join(DATA_SETS)})")
    return found


def _by_number(path: Path) -> tuple[int, str]:
    """Sort P2 before P10."""
    number = re.search(r"\d+", path.stem)
    return int(number.group()) if number else 0, path.name
