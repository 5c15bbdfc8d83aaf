"""A candidate that writes down all it is given; its windows are single rows and its decisions follow a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.evaluation.candidate import Fitted, Labelled, WindowDecoder, Windows
from controller.evaluation.folds import Fold, Stream
from controller.evaluation.person import Frame
from drivers.recordings.recording import Recording
from drivers.source import StreamInfo

FRAME = Frame(window_ms=1.0, hop_ms=1.0)  # at 1 kHz a window is one row


def a_recording(classes: Sequence[int], segment: Sequence[int] | None = None) -> Recording:
    """Each row holds its own number."""
    rows = np.arange(len(classes))
    zeros: NDArray[np.int64] = np.zeros(len(classes), dtype=np.int64)
    samples = rows[:, None].astype(np.float64)
    segments = zeros if segment is None else np.array(segment)
    return Recording(
        StreamInfo("made", 1, 1000.0), samples, ("rest", "a", "b"), np.array(classes), zeros, zeros, segments
    )


def a_fold(classes: Sequence[int], decided: Sequence[bool], counted: Sequence[bool], labelled: bool = False) -> Fold:
    known = a_recording([1, 2]) if labelled else None
    stream = Stream(2, True, a_recording(classes), known, np.array(decided), np.array(counted))
    return Fold(a_recording([0, 1, 2]), (stream,))


@dataclass
class Plain:
    """Decides for the class of the table whose place is the row's number."""

    table: Sequence[int]
    said: list[str]

    def decide(self, vector: NDArray[np.float64]) -> NDArray[np.float64]:
        self.said.append(f"decide {vector[0]:g}")
        scores: NDArray[np.float64] = np.eye(3)[self.table[int(vector[0])]]
        return scores


@dataclass
class Learning(Plain):
    def learn(self, vector: NDArray[np.float64]) -> None:
        self.said.append(f"learn {vector[0]:g}")

    def learn_labelled(self, vectors: NDArray[np.float64], labels: NDArray[np.int64]) -> None:
        self.said.append(f"learn {vectors[:, 0].tolist()} as {labels.tolist()}")


@dataclass
class Noting:
    """`said`: all that fits and decoders were told, in order."""

    table: Sequence[int]
    learns: bool
    said: list[str] = field(default_factory=list)
    name: str = "noting"

    def fit(self, parts: Sequence[Labelled], frame: Frame) -> Fitted:  # noqa: ARG002
        self.said.append(f"fit {[(len(part.recording), part.weight) for part in parts]}")
        return self

    def windows(self, recording: Recording) -> Windows:
        return Windows(recording.samples, np.arange(len(recording)))

    def decoder(self, new_donning: bool = False) -> WindowDecoder:  # noqa: ARG002
        return (Learning if self.learns else Plain)(self.table, self.said)
