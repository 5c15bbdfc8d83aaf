"""Was this trial a good one to learn from? Measured for each prompted trial, against the wearer's other trials."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.calibration.trials import TrialName
from controller.errors import CalibrationError
from controller.rest_class import REST

# The wearer has begun when the effort stays above this for so long. Rest is noise and slight movements: the 95th
# percentile of it, and half as much again.
REST_PERCENTILE, ABOVE_REST = 95.0, 1.5
SUSTAINED_S = 0.1
# People let go about a second late: the last half of each rest is rest.
SETTLED_SHARE = 0.5
# Change of effort over this time counts as unsteady; slower ones are a graded effort, which is wanted.
STEADY_OVER_S = 0.25
# Covariance of windows within a trial, drawn this far to its diagonal.
SHRINKAGE = 0.1
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class PromptedTrial:
    """Windows from the prompt's beginning to its end, hop by hop: `vectors` [n, f], `levels` [n, ch].

    `levels`: mean absolute value per channel, in the signal's unit (`Features.level`). `first_s`: from the prompt to
    the first window's newest sample; more than a hop where the recording was cut there.
    """

    name: TrialName
    vectors: NDArray[np.float64]
    levels: NDArray[np.float64]
    first_s: float = 0.0

    @property
    def class_name(self) -> str:
        """What was asked for."""
        return self.name.class_name


@dataclass(frozen=True, slots=True)
class TrialMeasures:
    """What can be said of one trial.

    `prompt_seen`: the recording ran on from before the prompt, so that the onset tells something.
    Effort is the root mean square of the channels' levels, each as a multiple of its own at rest, so that one strong
    site among many counts.
    `onset_s`: from the prompt to the sustained effort, window and all; None where none came. `active`: share of the
    time after the onset that the effort lasted. `level`: median effort, 1 at rest. `effort_range`: 90th over
    10th percentile of the effort. `unsteadiness`: typical change of effort within 0.25 s, as a share of it.
    `recognised`: share of windows nearest to the wearer's other trials of the class; `like`: the class that most of
    the others are nearest to. `to_others`: level over that of the class's other trials.
    """

    onset_s: float | None
    prompt_seen: bool
    active: float
    level: float
    effort_range: float
    unsteadiness: float
    recognised: float
    like: str
    to_others: float

    @property
    def signal_to_noise_db(self) -> float:
        """Level over rest, in decibel."""
        return float(20.0 * np.log10(max(self.level, _TINY)))


def measure_trials(trials: Sequence[PromptedTrial], hop_s: float) -> list[TrialMeasures]:
    """Measure every trial of a session, in their order.

    Medians over trials, and each trial judged by the others of its class, so that bad trials do not make good ones
    look bad. Raises `CalibrationError` without rest or without a motion.
    """
    efforts, begun = _efforts(trials)
    spans = [_span(trial, effort, begun, hop_s) for trial, effort in zip(trials, efforts, strict=True)]
    recognised = _recognise(trials, spans)
    levels = [
        float(np.median(effort[span] if effort[span].size else effort)) if effort.size else 0.0
        for effort, span in zip(efforts, spans, strict=True)
    ]
    found = []
    for index, (trial, whole, span) in enumerate(zip(trials, efforts, spans, strict=True)):
        same = [other for other, one in enumerate(trials) if other != index and one.class_name == trial.class_name]
        usual = float(np.median([levels[other] for other in same])) if same else levels[index]
        effort = whole[span]
        began = trial.class_name != REST and effort.size > 0
        low, high = np.percentile(effort, (10, 90)) if effort.size else (1.0, 1.0)
        share, like = recognised[index]
        found.append(
            TrialMeasures(
                onset_s=trial.first_s + span.start * hop_s if began else None,
                prompt_seen=trial.first_s < 2.0 * hop_s,
                active=float(np.mean(effort > begun)) if began else 0.0,
                level=levels[index],
                effort_range=float(high / max(low, _TINY)),
                unsteadiness=_unsteadiness(effort, hop_s),
                recognised=share,
                like=like,
                to_others=levels[index] / max(usual, _TINY),
            )
        )
    return found


def _efforts(trials: Sequence[PromptedTrial]) -> tuple[list[NDArray[np.float64]], float]:
    """Return each trial's effort [n], 1 at rest, and what counts as having begun."""
    rests = [trial.levels[_settled(trial) :] for trial in trials if trial.class_name == REST and len(trial.levels)]
    if not rests or all(trial.class_name == REST for trial in trials):
        raise CalibrationError(f"scoring needs trials of '{REST}' and of at least one motion")
    at_rest = np.median([np.median(levels, axis=0) for levels in rests], axis=0)
    scale = np.divide(1.0, at_rest, out=np.zeros_like(at_rest), where=at_rest > 0.0)
    channels = max(int(np.count_nonzero(at_rest)), 1)

    def effort(levels: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.sqrt(np.sum((levels * scale) ** 2, axis=1) / channels), dtype=np.float64)

    begun = ABOVE_REST * float(np.median([np.percentile(effort(levels), REST_PERCENTILE) for levels in rests]))
    return [effort(trial.levels) for trial in trials], begun


def _settled(trial: PromptedTrial) -> int:
    return round((1.0 - SETTLED_SHARE) * len(trial.levels))


def _span(trial: PromptedTrial, effort: NDArray[np.float64], begun: float, hop_s: float) -> slice:
    """Return the windows to learn from: from the onset on, none where nothing was done; for rest those settled."""
    total = len(effort)
    if trial.class_name == REST:
        return slice(_settled(trial), total)
    needed = max(round(SUSTAINED_S / hop_s), 1)
    if total < needed:
        return slice(total, total)
    first = np.flatnonzero(np.convolve(effort > begun, np.ones(needed), "valid") >= needed - 0.5)
    return slice(int(first[0]), total) if len(first) else slice(total, total)


def _unsteadiness(effort: NDArray[np.float64], hop_s: float) -> float:
    hops = max(round(STEADY_OVER_S / hop_s), 1)
    if len(effort) <= hops:
        return 0.0
    return float(np.median(np.abs(effort[hops:] - effort[:-hops])) / max(float(np.median(effort)), _TINY))


def _recognise(trials: Sequence[PromptedTrial], spans: Sequence[slice]) -> list[tuple[float, str]]:
    """Return for each trial the share of windows nearest to its own class, and the class nearest to most others.

    Nearest by Mahalanobis distance to the median of each class's trial means, its own without this trial (with it,
    where the class has no other); covariance within trials, shrunk, medians over trials.
    """
    windows = [trial.vectors[span] for trial, span in zip(trials, spans, strict=True)]
    used = [index for index, inside in enumerate(windows) if len(inside) > 1]
    means = {index: windows[index].mean(axis=0) for index in used}
    spread = np.median([windows[index].std(axis=0) for index in used], axis=0)
    scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0.0)
    centred = [(windows[index] - means[index]) * scale for index in used]
    within = np.median([part.T @ part / len(part) for part in centred], axis=0)
    shrunk = (1.0 - SHRINKAGE) * within + SHRINKAGE * np.eye(len(scale))
    values, axes = np.linalg.eigh(shrunk)  # a median of covariances may have a negative eigenvalue
    whiten = scale[:, None] * axes / np.sqrt(np.maximum(values, SHRINKAGE))
    classes = sorted({trials[index].class_name for index in used})
    found = []
    for index, trial in enumerate(trials):
        if index not in means:
            found.append((0.0, REST))
            continue
        centres = []
        for name in classes:
            members = [one for one in used if trials[one].class_name == name]
            others = [one for one in members if one != index] or members
            centres.append(np.median([means[one] for one in others], axis=0) @ whiten)
        points = windows[index] @ whiten
        nearest = np.argmin([((points - centre) ** 2).sum(axis=1) for centre in centres], axis=0)
        counts = np.bincount(nearest, minlength=len(classes))
        own = classes.index(trial.class_name)
        share = float(counts[own] / len(points))
        counts[own] = -1
        found.append((share, classes[int(counts.argmax())] if len(classes) > 1 else trial.class_name))
    return found
