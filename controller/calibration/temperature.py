"""Confidence that means what it says: one temperature, from trials that the fit has not seen.

Linear discriminants are too sure of themselves, for overlapping windows are not independent and tails are not normal.
Dividing their log scores by the temperature under which the held-out labels are likeliest corrects that without
changing a decision (Guo et al. 2017, ICML 70:1321-1330). Rejection at 0.60-0.75 presumes it.
"""

from collections.abc import Callable
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from controller.errors import CalibrationError

# From vectors [n, f] to log scores [n, classes].
Scorer = Callable[[NDArray[np.float64]], NDArray[np.float64]]
Fit = Callable[[NDArray[np.float64], NDArray[np.int64]], Scorer]

# With a single trial of a class nothing shows how sure a decision may be: the scores stay as they are, too sure.
NOT_KNOWN = 1.0
# Where the temperature is sought. Not below 1: held-out trials without an error would make it 0, never unsure, and no
# wearer's discriminant was too modest.
LOWEST, HIGHEST = 1.0, 100.0
# Share of windows whose label is not what the wearer did (late, slipped): they would make the temperature theirs. Over
# 66 sessions of nine people 0.03 left half of the calibration error that 0 left, and the least surprise in unseen
# trials.
MISLABELLED = 0.03
# Mislabelled windows make shallow valleys, so the best of a grid is found first; of equals the least sure. The golden
# section then looks between its neighbours: each step keeps 0.618 of the span, 24 leave a hundred-thousandth of it.
GRID, STEPS = 33, 24
_GOLDEN = (5.0**0.5 - 1.0) / 2.0


def fit_temperature(
    scores: NDArray[np.float64], labels: NDArray[np.int64], lowest: float = LOWEST, highest: float = HIGHEST
) -> float:
    """Return the temperature in [lowest, highest] that makes `labels` [n] likeliest under log scores [n, classes].

    Minimises the mean negative log of (1 - `MISLABELLED`) p(label) + `MISLABELLED` / classes; every
    class weighs the same, however many windows it has. Raises `CalibrationError` without scores or for what is no
    number.
    """
    if len(scores) == 0 or not np.isfinite(scores).all():
        raise CalibrationError("confidence needs held-out scores that are numbers; record more trials of every motion")
    counts = np.bincount(labels, minlength=scores.shape[1])
    weights = 1.0 / counts[labels]
    weights /= weights.sum()
    grid = np.linspace(log(lowest), log(highest), GRID)
    costs = [_surprise(scores, labels, weights, exp(place)) for place in grid]
    best = GRID - 1 - int(np.argmin(costs[::-1]))
    low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, GRID - 1)])
    for _ in range(STEPS):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if _surprise(scores, labels, weights, exp(left)) < _surprise(scores, labels, weights, exp(right)):
            high = right
        else:
            low = left
    return exp((low + high) / 2.0)


def held_out_temperature(
    vectors: NDArray[np.float64], labels: NDArray[np.int64], repetition: NDArray[np.int64], fit: Fit
) -> float:
    """Return the temperature that trials give which `fit` has not seen, `NOT_KNOWN` where there are none."""
    scores, truth = held_out_scores(vectors, labels, repetition, fit)
    return fit_temperature(scores, truth) if len(truth) else NOT_KNOWN


def held_out_scores(
    vectors: NDArray[np.float64], labels: NDArray[np.int64], repetition: NDArray[np.int64], fit: Fit
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return log scores [m, classes] and labels [m] of every repetition [n] under a fit to all others.

    Whole repetitions are held out: windows of one trial resemble each other, so that leaving out single windows would
    flatter. Repetitions whose rest lacks a class are passed over; nothing may be left.
    """
    classes = len(np.unique(labels))
    scores, truth = [np.zeros((0, classes))], [np.zeros(0, dtype=np.int64)]
    for one in np.unique(repetition):
        out = repetition == one
        if len(np.unique(labels[~out])) < classes:
            continue
        scores.append(fit(vectors[~out], labels[~out])(vectors[out]))
        truth.append(labels[out])
    return np.concatenate(scores), np.concatenate(truth)


def probabilities(scores: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Return the softmax [n, classes] of log scores at `temperature`."""
    scaled = (scores - scores.max(axis=1, keepdims=True)) / temperature
    odds = np.exp(scaled)
    shares: NDArray[np.float64] = odds / odds.sum(axis=1, keepdims=True)
    return shares


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 10) -> float:
    """Return the mean distance between confidence [n] and share of right decisions [n], over equal bins, 0 to 1."""
    which = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    sums = np.bincount(which, weights=confidence - right, minlength=bins)
    return float(np.abs(sums).sum() / max(len(confidence), 1))


def _surprise(
    scores: NDArray[np.float64], labels: NDArray[np.int64], weights: NDArray[np.float64], temperature: float
) -> float:
    classes = scores.shape[1]
    likelihood = probabilities(scores, temperature)[np.arange(len(labels)), labels]
    return -float(weights @ np.log((1.0 - MISLABELLED) * likelihood + MISLABELLED / classes))
