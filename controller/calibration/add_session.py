"""Add a short session to a model: one trial of each motion restores a decoder after the electrodes were put on anew."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from controller.calibration.batch import BatchFeatures, segment_features
from controller.calibration.fit import FitSettings, choices_of, fit_model
from controller.calibration.fits.kinds import FITS
from controller.calibration.training import require_labels, rest_baseline, usable_rows
from controller.calibration.trials import joined
from controller.decoders.direct.left_over import ChannelLevels, measure_levels
from controller.decoders.gaussian.decoder import GaussianDecoder
from controller.decoders.gaussian.learnt import learnt_arrays, without_learnt
from controller.decoders.gaussian.model import model_from_arrays
from controller.decoders.model import Model
from controller.emg.rest_baseline import RestBaseline
from controller.errors import CalibrationError
from controller.rest_class import REST
from controller.step import FeaturePath, feature_path, training_path
from drivers.recordings.recording import Recording

# Where old and new are fitted anew, a trial of today counts as so many of then; as evaluation does it.
WEIGHT_OF_NEW = 3
# Of each class that is added: less says more about the moment than about the motion.
FEWEST_S = 0.3
# Rounds of the added session, beside those of the training, when rounds are held out.
FIRST_ADDED_ROUND = 1_000_000
_ADDED = "; added: "


@dataclass(frozen=True, slots=True)
class _Windows:
    features: BatchFeatures
    labels: NDArray[np.int64]


def add_session(
    model: Model,
    added: Recording,
    settle_ms: float,
    added_from: str,
    training: Recording | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Model:
    """Return the model with a labelled session of today; what an earlier one had added is forgotten.

    A Gaussian decoder learns it on top of its fit; motions that were not shown are taken along by their neighbours. Any
    other is fitted anew to `training`, the recording that it was fitted to, and to `added`, which counts
    `WEIGHT_OF_NEW` times. Spans of effort are today's where a motion was shown, and so is what the
    channels are like at rest, if that was long enough.
    Raises `CalibrationError` or `ModelError` for a session that does not fit the model.
    """
    model.require_fit(added.info)
    require_labels(added)
    unknown = sorted(_present(added) - set(model.facts.class_names))
    if unknown:
        known = ", ".join(model.facts.class_names)
        raise CalibrationError(f"the model does not know {', '.join(unknown)}, only {known}; calibrate from the start")
    trained_on = (model.facts.trained_on.partition(_ADDED)[0] + _ADDED + added_from)[:2000]
    if model.facts.decoder == "gaussian":
        learnt = _learn(model, added, settle_ms, progress)
        return replace(learnt, facts=model.facts.model_copy(update={"trained_on": trained_on}))
    if model.facts.decoder not in FITS:
        raise CalibrationError(f"a session cannot be added to a decoder of kind '{model.facts.decoder}'")
    if training is None:
        raise CalibrationError(
            f"'{model.facts.decoder}' cannot learn on top of its fit and has to be fitted anew to old and new; "
            "give the recording that it was fitted to with --training FILE"
        )
    model.require_fit(training.info)
    later = replace(added, repetition=added.repetition + FIRST_ADDED_ROUND)
    both = joined([training, *[later] * WEIGHT_OF_NEW])
    return fit_model(both, settings_of(model, settle_ms), trained_on, progress)


def settings_of(model: Model, settle_ms: float) -> FitSettings:
    """Return the settings that a model of the same kind is fitted with."""
    facts = model.facts
    return FitSettings(
        decoder=facts.decoder,
        feature_set=facts.feature_set,
        ring=bool(model.decoder["ring"]) if "ring" in model.decoder else False,
        window_ms=facts.window_hops * facts.hop_s * 1e3,
        hop_ms=facts.hop_s * 1e3,
        band_pass_hz=facts.band_pass_hz,
        notch_hz="auto" if facts.notch_detected else facts.notch_hz,
        speed_high_pass_hz=facts.speed_high_pass_hz,
        settle_ms=settle_ms,
        choices=choices_of(facts),
    )


def trusting_path(model: Model) -> FeaturePath:
    """Build the model's path for a session in which the electrodes sit elsewhere: their health is not judged."""
    path = feature_path(model)
    return training_path(model.sections, path.features, path.speed)


def labels_in(model: Model, recording: Recording) -> NDArray[np.int64]:
    """Return each row's class [n] as an index into the model's classes; the recording must have no other."""
    names = model.facts.class_names
    place = np.array([names.index(name) if name in names else -1 for name in recording.class_names], dtype=np.int64)
    return np.asarray(place[recording.class_of_sample])


def _present(recording: Recording) -> set[str]:
    return {recording.class_names[index] for index in np.unique(recording.class_of_sample)}


def _learn(model: Model, added: Recording, settle_ms: float, progress: Callable[[int], None]) -> Model:
    windows = _windows(model, added, settle_ms, progress)
    arrays = without_learnt(model.decoder)
    classes = len(model.facts.class_names)
    decoder = GaussianDecoder(model_from_arrays(arrays), np.zeros((classes, 1)), 1.0 / model.facts.hop_s)
    decoder.reset()  # today's electrodes are not those of the fit
    decoder.learn_labelled(windows.features.vectors, windows.labels)
    low, high = _effort_span(model, windows)
    return replace(
        model,
        effort_low=low,
        effort_high=high,
        decoder={**arrays, **learnt_arrays(decoder.state)},
        rest=_rest(model, added, settle_ms),
        levels=_levels(model, windows),
    )


def _rest(model: Model, added: Recording, settle_ms: float) -> RestBaseline:
    try:
        return rest_baseline(added, usable_rows(added, settle_ms))
    except CalibrationError:
        return model.rest  # too short a rest to judge a channel by; what was known before still stands


def _levels(model: Model, windows: _Windows) -> ChannelLevels:
    """Measure anew where every class was made; levels of different days are not to be compared."""
    classes = len(model.facts.class_names)
    if len(np.unique(windows.labels)) < classes:
        return model.levels
    return measure_levels(windows.features.levels, windows.labels, classes, model.facts.rest_index)


def _windows(model: Model, added: Recording, settle_ms: float, progress: Callable[[int], None]) -> _Windows:
    found = segment_features(trusting_path(model), added, progress)
    keep = usable_rows(added, settle_ms)[found.newest_row]
    rows = found.newest_row[keep]
    labels = labels_in(model, added)[rows]
    fewest = max(round(FEWEST_S / model.facts.hop_s), 1)
    for name in sorted(_present(added)):
        count = int(np.count_nonzero(labels == model.facts.class_names.index(name)))
        if count < fewest:
            raise CalibrationError(
                f"'{name}' has {count} usable windows, at least {fewest} are needed ({FEWEST_S:g} s); "
                "record a longer trial, or shorten the settling time"
            )
    chosen = BatchFeatures(found.vectors[keep], found.levels[keep], found.effort[keep], rows)
    return _Windows(chosen, labels)


def _effort_span(model: Model, windows: _Windows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """As `Training.effort_span`, for the classes that were shown."""
    low, high = model.effort_low.copy(), model.effort_high.copy()
    effort, labels = windows.features.effort, windows.labels
    rest_level = float(np.percentile(effort[labels == model.facts.class_names.index(REST)], 95))
    for index in np.unique(labels):
        high[index] = np.percentile(effort[labels == index], 80)
        low[index] = min(rest_level, 0.5 * high[index])
    return low, high
