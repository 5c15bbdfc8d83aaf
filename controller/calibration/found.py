"""What people look at after a fit: a map of the classes, what is mixed up, how strong each site is in each motion."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from controller.calibration.add_session import labels_in, trusting_path
from controller.calibration.batch import segment_features
from controller.calibration.training import usable_rows
from controller.contract.calibration_result import MOST_CHANNELS, MOST_POINTS
from controller.decoders.model import Model
from drivers.recordings.recording import Recording

# The covariance within classes is drawn this far to its diagonal: few windows of many features.
SHRINKAGE = 0.1
# Two spreads hold 86 % of a normal distribution in the plane.
SPREADS = 2.0


def found_in(
    model: Model, recording: Recording, settle_ms: float, confusion: Mapping[tuple[str, str], int]
) -> dict[str, Any]:
    """Return the fields of `CalibrationResult` but the session. `confusion`: (asked, decided) → windows."""
    found = segment_features(trusting_path(model), recording)
    keep = usable_rows(recording, settle_ms)[found.newest_row]
    labels = labels_in(model, recording)[found.newest_row[keep]]
    present = np.unique(labels[labels >= 0])
    names = [model.facts.class_names[index] for index in present]
    own = np.searchsorted(present, labels)
    vectors, levels = found.vectors[keep], found.levels[keep]
    few = levels.shape[1] <= MOST_CHANNELS and len(present) > 0
    round_vectors = made_round(vectors, own, len(names)) if len(present) > 1 else vectors
    return {
        "classes": names,
        "closest": closest(round_vectors, own, names) if len(present) > 1 else None,
        "clouds": clouds(round_vectors, own, names) if len(present) > 1 else [],
        "confusion": in_percent(confusion, names),
        "levels": [_rounded(levels[own == place].mean(axis=0)) for place in range(len(names))] if few else [],
        "correlation": _correlation(levels[labels != model.facts.rest_index]) if few else [],
    }


def made_round(vectors: NDArray[np.float64], labels: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    """Return windows [n, f] turned and scaled so that a class spreads by 1 in every direction."""
    means = _means(vectors, labels, classes)
    apart = vectors - means[labels]
    within = apart.T @ apart / max(len(vectors) - classes, 1)
    within = (1.0 - SHRINKAGE) * within + SHRINKAGE * np.diag(np.diag(within))
    values, basis = np.linalg.eigh(within)
    whiten = basis / np.sqrt(np.maximum(values, 1e-9 * max(values[-1], 1e-300)))
    return np.asarray((vectors - means.mean(axis=0)) @ whiten)


def closest(vectors: NDArray[np.float64], labels: NDArray[np.int64], names: list[str]) -> dict[str, Any]:
    """Return which two classes are nearest to each other; `vectors` made round."""
    means = _means(vectors, labels, len(names))
    pairs = combinations(range(len(names)), 2)
    apart, one, other = min((float(np.linalg.norm(means[one] - means[other])), one, other) for one, other in pairs)
    return {"one": names[one], "other": names[other], "spreads": round(apart, 2)}


def clouds(vectors: NDArray[np.float64], labels: NDArray[np.int64], names: list[str]) -> list[dict[str, Any]]:
    """Project windows that were made round on the plane in which the means of the classes lie farthest apart.

    That is linear discriminant analysis: within-class covariance made round, then the two directions in which the
    means differ most (Fisher 1936, doi 10.1111/j.1469-1809.1936.tb02137.x).
    """
    means = _means(vectors, labels, len(names))
    _, _, directions = np.linalg.svd(means - means.mean(axis=0))
    flat = vectors @ directions[:2].T
    if flat.shape[1] == 1:
        flat = np.hstack((flat, np.zeros_like(flat)))
    return [_cloud(name, flat[labels == place], MOST_POINTS // len(names)) for place, name in enumerate(names)]


def _means(vectors: NDArray[np.float64], labels: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    return np.array([vectors[labels == place].mean(axis=0) for place in range(classes)])


def in_percent(confusion: Mapping[tuple[str, str], int], names: list[str]) -> list[list[float]]:
    """Return what % of each class's windows was decided as each; empty where a class was not tested."""
    rows = []
    for asked in names:
        windows = sum(count for (wanted, _), count in confusion.items() if wanted == asked)
        if windows == 0:
            return []
        rows.append([round(100.0 * confusion.get((asked, decided), 0) / windows, 1) for decided in names])
    return rows


def _cloud(name: str, points: NDArray[np.float64], most: int) -> dict[str, Any]:
    spread = np.cov(points.T) if len(points) > 2 else np.zeros((2, 2))
    values, axes = np.linalg.eigh(spread)
    half = SPREADS * np.sqrt(np.maximum(values, 0.0))
    shown = points[np.linspace(0, len(points) - 1, min(most, len(points))).astype(np.int64)]
    return {
        "name": name,
        "centre": _rounded(points.mean(axis=0)),
        "axes": _rounded(half[::-1]),
        "turned_rad": round(float(np.arctan2(axes[1, -1], axes[0, -1])), 3),
        "points": [_rounded(point) for point in shown],
    }


def _correlation(levels: NDArray[np.float64]) -> list[list[float]]:
    if len(levels) < 3:
        return []
    spread = levels.std(axis=0)
    centred = (levels - levels.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)
    return [_rounded(row) for row in centred.T @ centred / len(levels)]


def _rounded(values: NDArray[np.float64]) -> list[float]:
    return [round(float(value), 3) for value in values]
