"""Fit a decoder to a labelled recording. Never runs on the control loop."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from controller.calibration.batch import segment_features
from controller.calibration.filters import design_filters
from controller.calibration.fits.kinds import FITS, FitKind
from controller.calibration.notch import Notch, choose_notch
from controller.calibration.sound import measure_sound
from controller.calibration.training import (
    Choices,
    Training,
    quiet_rows,
    require_labels,
    rest_baseline,
    training_windows,
    usable_rows,
)
from controller.decoders.gaussian.fit import MOST_CHANNELS
from controller.decoders.model import LOG_COVARIANCE, Model, ModelFacts
from controller.decoders.motions import Motions
from controller.emg.conditioning import Conditioning
from controller.emg.features.feature_set import FeatureSet
from controller.emg.features.features import Features
from controller.emg.features.log_covariance import LogCovariance, floor_from_rest
from controller.emg.speed_path import SpeedPath
from controller.errors import CalibrationError
from controller.step import training_path
from drivers.recordings.recording import Recording

AUTO = "auto"
# Counting features ignore steps below this share of the channel's noise at rest. Hugosdottir & Gade 2015 searched
# 0-0.52 times the baseline RMS; the middle of it.
THRESHOLD_OF_REST_RMS = 0.25


@dataclass(frozen=True, slots=True)
class FitSettings:
    """How a model is made.

    `decoder`: `gaussian` (up to 16 channels, follows the electrodes), `lda` (any number, stays as fitted), or `auto`:
    the first where it can be had. `feature_set`: by name, or `auto` for the decoder's usual one.
    `ring`: the electrodes are equally spaced around the limb, in the order of the channels, as on an armband.
    `notch_hz`: of mains hum; `auto` for a notch only where hum is found at rest, None for none.
    `speed_high_pass_hz`: the effort, which the speed follows, comes from above this frequency; near the heart 100 Hz.
    A decoder whose decisions are speeds already (direct, regression) has all its features from there.
    `settle_ms`: left out after each change of the prompt, because people lag it.
    `choices`: what the classes mean for the arm, for decoders whose fit depends on it.
    """

    decoder: str = AUTO
    feature_set: str = AUTO
    ring: bool = False
    window_ms: float = 200.0
    hop_ms: float = 10.0
    band_pass_hz: tuple[float, float] = (20.0, 450.0)
    notch_hz: Notch = "auto"
    speed_high_pass_hz: float | None = None
    settle_ms: float = 1000.0
    choices: Choices = field(default_factory=Choices)


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
    decoder, feature_set = _choose(settings, info.channel_count)
    hop_samples = max(round(settings.hop_ms * 1e-3 * info.rate_hz), 1)
    window_hops = max(round(settings.window_ms * 1e-3 * info.rate_hz / hop_samples), 1)
    require_labels(recording)
    usable = usable_rows(recording, settings.settle_ms)
    notch_hz, mains = choose_notch(recording, usable, settings.notch_hz)
    filters = design_filters(
        info.rate_hz,
        settings.band_pass_hz,
        notch_hz,
        settings.speed_high_pass_hz,
        FITS[decoder].speed_in_features,
    )
    quiet = quiet_rows(recording, filters.sections, usable)
    threshold = THRESHOLD_OF_REST_RMS * np.sqrt(np.mean(quiet**2, axis=0))
    floor = floor_from_rest(quiet)
    features: Features
    if feature_set == LOG_COVARIANCE:
        features = LogCovariance(info.channel_count, hop_samples, window_hops, floor)
    else:
        features = FeatureSet(feature_set, info.channel_count, hop_samples, window_hops, threshold)
    speed = None
    if len(filters.speed_sections):
        speed = SpeedPath(Conditioning(filters.speed_sections, info.channel_count), hop_samples, window_hops)
    path = training_path(filters.sections, features, speed)
    windows = segment_features(path, recording, progress)
    training = training_windows(recording, windows, usable, floor, settings.ring, settings.choices)
    arrays = FITS[decoder].fit(training)
    low, high = training.effort_span()
    facts = ModelFacts(
        decoder=decoder,
        feature_set=feature_set,
        class_names=recording.class_names,
        channel_count=info.channel_count,
        rate_hz=info.rate_hz,
        unit=info.unit,
        hop_samples=hop_samples,
        window_hops=window_hops,
        band_pass_hz=filters.band_pass_hz,
        notch_hz=notch_hz,
        notch_detected=settings.notch_hz == "auto",
        mains=mains,
        speed_high_pass_hz=filters.speed_high_pass_hz,
        trained_on=trained_on,
        training_windows=training.windows,
        **_meant(training, FITS[decoder]),
    )
    rest = rest_baseline(recording, usable)
    levels = training.channel_levels()
    moving = usable & (recording.class_of_sample != training.rest)
    sound = measure_sound(recording, moving, rest, hop_samples, window_hops)
    return Model(facts, filters.sections, threshold, low, high, arrays, rest, levels, filters.speed_sections, sound)


def choices_of(facts: ModelFacts) -> Choices:
    """Return what a fit was told, from the model that it made; a model whose fit asked for nothing has nothing."""
    choices = Choices()
    if facts.joints:
        rows = zip(facts.class_names, facts.directions, strict=True)
        speeds = {name: dict(zip(facts.joints, row, strict=True)) for name, row in rows}
        choices = replace(choices, motions=Motions(facts.joints, speeds))
    if facts.direct is not None:
        choices = replace(choices, direct=facts.direct)
    return choices if facts.regression is None else replace(choices, regression=facts.regression)


def _meant(training: Training, kind: FitKind) -> dict[str, object]:
    """Return what the fit was told of the arm and of this decoder, where it depends on that."""
    if not kind.needs_motions:
        return {}
    directions = tuple(tuple(row) for row in training.directions.tolist())
    own = {name: getattr(training.choices, name) for name in kind.settings}
    return {"joints": training.motions.joints, "directions": directions, **own}


def _choose(settings: FitSettings, channel_count: int) -> tuple[str, str]:
    """Return decoder and feature set, by name."""
    usual = ("gaussian", "lda") if channel_count <= MOST_CHANNELS else ("lda",)
    possible = usual if settings.decoder == AUTO else (settings.decoder,)
    for decoder in possible:
        if decoder not in FITS:
            raise CalibrationError(f"no decoder is called '{decoder}'; there are: {AUTO}, {', '.join(FITS)}")
        fitting = FITS[decoder].feature_sets
        if settings.feature_set == AUTO:
            return decoder, fitting[0]
        if settings.feature_set in fitting:
            return decoder, settings.feature_set
    raise CalibrationError(
        f"no feature set '{settings.feature_set}' for the decoder {' or '.join(possible)}: "
        + "; ".join(f"{decoder} takes {', '.join(FITS[decoder].feature_sets)}" for decoder in possible)
    )
