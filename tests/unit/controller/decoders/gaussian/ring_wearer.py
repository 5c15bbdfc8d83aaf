"""A wearer of a ring of electrodes: muscles around a limb, whose fields the electrodes pick up where they sit."""

import numpy as np
from numpy.typing import NDArray

CHANNELS = 8


def triangles(covariances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the upper triangles [n, f] of the logarithms of covariances [n, ch, ch], off-diagonals times √2."""
    eigenvalues, vectors = np.linalg.eigh(covariances)
    logarithms = (vectors * np.log(eigenvalues)[:, None, :]) @ vectors.transpose(0, 2, 1)
    rows, columns = np.triu_indices(covariances.shape[1])
    upper: NDArray[np.float64] = logarithms[:, rows, columns] * np.where(rows == columns, 1.0, np.sqrt(2.0))
    return upper


class RingWearer:
    """`classes` motions, the first of them rest, each with its own strengths of six muscles."""

    def __init__(self, classes: int = 5, seed: int = 0) -> None:
        self.generator = np.random.default_rng(seed)
        self.place = self.generator.uniform(0.0, 2.0 * np.pi, 6)
        self.strength = self.generator.lognormal(1.0, 0.8, (classes, 6))
        self.strength[0] = 0.05

    def windows(self, labels: NDArray[np.int64], turn: float = 0.0, samples: int = 50) -> NDArray[np.float64]:
        """Return vectors [n, f] for `labels` [n], from electrodes that moved on by `turn` spacings."""
        angle = 2.0 * np.pi * (np.arange(CHANNELS) + turn) / CHANNELS
        field = np.exp(2.0 * (np.cos(angle - self.place[:, None]) - 1.0))  # [muscles, ch]
        strength = self.strength[labels] * self.generator.lognormal(0.0, 0.25, (len(labels), 6))
        sources = self.generator.normal(size=(len(labels), samples, 6)) * strength[:, None, :]
        signal = sources @ field + 0.1 * self.generator.normal(size=(len(labels), samples, CHANNELS))
        covariances = signal.transpose(0, 2, 1) @ signal / samples
        lift = 1e-3 * np.trace(covariances, axis1=1, axis2=2) / CHANNELS
        return triangles(covariances + lift[:, None, None] * np.eye(CHANNELS))


def trials(classes: int, rounds: int, windows: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return labels and repetitions [rounds · classes · windows]: every class once per round."""
    labels = np.tile(np.repeat(np.arange(classes), windows), rounds)
    return labels, np.repeat(np.arange(rounds), classes * windows)
