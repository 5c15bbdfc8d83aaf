"""Does a confidence mean what it says? Every decoder, on repetitions that its fit has not seen."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from controller.calibration.fit import FitSettings, fit_model
from controller.calibration.fits.kinds import FITS
from controller.calibration.temperature import calibration_error
from controller.calibration.training import Choices
from controller.calibration.trials import rows_of
from controller.config import ShapingConfig
from controller.decoders.kinds import build_decoder
from controller.decoders.motions import Motions
from controller.decoders.settings import DirectSettings
from controller.errors import CalibrationError
from controller.evaluation.candidates.live_path import live_windows
from controller.evaluation.data_sets import DATA_SETS, DataSet
from controller.evaluation.folds import Fold
from controller.evaluation.suite import STANDARD
from controller.step import feature_path
from drivers.recordings.recording import Recording

# Of an armband's muscles those that bend and stretch the wrist can best be told apart as sites.
DIRECT_JOINT = "wrist_flexion"
# Within a session, so that the confidence is asked about what it was fitted for.
TESTS = tuple(test for test in STANDARD if "-same-" in test.name)
THRESHOLD = ShapingConfig().rejection_threshold


@dataclass(frozen=True, slots=True)
class ConfidenceScore:
    """One decoder in one test, means over its fits.

    A decision is right if every joint is meant to go the way it would go. `calibration_error`: mean distance between
    confidence and share of right decisions, over ten equal bins. `accepted`: share of the decisions not below the usual
    threshold, `accepted_right`: how many of those are right. `refused`: fits that could not be made.
    """

    fits: int
    refused: int
    right: float
    confidence: float
    calibration_error: float
    accepted: float
    accepted_right: float


def confidence_scores(
    people: dict[str, list[Path]], progress: Callable[[str], None] = lambda _: None
) -> dict[str, dict[str, ConfidenceScore]]:
    """Return test → decoder → score for the tests whose people are there; `progress` is told what is under way."""
    scores: dict[str, dict[str, ConfidenceScore]] = {}
    for test in TESTS:
        data_set = DATA_SETS[test.data_set]
        folds = [fold for path in people.get(test.data_set, []) for fold in test.folds(data_set.load(path))]
        for decoder in FITS if folds else ():
            progress(f"{test.name}, {decoder}")
            judged = [_judged(fold, data_set, decoder) for fold in folds]
            scores.setdefault(test.name, {})[decoder] = _summary([one for one in judged if one], len(folds))
    return scores


def _judged(fold: Fold, data_set: DataSet, decoder: str) -> tuple[float, ...] | None:
    """Fit, decide, and judge what counts; None where the fit is refused."""
    training, (stream,), frame = fold.training, fold.streams, data_set.frame
    motions = _motions(data_set, training)
    direct = DirectSettings(joints=(DIRECT_JOINT,))
    tested, counted = stream.recording, stream.counted
    if decoder == "direct":
        training, tested, counted = _own_motions(training, tested, counted, motions)
        motions = _motions(data_set, training)
    rate_hz = training.info.rate_hz
    settle = frame.settle_samples(rate_hz) + frame.window_samples(rate_hz) - 1
    settings = FitSettings(
        decoder=decoder,
        ring=frame.ring and decoder == "gaussian",
        window_ms=frame.window_ms,
        hop_ms=frame.hop_ms,
        settle_ms=settle / rate_hz * 1e3,
        choices=Choices(motions, direct),
    )
    try:
        model = fit_model(training, settings, trained_on=training.info.source_id)
    except CalibrationError:
        return None
    meant = motions.directions(training.class_names)
    one, windows = build_decoder(model, meant), live_windows(feature_path(model), tested)
    signs, confidence = [], []
    for vector in windows.vectors:
        intent = one.decode(vector)
        signs.append(np.sign(intent.direction))
        confidence.append(intent.confidence)
    judged = counted[windows.newest_row]
    labels = tested.class_of_sample[windows.newest_row][judged]
    right = (np.array(signs)[judged] == np.sign(meant[labels])).all(axis=1)
    sure = np.array(confidence)[judged]
    accepted = sure >= THRESHOLD
    return (
        float(right.mean()),
        float(sure.mean()),
        calibration_error(sure, right),
        float(accepted.mean()),
        float(right[accepted].mean()) if accepted.any() else 0.0,
    )


def _motions(data_set: DataSet, training: Recording) -> Motions:
    known = {name: data_set.motions[name] for name in training.class_names if name in data_set.motions}
    return Motions(data_set.joints, known)


def _own_motions(
    training: Recording, tested: Recording, counted: NDArray[np.bool_], motions: Motions
) -> tuple[Recording, Recording, NDArray[np.bool_]]:
    """Leave rest and the motions of the joint that direct control has: nobody with two sites makes the others."""
    moves = motions.directions(training.class_names) != 0.0
    joint = motions.joints.index(DIRECT_JOINT)
    own = ~np.delete(moves, joint, axis=1).any(axis=1)
    kept = np.flatnonzero(own)
    renumbered = np.cumsum(own) - 1
    names = tuple(training.class_names[index] for index in kept)
    return (
        _with_classes(training, own, renumbered, names),
        _with_classes(tested, own, renumbered, names),
        counted[own[tested.class_of_sample]],
    )


def _with_classes(
    recording: Recording, own: NDArray[np.bool_], renumbered: NDArray[np.int64], names: tuple[str, ...]
) -> Recording:
    part = rows_of(recording, own[recording.class_of_sample])
    return replace(part, class_names=names, class_of_sample=renumbered[part.class_of_sample])


def _summary(judged: list[tuple[float, ...]], fits: int) -> ConfidenceScore:
    means = np.mean(judged, axis=0).round(4).tolist() if judged else [0.0] * 5
    return ConfidenceScore(len(judged), fits - len(judged), *means)
