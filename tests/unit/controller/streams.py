"""Small synthetic streams for tests of the signal path."""

import itertools

import numpy as np
from numpy.typing import NDArray

from controller.decoders.motions import Motions
from drivers.recordings.recording import Recording
from drivers.source import StreamInfo, Unit

CLASSES = ("rest", "hand_close", "hand_open")
# What these mean for an arm of three joints.
MOTIONS = Motions(("hand", "wrist", "elbow"), {"hand_close": {"hand": 1.0}, "hand_open": {"hand": -1.0}})

SMOOTHING = np.convolve(np.ones(5), np.ones(5)) / np.sqrt(85)  # keeps the power


def smoothed(white: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return noise [n - 8, ch] with a muscle's fall towards high frequencies, of the same power as `white` [n, ch]."""
    return np.stack([np.convolve(channel, SMOOTHING, "valid") for channel in white.T], axis=1)


def labelled_noise(
    rate_hz: float = 1000.0, channels: int = 4, trials: int = 3, seconds: float = 1.5, seed: int = 3
) -> Recording:
    """Rest and two motions, each loud on channels of its own; muscle is no white noise, as loose electrodes are."""
    generator = np.random.default_rng(seed)
    rows = round(seconds * rate_hz)
    gain = np.zeros((3, channels))
    gain[1, : channels // 2] = 60.0
    gain[2, channels // 2 :] = 60.0
    order = [index for _ in range(trials) for index in (0, 1, 0, 2)]
    noise = generator.normal(0.0, 3.0, (rows * len(order), channels))
    muscle = smoothed(generator.normal(0.0, 1.0, (len(noise) + len(SMOOTHING) - 1, channels)))
    samples = noise + muscle * np.repeat(gain[order], rows, axis=0)
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
