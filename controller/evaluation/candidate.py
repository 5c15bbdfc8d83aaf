"""What evaluation asks of a decoder: a candidate is fitted, and then decides window after window."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from controller.evaluation.folds import Stream
from controller.evaluation.person import Frame
from drivers.recordings.recording import Recording


@dataclass(frozen=True, slots=True)
class Labelled:
    """Rows to learn from. A window counts `weight` times; only settled ones are used (`person.settled`)."""

    recording: Recording
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Windows:
    """Feature vectors [w, f] of a recording and the row that each window ends with [w], in the order of time."""

    vectors: NDArray[np.float64]
    newest_row: NDArray[np.int64]


class WindowDecoder(Protocol):
    """Decides one window after the other."""

    def decide(self, vector: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a score per class [classes]; the largest wins. May be overwritten by the next decision."""
        ...


@runtime_checkable
class UnlabelledLearner(Protocol):
    """A decoder that goes on learning while it is used."""

    def learn(self, vector: NDArray[np.float64]) -> None:
        """Learn from the window that was decided last, nobody having said what it was."""
        ...


@runtime_checkable
class LabelledLearner(Protocol):
    """A decoder that takes a few known trials of a new session without being fitted anew."""

    def learn_labelled(self, vectors: NDArray[np.float64], labels: NDArray[np.int64]) -> None:
        """Learn from windows [w, f] of classes [w]."""
        ...


class Fitted(Protocol):
    """What a fit made."""

    def windows(self, recording: Recording) -> Windows:
        """Return every whole window of `recording`, none of them across a change of segment."""
        ...

    def decoder(self, new_donning: bool = False) -> WindowDecoder:
        """Return a decoder in the state right after the fit, with no memory of any other.

        `new_donning`: it will be used with electrodes that were put on anew since the training.
        """
        ...


@runtime_checkable
class HealthWatcher(Protocol):
    """What a fit made that finds out by itself which channels cannot be trusted, and does without them."""

    def decide_with_health(self, stream: Stream, learn: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the row that each window ends with and its class, -1 where nothing was decided, both [w]."""
        ...


@runtime_checkable
class Mover(Protocol):
    """What a fit made that also says what the arm would do: after rejection, ramp, proportional speed."""

    def move(self, stream: Stream, learn: bool) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the row that each window ends with, and the largest share of full speed wanted of a joint, 0..1.

        Both [w]; NaN where nothing was decided.
        """
        ...


class Candidate(Protocol):
    """A decoder that can be evaluated, with its features. Registered in `candidates/__init__.py`."""

    name: str

    def fit(self, parts: Sequence[Labelled], frame: Frame) -> Fitted:
        """Fit to labelled recordings. Raises `CalibrationError` when they cannot give a usable decoder."""
        ...
