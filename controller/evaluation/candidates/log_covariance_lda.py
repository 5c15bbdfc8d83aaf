"""Baseline: the channels' covariance, seen through its matrix logarithm, and a linear discriminant.

The log-Euclidean map makes covariances, which live on a cone, points of a flat space (Arsigny et al. 2007, SIAM J.
Matrix Anal. Appl. 29(1):328-347). Plain numpy: it is here for comparison and runs nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.errors import CalibrationError
from controller.evaluation.candidate import Fitted, Labelled, WindowDecoder, Windows
from controller.evaluation.person import Frame, changes_of_segment, settled
from drivers.recordings.recording import Recording

# Of the mean eigenvalue, added to all; and of the classes' covariance, drawn to a multiple of the identity.
# Both as in the project's first tries on these data (docs/evaluation.md), not tuned since.
REGULARISATION, SHRINKAGE = 0.02, 0.05
TINIEST = 1e-12


def log_covariance(windows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return upper triangles [w, ch (ch + 1) / 2] for windows [w, samples, ch]; √2 off the diagonal keeps lengths."""
    channels = windows.shape[2]
    covariance = windows.transpose(0, 2, 1) @ windows / windows.shape[1]
    mean_eigenvalue = np.trace(covariance, axis1=1, axis2=2) / channels
    covariance += (REGULARISATION * mean_eigenvalue + TINIEST)[:, None, None] * np.eye(channels)
    values, vectors = np.linalg.eigh(covariance)
    logarithm = (vectors * np.log(values)[:, None, :]) @ vectors.transpose(0, 2, 1)
    row, column = np.triu_indices(channels)
    triangle: NDArray[np.float64] = logarithm[:, row, column] * np.where(row == column, 1.0, np.sqrt(2.0))
    return triangle


@dataclass(slots=True)
class _Decoder:
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    def decide(self, vector: NDArray[np.float64]) -> NDArray[np.float64]:
        scores: NDArray[np.float64] = self.weights @ vector + self.bias
        return scores


@dataclass(frozen=True, slots=True)
class _Fitted:
    """`means` [classes, f], `covariance` [f, f] within the classes of triangles."""

    means: NDArray[np.float64]
    covariance: NDArray[np.float64]
    frame: Frame

    def windows(self, recording: Recording) -> Windows:
        return _windows(recording, self.frame)

    def decoder(self, new_donning: bool = False) -> WindowDecoder:  # noqa: ARG002 - it learns nothing
        width = len(self.covariance)
        shrunk = (1.0 - SHRINKAGE) * self.covariance
        shrunk += SHRINKAGE * np.trace(self.covariance) / width * np.eye(width)
        weights = np.linalg.solve(shrunk, self.means.T).T
        return _Decoder(np.ascontiguousarray(weights), -0.5 * np.sum(self.means * weights, axis=1))


class LogCovarianceLda:
    """`log-covariance-lda`."""

    name = "log-covariance-lda"

    def fit(self, parts: Sequence[Labelled], frame: Frame) -> Fitted:
        """Fit: class means, and one covariance within all classes in which every window has the same say."""
        first = parts[0].recording
        vectors, labels, weights = [], [], []
        for part in parts:
            windows = _windows(part.recording, frame)
            rows = windows.newest_row[settled(part.recording, frame)[windows.newest_row]]
            vectors.append(windows.vectors[np.isin(windows.newest_row, rows)])
            labels.append(part.recording.class_of_sample[rows])
            weights.append(np.full(len(rows), float(part.weight)))
        x, y, w = np.concatenate(vectors), np.concatenate(labels), np.concatenate(weights)
        means = np.empty((len(first.class_names), x.shape[1]))
        covariance = np.zeros((x.shape[1], x.shape[1]))
        for index, name in enumerate(first.class_names):
            of_class = y == index
            if not of_class.any():
                raise CalibrationError(f"class '{name}' has no usable window in the training data")
            weight = w[of_class]
            means[index] = weight @ x[of_class] / weight.sum()
            apart = x[of_class] - means[index]
            covariance += (apart * weight[:, None]).T @ apart / w.sum()
        return _Fitted(means, covariance, frame)


def _windows(recording: Recording, frame: Frame) -> Windows:
    rate_hz = recording.info.rate_hz
    length, hop = frame.window_samples(rate_hz), frame.hop_samples(rate_hz)
    starts = changes_of_segment(recording)
    ends = [*starts[1:], len(recording)]
    rows = np.concatenate([np.arange(start + length, end + 1, hop) for start, end in zip(starts, ends, strict=True)])
    every = np.lib.stride_tricks.sliding_window_view(recording.samples, length, axis=0)  # [n, ch, length]
    return Windows(log_covariance(every[rows - length].transpose(0, 2, 1)), rows.astype(np.int64) - 1)


CANDIDATES = (LogCovarianceLda(),)
