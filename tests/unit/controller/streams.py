"""Small synthetic streams for tests of the signal path."""

import itertools

import numpy as np
from numpy.typing import NDArray

from drivers.recordings.recording import Recording
from drivers.source import StreamInfo, Unit

CLASSES = ("rest", "hand_close", "hand_open")


def labelled_noise(
    rate_hz: float = 1000.0, channels: int = 4, trials: int = 3, seconds: float = 1.5, seed: int = 3
) -> Recording:
    """Rest and two motions, each loud on channels of its own."""
    generator = np.random.default_rng(seed)
    rows = round(seconds * rate_hz)
    gain = np.full((3, channels), 3.0)
    gain[1, : channels // 2] = 60.0
    gain[2, channels // 2 :] = 60.0
    order = [index for _ in range(trials) for index in (0, 1, 0, 2)]
    samples = np.vstack([generator.normal(0.0, 1.0, (rows, channels)) * gain[index] for index in order])
    return Recording(
        StreamInfo("noise", channels, rate_hz, Unit.MICROVOLT),
        samples,
        CLASSES,
        np.repeat(order, rows).astype(np.int64),
        np.repeat(np.arange(len(order)) // 4 + 1, rows).astype(np.int64),
        np.ones(len(samples), dtype=np.int64),
        np.zeros(len(samples), dtype=np.int64),
    )


def cut(total: int, at: list[int]) -> list[tuple[int, int]]:
    """Return the spans between the places `at` in 0..total."""
    edges = sorted({0, total, *(place % (total + 1) for place in at)})
    return [(first, last) for first, last in itertools.pairwise(edges) if last > first]


def rms(samples: NDArray[np.float64]) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(samples**2)))
