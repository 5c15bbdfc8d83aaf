"""Score every trial of a recording: the same windows that a fit would see, measured, judged and put into words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from controller.calibration.batch import BatchFeatures, segment_features
from controller.calibration.notch import Notch, choose_notch
from controller.calibration.training import usable_rows
from controller.calibration.trial_score import PromptedTrial, TrialMeasures, measure_trials
from controller.calibration.trial_score_words import TrialScore, Verdict, score_trial
from controller.calibration.trials import TrialName
from controller.decoders.gaussian.fit import MOST_CHANNELS
from controller.emg.conditioning import Conditioning
from controller.emg.features.feature_set import FeatureSet
from controller.emg.features.features import Features
from controller.emg.features.log_covariance import LogCovariance, floor_from_rest
from controller.emg.filter_design import design_band_pass
from controller.errors import CalibrationError
from controller.rest_class import REST
from controller.step import FeaturePath, training_path
from drivers.recordings.recording import Recording

# Of the windows that trials are looked at with; decisions need not be made with the same.
WINDOW_S, HOP_S = 0.2, 0.01
# Before a prompt is followed; rest after it may show mains hum.
SETTLE_MS = 700.0
_WORSE = (Verdict.GOOD, Verdict.USABLE, Verdict.REDO)


@dataclass(frozen=True, slots=True)
class ScoredTrial:
    """One trial with what was measured and what to tell the wearer."""

    name: TrialName
    measures: TrialMeasures
    score: TrialScore


def score_recording(
    recording: Recording,
    band_pass_hz: tuple[float, float],
    notch: Notch = "auto",
    progress: Callable[[int], None] = lambda _: None,
) -> list[ScoredTrial]:
    """Score the trials in the order of their beginnings; the rests of a round are told as one, the worst of them.

    Independent of the decoder, so that a session can be judged that no decoder could be fitted to. Each session is
    judged by itself. Takes as long as a fit: not on the control loop.
    Raises `CalibrationError` without rest or without a motion.
    """
    info = recording.info
    hop_samples = max(round(HOP_S * info.rate_hz), 1)
    notch_hz, _ = choose_notch(recording, usable_rows(recording, SETTLE_MS), notch)
    path = _path(recording, hop_samples, design_band_pass(info.rate_hz, *band_pass_hz, notch_hz))
    features = segment_features(path, recording, progress)
    hop_s = hop_samples / info.rate_hz
    scored: dict[TrialName, ScoredTrial] = {}
    trials = _cut(recording, features)
    for session in dict.fromkeys(trial.name.session for trial in trials):
        chosen = [trial for trial in trials if trial.name.session == session]
        for trial, measures in zip(chosen, measure_trials(chosen, hop_s), strict=True):
            found = ScoredTrial(trial.name, measures, score_trial(trial, measures))
            kept = scored.get(trial.name)
            if kept is None or _WORSE.index(found.score.verdict) > _WORSE.index(kept.score.verdict):
                scored[trial.name] = found
    return list(scored.values())


def trials_to_redo(scored: Sequence[ScoredTrial]) -> list[TrialName]:
    """Return those that were judged so."""
    return [trial.name for trial in scored if trial.score.verdict is Verdict.REDO]


def _path(
    recording: Recording, hop_samples: int, sections: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> FeaturePath:
    channels = recording.info.channel_count
    window_hops = max(round(WINDOW_S * recording.info.rate_hz / hop_samples), 1)
    windowed: Features
    if channels > MOST_CHANNELS:
        windowed = FeatureSet("td4", channels, hop_samples, window_hops, np.zeros(channels))
        return training_path(sections, windowed)
    rests = recording.class_of_sample == (recording.class_names.index(REST) if REST in recording.class_names else -1)
    if not rests.any():
        raise CalibrationError(f"scoring needs trials of '{REST}' and of at least one motion")
    conditioned = np.empty_like(recording.samples)
    Conditioning(sections, channels).process(np.nan_to_num(recording.samples, posinf=0.0, neginf=0.0), conditioned)
    floor = max(floor_from_rest(conditioned[rests]), np.finfo(np.float64).tiny)
    return training_path(sections, LogCovariance(channels, hop_samples, window_hops, floor))


def _cut(recording: Recording, features: BatchFeatures) -> list[PromptedTrial]:
    """Cut the windows into trials, wherever what is asked for, the round or the session changes."""
    labels = np.stack((recording.class_of_sample, recording.repetition, recording.session))
    starts = np.flatnonzero(np.diff(labels, axis=1, prepend=labels[:, :1] - 1).any(axis=0))
    trials = []
    for first, last in zip(starts.tolist(), [*starts[1:].tolist(), len(recording)], strict=True):
        windows = slice(*np.searchsorted(features.newest_row, (first, last)).tolist())
        class_index, repetition, session = labels[:, first].tolist()
        name = TrialName(recording.class_names[class_index], repetition, session)
        rows = features.newest_row[windows]
        first_s = (int(rows[0]) - first) / recording.info.rate_hz if len(rows) else 0.0
        trials.append(PromptedTrial(name, features.vectors[windows], features.levels[windows], first_s))
    return trials
