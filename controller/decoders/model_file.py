"""Models on disk: one `.npz` without pickle, facts as JSON inside, refused when anything does not add up."""

import hashlib
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from controller.decoders.direct.left_over import levels_from_arrays
from controller.decoders.kinds import check_decoder
from controller.decoders.model import Model, ModelFacts
from controller.emg.muscle_sound import sound_from_arrays
from controller.emg.rest_baseline import baseline_from_arrays
from controller.errors import ModelError
from drivers.atomic_file import write_atomically
from drivers.errors import RecordingError
from drivers.recordings.npz_file import array_names, read_arrays

ARRAYS = ("sections", "threshold", "effort_low", "effort_high")
# Models without a speed path of their own may lack it.
OPTIONAL = ("speed_sections",)
DECODER_PREFIX, REST_PREFIX, LEVELS_PREFIX, SOUND_PREFIX = PREFIXES = "decoder.", "rest.", "levels.", "sound."
# The largest model is a linear discriminant over 10 features of 256 channels: 52 MB of covariance.
MAX_BYTES = 64 * 2**20


def save_model(model: Model, path: Path) -> None:
    """Write `model` to `path` atomically; a model that stood there before is kept as `<name>.previous`."""
    arrays = {name: np.asarray(getattr(model, name), dtype=np.float64) for name in (*ARRAYS, *OPTIONAL)}
    sound = {} if model.sound is None else model.sound.arrays()
    groups = (model.decoder, model.rest.arrays(), model.levels.arrays(), sound)
    for prefix, group in zip(PREFIXES, groups, strict=True):
        arrays |= {prefix + name: np.asarray(array, dtype=np.float64) for name, array in group.items()}
    facts = model.facts.model_dump_json().encode()
    buffer = io.BytesIO()
    np.savez(
        buffer,
        allow_pickle=False,
        facts=np.frombuffer(facts, dtype=np.uint8),
        sha256=np.frombuffer(_digest(facts, arrays), dtype=np.uint8),
        **arrays,
    )
    write_atomically(path, buffer.getvalue(), keep_previous=True)


def load_model(path: Path) -> Model:
    """Read and check a model. Raises `ModelError` for anything but a whole and fitting file."""
    if not path.is_file():
        raise ModelError(f"expected a model file at {path}, found none; make one with: efferent calibrate")
    if path.stat().st_size > MAX_BYTES:
        raise ModelError(f"{path} is larger than any model ({MAX_BYTES} bytes); is it a recording?")
    try:
        present = array_names(path)
        grouped = sorted(name for name in present if name.startswith(PREFIXES))
        wanted = (*ARRAYS, *(name for name in OPTIONAL if name in present), *grouped)
        stored = read_arrays(path, ("facts", "sha256", *wanted))
        facts_bytes, stored_digest = stored["facts"].tobytes(), stored["sha256"].tobytes()
        arrays = {name: np.array(stored[name], dtype=np.float64, order="C") for name in wanted}
        facts = ModelFacts.model_validate_json(facts_bytes)
    except (RecordingError, ValueError, ValidationError) as error:
        what = str(error).splitlines()[0]
        raise ModelError(f"{path} is not a model of Efferent: {what}; fit it again with: efferent calibrate") from error
    if stored_digest != _digest(facts_bytes, arrays):
        raise ModelError(f"{path} was changed after it was fitted (its hash differs); fit it again")
    groups = {prefix: _take_group(arrays, prefix) for prefix in PREFIXES}
    try:
        rest = baseline_from_arrays(groups[REST_PREFIX], facts.channel_count)
        levels = levels_from_arrays(groups[LEVELS_PREFIX], len(facts.class_names), facts.channel_count)
        sound = sound_from_arrays(groups[SOUND_PREFIX])
        model = Model(facts, **arrays, decoder=groups[DECODER_PREFIX], rest=rest, levels=levels, sound=sound)
        _require_shapes(model)
        check_decoder(model)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    return model


def _digest(facts: bytes, arrays: dict[str, NDArray[np.float64]]) -> bytes:
    digest = hashlib.sha256(facts)
    for name in sorted(arrays):
        digest.update(name.encode() + arrays[name].tobytes())
    return digest.digest()


def _take_group(arrays: dict[str, NDArray[np.float64]], prefix: str) -> dict[str, NDArray[np.float64]]:
    names = [name for name in arrays if name.startswith(prefix)]
    return {name.removeprefix(prefix): arrays.pop(name) for name in names}


def _require_shapes(model: Model) -> None:
    facts = model.facts
    channels, classes = facts.channel_count, len(facts.class_names)
    expected = {
        "threshold": (channels,),
        "effort_low": (classes,),
        "effort_high": (classes,),
    }
    for name, shape in expected.items():
        found = getattr(model, name).shape
        if found != shape:
            raise ModelError(f"array '{name}' has shape {found}, its facts ask for {shape}; fit it again")
    for sections in (model.sections, model.speed_sections):
        if sections.ndim != 2 or sections.shape[1] != 6:
            raise ModelError(f"filter sections have shape {sections.shape}, expected [s, 6]; fit it again")
    if (facts.speed_high_pass_hz is not None) != (len(model.speed_sections) > 0):
        raise ModelError("its facts and its filters disagree on a path for the speed; fit it again")
    named = {name: getattr(model, name) for name in (*ARRAYS, *OPTIONAL)} | dict(model.decoder) | model.rest.arrays()
    for name, array in named.items():
        if not np.isfinite(array).all():
            raise ModelError(f"array '{name}' holds a value that is no number; fit it again")
