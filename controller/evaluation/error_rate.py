"""Fit, decide the streams of a fold in order, and count what was wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.evaluation.candidate import (
    Candidate,
    Fitted,
    Labelled,
    LabelledLearner,
    UnlabelledLearner,
    WindowDecoder,
    Windows,
)
from controller.evaluation.folds import Fold, Stream
from controller.evaluation.person import Frame, settled

# How often a trial of the new session counts beside one of the old, for decoders that are fitted to both anew.
WEIGHT_OF_NEW = 3


@dataclass(frozen=True, slots=True)
class StreamScore:
    """What became of one stream. `confusion` [prompted class, decided class] in windows; `wrong` of `windows`."""

    session: int
    windows: int
    wrong: int
    confusion: NDArray[np.int64]

    @property
    def error_percent(self) -> float:
        """Share of wrong decisions."""
        return 100.0 * self.wrong / self.windows


def score_fold(candidate: Candidate, fold: Fold, frame: Frame, learn: bool) -> Iterator[tuple[StreamScore, ...]]:
    """Yield for each stream its score without learning from unlabelled windows, then with it if it can and may."""
    fitted = candidate.fit([Labelled(fold.training)], frame)
    runs = [False, True] if learn and isinstance(fitted.decoder(), UnlabelledLearner) else [False]
    for stream in fold.streams:
        here, new_decoder = put_on(candidate, fitted, fold, stream, frame)
        windows = here.windows(stream.recording)
        yield tuple(
            score(stream, windows.newest_row, decide(windows, stream, new_decoder(), learns)) for learns in runs
        )


def put_on(
    candidate: Candidate, fitted: Fitted, fold: Fold, stream: Stream, frame: Frame
) -> tuple[Fitted, Callable[[], WindowDecoder]]:
    """Begin a session: return what makes its windows, and what gives a decoder that knows its labelled trials.

    A decoder that cannot learn from them is fitted anew, to the training data and to them.
    """
    labelled = stream.labelled
    if labelled is None:
        return fitted, lambda: fitted.decoder(stream.new_donning)
    if not isinstance(fitted.decoder(), LabelledLearner):
        anew = candidate.fit([Labelled(fold.training), Labelled(labelled, WEIGHT_OF_NEW)], frame)
        return anew, anew.decoder
    known = fitted.windows(labelled)
    usable = settled(labelled, frame)[known.newest_row]

    def informed() -> WindowDecoder:
        decoder = fitted.decoder(stream.new_donning)
        if isinstance(decoder, LabelledLearner):
            decoder.learn_labelled(known.vectors[usable], labelled.class_of_sample[known.newest_row[usable]])
        return decoder

    return fitted, informed


def decide(windows: Windows, stream: Stream, decoder: WindowDecoder, learns: bool) -> NDArray[np.int64]:
    """Return the class of each window [w], -1 for those that are not decided; learn from each after its decision."""
    class_index = np.full(len(windows.newest_row), -1, dtype=np.int64)
    learner = decoder if learns and isinstance(decoder, UnlabelledLearner) else None
    for index in np.flatnonzero(stream.decided[windows.newest_row]):
        vector = windows.vectors[index]
        class_index[index] = int(decoder.decide(vector).argmax())
        if learner is not None:
            learner.learn(vector)
    return class_index


def score(stream: Stream, newest_row: NDArray[np.int64], class_index: NDArray[np.int64]) -> StreamScore:
    """Count what counts of windows that end with `newest_row` [w] and were taken for `class_index` [w]."""
    counts = stream.counted[newest_row]
    prompted = stream.recording.class_of_sample[newest_row][counts]
    decided = class_index[counts]
    classes = len(stream.recording.class_names)
    confusion = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(confusion, (prompted, decided), 1)
    return StreamScore(stream.session, len(prompted), int((prompted != decided).sum()), confusion)
