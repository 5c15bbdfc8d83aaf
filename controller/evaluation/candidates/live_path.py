"""Windows of a recording by the very path that runs live."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from controller.emg.hop_buffer import Hop, HopBuffer
from controller.evaluation.candidate import Windows
from controller.evaluation.folds import Stream
from controller.evaluation.person import changes_of_segment
from controller.step import ControlStep, FeaturePath
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
    class_index, newest_row = [], []
    for hop in _hops(step.path, stream.recording):
        if not stream.decided[hop.newest_index]:
            step.observe(hop)
            decided = -1
        else:
            intent = step.decide(hop).intent
            step.learn()
            decided = -1 if intent is None else intent.class_index
        if step.path.features.ready:
            class_index.append(decided)
            newest_row.append(hop.newest_index)
    return np.array(newest_row, dtype=np.int64), np.array(class_index, dtype=np.int64)


def _hops(path: FeaturePath, recording: Recording) -> Iterator[Hop]:
    """Yield the hops of each segment, numbered by row; at its beginning the path knows of no sample."""
    info, starts = recording.info, changes_of_segment(recording)
    for start, end in zip(starts, [*starts[1:], len(recording)], strict=True):
        path.reset()
        buffer = HopBuffer(path.features.hop_samples, info.channel_count, info.rate_hz)
        newest_t_ns = int((end - 1) * 1e9 / info.rate_hz)
        yield from buffer.hops(Chunk(recording.samples[start:end], newest_t_ns, start))
