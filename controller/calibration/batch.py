"""A whole recording through the very path that runs live."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.emg.hop_buffer import Hop, HopBuffer
from controller.step import ControlStep, FeaturePath
from drivers.chunk import Chunk
from drivers.recordings.recording import Recording

# Rows handed over at once: large enough to be quick, small enough to show progress.
ROWS_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class BatchFeatures:
    """Feature vectors [windows, f] and the row of the recording each window ends with.

    `levels` [windows, ch] and `effort` [windows]: what a speed may follow, of the speed's own path if there is one.
    """

    vectors: NDArray[np.float64]
    levels: NDArray[np.float64]
    effort: NDArray[np.float64]
    newest_row: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BatchDecisions:
    """Intents as decoded, with the row of the newest sample [decisions].

    `scores` [decisions, classes], `direction` [decisions, joints].
    """

    class_index: NDArray[np.int64]
    scores: NDArray[np.float64]
    direction: NDArray[np.float64]
    confidence: NDArray[np.float64]
    newest_row: NDArray[np.int64]


def segment_features(
    path: FeaturePath, recording: Recording, progress: Callable[[int], None] = lambda _: None
) -> BatchFeatures:
    """Run each continuous segment by itself; no window crosses a place where the recording was cut."""
    vectors, levels, effort, newest_row = [], [], [], []
    edges = np.flatnonzero(np.diff(recording.segment)) + 1
    for start, end in zip([0, *edges.tolist()], [*edges.tolist(), len(recording)], strict=True):
        path.reset()
        for hop in hops_of(recording, start, end, path.features.hop_samples):
            path.feed(hop)
            if path.features.ready and path.health.bad_count == 0:
                vectors.append(path.features.vector.copy())
                levels.append(path.level.copy())
                effort.append(path.effort)
                newest_row.append(hop.newest_index)
        progress(end)
    return BatchFeatures(
        np.array(vectors).reshape(len(vectors), len(path.features.vector)),
        np.array(levels).reshape(len(levels), path.features.channel_count),
        np.array(effort),
        np.array(newest_row, dtype=np.int64),
    )


def stream_decisions(step: ControlStep, recording: Recording) -> BatchDecisions:
    """Decide every hop of the recording as one continuous stream, as a device that plays it would give it."""
    class_index, scores, direction, confidence, newest_row = [], [], [], [], []
    step.reset()
    for hop in hops_of(recording, 0, len(recording), step.path.features.hop_samples):
        intent = step.decide(hop).intent
        step.learn()
        if intent is not None:
            class_index.append(intent.class_index)
            scores.append(intent.scores.copy())
            direction.append(intent.direction.copy())
            confidence.append(intent.confidence)
            newest_row.append(hop.newest_index)
    return BatchDecisions(
        np.array(class_index, dtype=np.int64),
        np.array(scores),
        np.array(direction),
        np.array(confidence),
        np.array(newest_row, dtype=np.int64),
    )


def hops_of(recording: Recording, start: int, end: int, hop_samples: int) -> Iterator[Hop]:
    """Yield whole hops of the rows from `start` to before `end`; each is overwritten by the next."""
    rate_hz = recording.info.rate_hz
    buffer = HopBuffer(hop_samples, recording.info.channel_count, rate_hz)
    for first in range(start, end, ROWS_AT_ONCE):
        last = min(first + ROWS_AT_ONCE, end)
        yield from buffer.hops(Chunk(recording.samples[first:last], int((last - 1) * 1e9 / rate_hz), first))
