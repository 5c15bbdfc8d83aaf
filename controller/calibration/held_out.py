"""How well a model would do on trials that it has not seen: what a person may rest a decision on."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from controller.calibration.add_session import labels_in, trusting_path
from controller.calibration.batch import segment_features
from controller.calibration.training import usable_rows
from controller.calibration.trials import rows_of
from controller.decoders.kinds import build_decoder
from controller.decoders.model import Model
from controller.errors import CalibrationError
from drivers.recordings.recording import Recording


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Error in % of a model made of one part of the trials, on the other; and of the `running` one, on the same.

    None where it cannot be had: too little was recorded, or the running model does not know the motions.
    `confusion`: (asked, decided) → windows of the new one.
    """

    new_percent: float | None
    running_percent: float | None
    confusion: dict[tuple[str, str], int] = field(default_factory=dict)


def held_out_error(
    recording: Recording, make: Callable[[Recording], Model], running: Model | None, settle_ms: float
) -> HeldOut:
    """Hold out one round after the other; with one trial of each motion, the second half of every trial.

    Every class counts the same. Nothing is learnt from unlabelled windows meanwhile.
    """
    new: list[float] = []
    before: list[float] = []
    confusion: Counter[tuple[str, str]] = Counter()
    for seen, unseen, settle in _parts(recording, settle_ms):
        try:
            found = confusion_of(make(seen), unseen, settle)
            confusion += found
            new.append(_error_percent(found))
            if running is not None:
                before.append(error_percent(running, unseen, settle))
        except CalibrationError:
            continue
    return HeldOut(_mean(new), _mean(before), dict(confusion))


def error_percent(model: Model, recording: Recording, settle_ms: float) -> float:
    """Return the mean over classes of the share of wrong decisions. Raises `CalibrationError` where there is none."""
    return _error_percent(confusion_of(model, recording, settle_ms))


def confusion_of(model: Model, recording: Recording, settle_ms: float) -> Counter[tuple[str, str]]:
    """Count windows by (asked, decided); "" where no class was. Raises `CalibrationError` where there is no window."""
    labels = labels_in(model, recording)
    if (labels < 0).any():
        raise CalibrationError("the recording has motions that the model does not know")
    features = segment_features(trusting_path(model), recording)
    keep = usable_rows(recording, settle_ms)[features.newest_row]
    decoder = build_decoder(model, np.zeros((len(model.facts.class_names), 1)))
    # `decode` hands out the same intent again and again.
    decided = np.array([decoder.decode(vector).class_index for vector in features.vectors[keep]], dtype=np.int64)
    if len(decided) and (decided < 0).all():
        raise CalibrationError("a decoder without classes has no error rate")
    asked = labels[features.newest_row[keep]]
    if not len(asked):
        raise CalibrationError("no window is left to test with")
    names = (*model.facts.class_names, "")
    pairs = zip(asked.tolist(), decided.tolist(), strict=True)
    return Counter((names[wanted], names[made]) for wanted, made in pairs)


def _error_percent(confusion: Counter[tuple[str, str]]) -> float:
    """Return the error in %; every class counts the same."""
    shares = []
    for name in dict.fromkeys(asked for asked, _ in confusion):
        windows = sum(count for (asked, _), count in confusion.items() if asked == name)
        shares.append(1.0 - confusion[name, name] / windows)
    return 100.0 * float(np.mean(shares))


def _parts(recording: Recording, settle_ms: float) -> list[tuple[Recording, Recording, float]]:
    rounds = np.unique(recording.repetition)
    classes = set(np.unique(recording.class_of_sample).tolist())
    whole = [one for one in rounds if set(recording.class_of_sample[recording.repetition == one].tolist()) == classes]
    if len(whole) > 1:
        return [
            (
                rows_of(recording, recording.repetition != one),
                rows_of(recording, recording.repetition == one),
                settle_ms,
            )
            for one in whole
        ]
    first = _first_half(recording, settle_ms)
    # The second half is settled, and its first window lies wholly in it.
    return [(rows_of(recording, first), rows_of(recording, ~first), 0.0)]


def _first_half(recording: Recording, settle_ms: float) -> NDArray[np.bool_]:
    """Mark the rows before the middle of what is usable of each trial."""
    usable = usable_rows(recording, settle_ms)
    changed = (np.diff(recording.class_of_sample) != 0) | (np.diff(recording.segment) != 0)
    first = np.ones(len(recording), dtype=np.bool_)
    edges = [0, *(np.flatnonzero(changed) + 1).tolist(), len(recording)]
    for begin, end in pairwise(edges):
        settled = begin + int(np.argmax(usable[begin:end])) if usable[begin:end].any() else end
        first[(settled + end) // 2 : end] = False
    return first


def _mean(values: list[float]) -> float | None:
    return float(np.mean(values)) if values else None
