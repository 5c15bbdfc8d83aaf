"""One door to every kind of recording."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from drivers.errors import RecordingError
from drivers.recordings import longterm_myo, myo_readings, own_npz
from drivers.recordings.recording import Recording


@dataclass(frozen=True, slots=True)
class Adapter:
    """A kind of recording: what people call it, how its files are recognised by their content, how one is read."""

    kind: str
    recognises: Callable[[Path], bool]
    load: Callable[[Path], Recording]


ADAPTERS = (
    Adapter("Efferent recording", own_npz.recognises, own_npz.load),
    Adapter("myo-readings participant", myo_readings.recognises, myo_readings.load),
    Adapter("longterm-myo person", longterm_myo.recognises, longterm_myo.load),
)


def load_recording(path: str | Path) -> Recording:
    """Read a recording whole, of whichever kind its content is. May take a second: not for the event loop's thread.

    Raises `RecordingError` when the file cannot be read, is of no known kind, is damaged, or contradicts itself.
    """
    path = Path(path)
    try:
        for adapter in ADAPTERS:
            if adapter.recognises(path):
                return adapter.load(path)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from error
    kinds = ", ".join(adapter.kind for adapter in ADAPTERS)
    raise RecordingError(f"{path} is none of the recordings that can be read ({kinds})")
