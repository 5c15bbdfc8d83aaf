"""Our own recording format: one `.npz` file with the fields of `Recording` and `StreamInfo`, and no pickle in it."""

import io
import math
from pathlib import Path

import numpy as np

from drivers.atomic_file import write_atomically
from drivers.errors import RecordingError
from drivers.recordings.check import check_recording
from drivers.recordings.npz_file import array_names, read_arrays, scalar, texts
from drivers.recordings.recording import Recording
from drivers.source import StreamInfo, Unit

FORMAT = "efferent-recording-1"
_TEXTS = ("efferent_format", "name", "source_id", "unit", "labels", "class_names")
_NUMBERS = ("rate_hz", "samples", "class_of_sample", "repetition", "session", "segment")
FULL_SCALE = "full_scale"  # not in the first files of this format


def save_recording(recording: Recording, path: Path, *, keep_previous: bool = False) -> None:
    """Write the recording, whole or not at all: an earlier file of that name stays until the new one is on the disk.

    Only its owner may read the file: it is somebody's biosignal. `keep_previous`: the earlier file stays for good, as
    `<name>.previous`.
    Raises `RecordingError` if the recording contradicts itself, `OSError` if the disk refuses.
    """
    check_recording(recording, str(path))
    info = recording.info
    arrays = {
        "efferent_format": np.array(FORMAT),
        "name": np.array(info.name),
        "source_id": np.array(info.source_id),
        "unit": np.array(info.unit.value),
        "labels": np.array(info.labels, dtype=np.str_),
        "class_names": np.array(recording.class_names, dtype=np.str_),
        "rate_hz": np.array(info.rate_hz, dtype=np.float64),
        FULL_SCALE: np.array(info.full_scale, dtype=np.float64),
        "samples": recording.samples,
        "class_of_sample": recording.class_of_sample,
        "repetition": recording.repetition,
        "session": recording.session,
        "segment": recording.segment,
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write_atomically(path, buffer.getvalue(), keep_previous=keep_previous)


def recognises(path: Path) -> bool:
    """Say whether the file is of this format, by the names of its arrays."""
    return "efferent_format" in array_names(path)


def load(path: Path) -> Recording:
    """Read a recording that `save_recording` wrote. Raises `RecordingError`."""
    more = [name for name in array_names(path) if name == FULL_SCALE]
    arrays = read_arrays(path, (*_TEXTS, *_NUMBERS, *more))
    text = {name: texts(path, arrays[name]) for name in _TEXTS}
    if text["efferent_format"] != (FORMAT,):
        raise RecordingError(f"{path} is of format {text['efferent_format']}, and this version reads '{FORMAT}'")
    if text["unit"] not in [(unit.value,) for unit in Unit] or len(text["name"]) != 1 or len(text["source_id"]) != 1:
        raise RecordingError(f"{path} names its unit, stream or source in a way that this version does not know")
    samples = arrays["samples"]
    info = StreamInfo(
        name=text["name"][0],
        channel_count=samples.shape[-1] if samples.ndim == 2 else 0,
        rate_hz=scalar(path, arrays["rate_hz"]),
        unit=Unit(text["unit"][0]),
        labels=text["labels"],
        source_id=text["source_id"][0],
        full_scale=scalar(path, arrays[FULL_SCALE]) if more else math.inf,
    )
    columns = (arrays[name] for name in ("class_of_sample", "repetition", "session", "segment"))
    recording = Recording(info, np.ascontiguousarray(samples), text["class_names"], *columns)
    check_recording(recording, str(path))
    return recording
