from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from drivers.source import StreamInfo

# Stands for the unknown time between two segments: longer than any window, so that none is joined over it.
SEGMENT_GAP_S = 1.0


@dataclass(frozen=True, slots=True)
class Recording:
    """A labelled or plain recording, whole in memory.

    `samples`: [n, channels] float64 in `info.unit`. `class_of_sample` [n] indexes `class_names`; `repetition` [n]
    counts 1.. within one prompt; `session` [n] counts 1..; `segment` [n] changes wherever the recording was not
    continuous: no window may cross such a place. All zeros where a recording has no such notion.
    """

    info: StreamInfo
    samples: NDArray[np.float64]
    class_names: tuple[str, ...]
    class_of_sample: NDArray[np.int64]
    repetition: NDArray[np.int64]
    session: NDArray[np.int64]
    segment: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.samples)

    def select(self, sessions: tuple[int, ...] = (), repetitions: tuple[int, ...] = ()) -> "Recording":
        """Return the rows of these sessions and repetitions in their order (an empty tuple: all of them).

        Places where rows were left out become changes of `segment`.
        """
        keep = np.ones(len(self), dtype=np.bool_)
        if sessions:
            keep &= np.isin(self.session, sessions)
        if repetitions:
            keep &= np.isin(self.repetition, repetitions)
        rows = np.flatnonzero(keep)
        left_out = np.diff(rows, prepend=rows[:1]) > 1
        changed = np.diff(self.segment[rows], prepend=self.segment[rows][:1]) != 0
        return replace(
            self,
            samples=np.ascontiguousarray(self.samples[rows]),
            class_of_sample=self.class_of_sample[rows],
            repetition=self.repetition[rows],
            session=self.session[rows],
            segment=np.cumsum(left_out | changed),
        )
