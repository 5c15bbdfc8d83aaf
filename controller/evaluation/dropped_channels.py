"""What becomes of decisions when channels die: set to zero from the first sample of the test on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

import numpy as np

from controller.evaluation.candidate import Candidate, HealthWatcher, Labelled
from controller.evaluation.error_rate import decide, score
from controller.evaluation.folds import Fold, Stream
from controller.evaluation.person import Frame

# All 28 pairs of 8 channels are tried, and so many sets of any other number of them.
MOST_SETS = 28
MOST_DEAD = 3
# Accuracy may fall by less than this with any two of eight channels dead and health on, in percentage points.
BOUND_POINTS = 4.0


@dataclass(frozen=True, slots=True)
class DroppedScore:
    """Error in percent with the channels `dead`, mean of all sessions: with channel health off, and with it on.

    `dropping_percent` is None for a decoder that does not watch its channels.
    """

    dead: tuple[int, ...]
    error_percent: float
    dropping_percent: float | None


def dead_sets(channel_count: int, dead_count: int, seed: int) -> list[tuple[int, ...]]:
    """Return every set of `dead_count` channels, or as many as are tried, drawn by `seed`."""
    if comb(channel_count, dead_count) <= MOST_SETS:
        return list(combinations(range(channel_count), dead_count))
    generator = np.random.default_rng((seed, channel_count, dead_count))
    drawn: set[tuple[int, ...]] = set()
    while len(drawn) < MOST_SETS:
        chosen = generator.choice(channel_count, dead_count, replace=False)
        drawn.add(tuple(sorted(int(channel) for channel in chosen)))
    return sorted(drawn)


def score_dropped(
    candidate: Candidate, folds: Sequence[Fold], frame: Frame, sets: Sequence[tuple[int, ...]], learn: bool
) -> list[DroppedScore]:
    """Fit each fold once and test it with every set of dead channels."""
    plain: dict[tuple[int, ...], list[float]] = {dead: [] for dead in sets}
    dropping: dict[tuple[int, ...], list[float]] = {dead: [] for dead in sets}
    for fold in folds:
        fitted = candidate.fit([Labelled(fold.training)], frame)
        for dead in sets:
            for stream in fold.streams:
                silent = _silenced(stream, dead)
                windows = fitted.windows(silent.recording)
                decided = decide(windows, silent, fitted.decoder(stream.new_donning), learn)
                plain[dead].append(score(silent, windows.newest_row, decided).error_percent)
                if isinstance(fitted, HealthWatcher):
                    watched = score(silent, *fitted.decide_with_health(silent, learn))
                    dropping[dead].append(watched.error_percent)
    return [
        DroppedScore(dead, float(np.mean(plain[dead])), float(np.mean(dropping[dead])) if dropping[dead] else None)
        for dead in sets
    ]


def _silenced(stream: Stream, dead: tuple[int, ...]) -> Stream:
    samples = stream.recording.samples.copy()
    samples[:, list(dead)] = 0.0
    return replace(stream, recording=replace(stream.recording, samples=samples))
