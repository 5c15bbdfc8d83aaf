"""Windows of a recording by the very path that runs live."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from controller.emg.hop_buffer import Hop, HopBuffer
from controller.evaluation.candidate import Windows
from controller.evaluation.folds import Stream
from controller.evaluation.person import changes_of_segment
from controller.step import ControlStep, FeaturePath, Step
from drivers.chunk import Chunk
from drivers.recordings.recording import Recording


def live_windows(path: FeaturePath, recording: Recording) -> Windows:
    """Feed each segment by itself. Every window counts, also one with a channel that `health` thinks ill of."""
    vectors, newest_row = [], []
    for hop in _hops(path, recording):
        path.feed(hop)
        if path.features.ready:
            vectors.append(path.features.vector.copy())
            newest_row.append(hop.newest_index)
    width = len(path.features.vector)
    return Windows(np.array(vectors).reshape(-1, width), np.array(newest_row, dtype=np.int64))


def live_decisions(step: ControlStep, stream: Stream) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Decide as the controller does, without channels that cannot be trusted; see `HealthWatcher`."""
    newest_row, class_index = [], []
    for row, decided in _decided(step, stream):
        newest_row.append(row)
        class_index.append(-1 if decided is None or decided.intent is None else decided.intent.class_index)
    return np.array(newest_row, dtype=np.int64), np.array(class_index, dtype=np.int64)


def live_speeds(step: ControlStep, stream: Stream) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Decide and shape as the controller does; see `Mover`."""
    newest_row, speed = [], []
    for row, decided in _decided(step, stream):
        newest_row.append(row)
        speed.append(np.nan if decided is None else max(map(abs, decided.wanted)))
    return np.array(newest_row, dtype=np.int64), np.array(speed)


def _decided(step: ControlStep, stream: Stream) -> Iterator[tuple[int, Step | None]]:
    """Yield the newest row of each window, and what was decided for it, overwritten by the next; None for nothing."""
    for hop in _hops(step.path, stream.recording):
        decided = None
        if stream.decided[hop.newest_index]:
            decided = step.decide(hop)
            step.learn()
        else:
            step.observe(hop)
        if step.path.features.ready:
            yield hop.newest_index, decided


def _hops(path: FeaturePath, recording: Recording) -> Iterator[Hop]:
    """Yield the hops of each segment, numbered by row; at its beginning the path knows of no sample."""
    info, starts = recording.info, changes_of_segment(recording)
    for start, end in zip(starts, [*starts[1:], len(recording)], strict=True):
        path.reset()
        buffer = HopBuffer(path.features.hop_samples, info.channel_count, info.rate_hz)
        newest_t_ns = int((end - 1) * 1e9 / info.rate_hz)
        yield from buffer.hops(Chunk(recording.samples[start:end], newest_t_ns, start))
