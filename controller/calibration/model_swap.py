"""The file of the running model: written whole when another takes over, the one before it kept for one step back."""

from pathlib import Path

from controller.decoders.model import Model
from controller.decoders.model_file import load_model, save_model
from controller.errors import CalibrationError


def previous_of(path: Path) -> Path:
    """Return where the model before the one at `path` is kept."""
    return path.with_name(path.name + ".previous")


def recording_of(path: Path, kind: str) -> Path:
    """Return where a recording of a model is kept: `session` of one not yet in force, `recording`, or `added`."""
    return path.with_name(f"{path.stem}.{kind}.npz")


def put_on_disk(model: Model, path: Path) -> None:
    """Save, keeping the model before. Raises `CalibrationError`, leaving both, where the disk refuses."""
    try:
        save_model(model, path)
    except OSError as error:
        raise CalibrationError(
            f"the model cannot be written to {path}: {error.strerror}; the running one stays in force"
        ) from error


def settle_recording(path: Path, kind: str) -> str:
    """Give the session's recording the name of what is now in force; return what went wrong, or an empty string."""
    session, place = recording_of(path, "session"), recording_of(path, kind)
    try:
        if session.exists():
            if place.exists():
                place.replace(previous_of(place))
            session.replace(place)
    except OSError as error:
        return f"the recording stays in {session}: {error.strerror}"
    return ""


def load_previous(path: Path) -> Model:
    """Return the model before the running one. Raises `ModelError` if there is none, or not a whole one."""
    return load_model(previous_of(path))
