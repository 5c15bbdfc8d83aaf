"""Windows of a recording by the very path that runs live."""

import numpy as np

from controller.emg.hop_buffer import HopBuffer
from controller.evaluation.candidate import Windows
from controller.evaluation.person import changes_of_segment
from controller.step import FeaturePath
from drivers.chunk import Chunk
from drivers.recordings.recording import Recording


def live_windows(path: FeaturePath, recording: Recording) -> Windows:
    """Feed each segment by itself. Every window counts, also one with a channel that `health` thinks ill of."""
    vectors, newest_row = [], []
    info, starts = recording.info, changes_of_segment(recording)
    for start, end in zip(starts, [*starts[1:], len(recording)], strict=True):
        path.reset()
        buffer = HopBuffer(path.features.hop_samples, info.channel_count, info.rate_hz)
        newest_t_ns = int((end - 1) * 1e9 / info.rate_hz)
        for hop in buffer.hops(Chunk(recording.samples[start:end], newest_t_ns, start)):
            path.feed(hop)
            if path.features.ready:
                vectors.append(path.features.vector.copy())
                newest_row.append(hop.newest_index)
    width = len(path.features.vector)
    return Windows(np.array(vectors).reshape(-1, width), np.array(newest_row, dtype=np.int64))
