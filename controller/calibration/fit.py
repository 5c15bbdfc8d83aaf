"""Fit a decoder to a labelled recording. Never runs on the control loop."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from controller.calibration.batch import BatchFeatures, segment_features
from controller.decoders.gaussian.fit import MOST_CHANNELS, fit_gaussian
from controller.decoders.kinds import LOG_COVARIANCE
from controller.decoders.model import REST, Model, ModelFacts
from controller.emg.conditioning import Conditioning
from controller.emg.features.feature_set import FeatureSet
from controller.emg.features.features import Features
from controller.emg.features.log_covariance import LogCovariance, floor_from_rest
from controller.emg.filter_design import design_band_pass
from controller.errors import CalibrationError
from controller.step import FeaturePath
from drivers.recordings.recording import Recording

# Counting features ignore steps below this share of the channel's noise at rest. Hugosdottir & Gade 2015 searched
# 0-0.52 times the baseline RMS; the middle of it.
THRESHOLD_OF_REST_RMS = 0.25
# Fewer windows than this cannot carry a covariance; at a 10 ms hop it is half a second.
FEWEST_WINDOWS = 50


@dataclass(frozen=True, slots=True)
class FitSettings:
    """How a model is made.

    `decoder`: `gaussian` (up to 16 channels, follows the electrodes), `lda` (any number, stays as fitted), or `auto`:
    the first where it can be had.
    `ring`: the electrodes are equally spaced around the limb, in the order of the channels, as on an armband.
    `settle_ms`: left out after each change of the prompt, because people lag it.
    """

    decoder: str = "auto"
    ring: bool = False
    window_ms: float = 200.0
    hop_ms: float = 10.0
    band_pass_hz: tuple[float, float] = (20.0, 450.0)
    notch_hz: float | None = None
    settle_ms: float = 1000.0


def fit_model(
    recording: Recording,
    settings: FitSettings,
    trained_on: str,
    progress: Callable[[int], None] = lambda _: None,
) -> Model:
    """Fit to the labelled rows of `recording`. `progress` is told how many rows are done.

    Raises `CalibrationError` when the data cannot give a usable model, naming the class or channel at fault.
    """
    info = recording.info
    hop_samples = max(round(settings.hop_ms * 1e-3 * info.rate_hz), 1)
    window_hops = max(round(settings.window_ms * 1e-3 * info.rate_hz / hop_samples), 1)
    sections = design_band_pass(info.rate_hz, *settings.band_pass_hz, settings.notch_hz)
    _require_labels(recording)
    usable = _usable_rows(recording, settings.settle_ms)
    quiet = _quiet_rows(recording, sections, usable)
    threshold = THRESHOLD_OF_REST_RMS * np.sqrt(np.mean(quiet**2, axis=0))
    floor = floor_from_rest(quiet)
    windowed: Features
    decoder = settings.decoder
    if decoder == "auto":
        decoder = "gaussian" if info.channel_count <= MOST_CHANNELS else "lda"
    if decoder == "gaussian":
        feature_set = LOG_COVARIANCE
        windowed = LogCovariance(info.channel_count, hop_samples, window_hops, floor)
    elif decoder == "lda":
        feature_set = "td4"
        windowed = FeatureSet(feature_set, info.channel_count, hop_samples, window_hops, threshold)
    else:
        raise CalibrationError(f"no decoder is called '{decoder}'; there are: auto, gaussian, lda")
    path = FeaturePath(Conditioning(sections, info.channel_count), windowed)
    features = segment_features(path, recording, progress)
    keep = usable[features.newest_row]
    labels = recording.class_of_sample[features.newest_row][keep]
    windows = _require_windows(recording, labels)
    if decoder == "gaussian":
        repetitions = recording.repetition[features.newest_row][keep]
        gaussian = fit_gaussian(features.vectors[keep], labels, recording.class_names, settings.ring, repetitions)
        arrays = {**gaussian.arrays(), "covariance_floor": np.array(floor)}
    else:
        weights, bias = _discriminant(features.vectors[keep], labels, len(recording.class_names))
        arrays = {"weights": weights, "bias": bias}
    low, high = _effort_span(features, keep, labels, recording.class_names)
    facts = ModelFacts(
        decoder=decoder,
        feature_set=feature_set,
        class_names=recording.class_names,
        channel_count=info.channel_count,
        rate_hz=info.rate_hz,
        unit=info.unit,
        hop_samples=hop_samples,
        window_hops=window_hops,
        band_pass_hz=settings.band_pass_hz,
        notch_hz=settings.notch_hz,
        trained_on=trained_on,
        training_windows=windows,
    )
    return Model(facts, sections, threshold, low, high, arrays)


def _require_labels(recording: Recording) -> None:
    if len(recording) == 0:
        raise CalibrationError("nothing of the recording was selected; check --session and --repetitions")
    present = {recording.class_names[index] for index in np.unique(recording.class_of_sample)}
    if REST not in present:
        raise CalibrationError(f"training needs the class '{REST}', the recording has {', '.join(sorted(present))}")
    if len(present) < 2:
        raise CalibrationError(f"training needs '{REST}' and at least one motion, the recording has only '{REST}'")
    spread = np.ptp(recording.samples, axis=0)
    dead = [str(channel + 1) for channel in np.flatnonzero(~(spread > 0))]
    if dead:
        raise CalibrationError(f"channel {', '.join(dead)} never changes in the training data; check its electrode")


def _usable_rows(recording: Recording, settle_ms: float) -> NDArray[np.bool_]:
    """Mark rows that are far enough from a change of the prompt or a cut."""
    settle = round(settle_ms * 1e-3 * recording.info.rate_hz)
    changed = (np.diff(recording.class_of_sample) != 0) | (np.diff(recording.segment) != 0)
    starts = np.concatenate(([0], np.flatnonzero(changed) + 1))
    since_change = np.arange(len(recording)) - np.repeat(starts, np.diff(np.append(starts, len(recording))))
    usable: NDArray[np.bool_] = since_change >= settle
    return usable


def _quiet_rows(recording: Recording, sections: NDArray[np.float64], usable: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the conditioned samples at rest."""
    rest = recording.class_names.index(REST)
    conditioned = np.empty_like(recording.samples)
    Conditioning(sections, recording.info.channel_count).process(np.nan_to_num(recording.samples), conditioned)
    quiet: NDArray[np.float64] = conditioned[usable & (recording.class_of_sample == rest)]
    if len(quiet) == 0:
        raise CalibrationError(f"no row of '{REST}' is left after the settling time; record longer rests")
    return quiet


def _require_windows(recording: Recording, labels: NDArray[np.int64]) -> tuple[int, ...]:
    counts = np.bincount(labels, minlength=len(recording.class_names))
    for name, count in zip(recording.class_names, counts, strict=True):
        if count < FEWEST_WINDOWS:
            raise CalibrationError(
                f"class '{name}' has {count} usable windows, at least {FEWEST_WINDOWS} are needed; "
                "record more or longer trials, or shorten the settling time"
            )
    return tuple(int(count) for count in counts)


def _discriminant(
    vectors: NDArray[np.float64], labels: NDArray[np.int64], class_count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit on standardised features with Ledoit-Wolf shrinkage and equal priors; return weights on raw features."""
    mean, deviation = vectors.mean(axis=0), vectors.std(axis=0)
    deviation[deviation == 0.0] = 1.0
    lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=np.full(class_count, 1.0 / class_count))
    lda.fit((vectors - mean) / deviation, labels)
    weights, bias = np.asarray(lda.coef_), np.asarray(lda.intercept_)
    if class_count == 2:  # scikit-learn gives one row for two classes: the score of the second against the first
        weights, bias = np.vstack((-weights / 2, weights / 2)), np.concatenate((-bias / 2, bias / 2))
    weights = weights / deviation
    return np.ascontiguousarray(weights), bias - weights @ mean


def _effort_span(
    features: BatchFeatures, keep: NDArray[np.bool_], labels: NDArray[np.int64], class_names: tuple[str, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Per class: no speed at the rest level (95th percentile of rest), full speed at its own 80th percentile."""
    effort = features.effort[keep]
    rest_level = float(np.percentile(effort[labels == class_names.index(REST)], 95))
    high = np.array([np.percentile(effort[labels == index], 80) for index in range(len(class_names))])
    low = np.minimum(rest_level, 0.5 * high)
    return low, high
