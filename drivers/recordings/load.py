"""One door to every kind of recording."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from drivers.errors import RecordingError
from drivers.recordings import csv_file, edf, longterm_myo, myo_readings, own_npz, xdf
from drivers.recordings.choice import WHATEVER_IS_THERE, Choice
from drivers.recordings.recording import Recording


@dataclass(frozen=True, slots=True)
class Adapter:
    """A kind of recording: what people call it, how its files are recognised by their content, how one is read."""

    kind: str
    recognises: Callable[[Path], bool]
    load: Callable[[Path, Choice], Recording]


def _unambiguous(load: Callable[[Path], Recording]) -> Callable[[Path, Choice], Recording]:
    """Return `load` for files that leave nothing open."""

    def load_it(path: Path, choice: Choice) -> Recording:
        if choice != WHATEVER_IS_THERE:
            raise RecordingError(f"{path} holds one stream and says its rate; leave stream and rate out")
        return load(path)

    return load_it


ADAPTERS = (
    Adapter("Efferent recording", own_npz.recognises, _unambiguous(own_npz.load)),
    Adapter("myo-readings participant", myo_readings.recognises, _unambiguous(myo_readings.load)),
    Adapter("longterm-myo person", longterm_myo.recognises, _unambiguous(longterm_myo.load)),
    Adapter("XDF", xdf.recognises, xdf.load),
    Adapter("EDF or BDF", edf.recognises, _unambiguous(edf.load)),
    Adapter("CSV", csv_file.recognises, csv_file.load),
)


def adapter_of(path: Path) -> Adapter:
    """Return who can read the file. Raises `RecordingError` where nobody can."""
    try:
        for adapter in ADAPTERS:
            if adapter.recognises(path):
                return adapter
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from error
    kinds = ", ".join(adapter.kind for adapter in ADAPTERS)
    raise RecordingError(f"{path} is none of the recordings that can be read ({kinds})")


def load_recording(path: str | Path, choice: Choice = WHATEVER_IS_THERE) -> Recording:
    """Read a recording whole, of whichever kind its content is. May take a second: not for the event loop's thread.

    Raises `RecordingError` when the file cannot be read, is of no known kind, is damaged, contradicts itself, or leaves
    open what `choice` does not say.
    """
    path = Path(path)
    try:
        # Numbers of a hostile file overflow; whether all are finite is looked at in the end.
        with np.errstate(all="ignore"):
            return adapter_of(path).load(path, choice)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from error
