"""Who is trained on what, and tested on what: the ways of splitting one person's recording."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.calibration.trials import rows_of
from controller.evaluation.person import Person, settled
from drivers.recordings.recording import Recording


@dataclass(frozen=True, slots=True)
class Stream:
    """What a decoder sees after it was fitted.

    `new_donning`: the electrodes were put on anew since. `labelled`: trials of this session whose motion is known,
    given before the first decision; None for none. A window is decided, and may be learnt from without its label,
    where `decided` [n] marks its newest row, in the order of the rows; its error counts where `counted` [n] marks it.
    Decisions never use what comes after them.
    """

    session: int
    new_donning: bool
    recording: Recording
    labelled: Recording | None
    decided: NDArray[np.bool_]
    counted: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Fold:
    """One fit and the streams that it is tested on. Each begins in the state that the fit left."""

    training: Recording
    streams: tuple[Stream, ...]


Split = Callable[[Person], Iterator[Fold]]


def within_session(last_training: int, whole: bool = False) -> Split:
    """Split each session: repetitions up to `last_training` to train, the later ones to test.

    `whole`: decide every window of the later repetitions, not only those that count.
    """

    def split(person: Person) -> Iterator[Fold]:
        recording, may_count = person.recording, person.asked & settled(person.recording, person.frame)
        for session in person.sessions:
            rows = recording.session == session
            training = rows & person.asked & (recording.repetition <= last_training)
            later = recording.repetition[rows] > last_training
            counted = may_count[rows] & later
            if training.any() and counted.any():
                stream = Stream(session, False, rows_of(recording, rows), None, later if whole else counted, counted)
                yield Fold(rows_of(recording, training), (stream,))

    return split


def across_sessions(person: Person) -> Iterator[Fold]:
    """Train on the first session, test on every other one as one stream that holds every window."""
    recording, may_count = person.recording, person.asked & settled(person.recording, person.frame)
    training = person.asked & (recording.session == person.sessions[0])
    streams = []
    for session in person.sessions[1:]:
        rows = recording.session == session
        everything = np.ones(int(rows.sum()), dtype=np.bool_)
        streams.append(Stream(session, True, rows_of(recording, rows), None, everything, may_count[rows]))
    if training.any() and streams:
        yield Fold(rows_of(recording, training), tuple(streams))


def with_one_trial(person: Person) -> Iterator[Fold]:
    """Train on the first session; of every other one, the first trial of each motion is given with its labels."""
    recording, may_count = person.recording, person.asked & settled(person.recording, person.frame)
    training = person.asked & (recording.session == person.sessions[0])
    streams = []
    for session in person.sessions[1:]:
        rows = recording.session == session
        first = rows & person.asked & (recording.repetition == 1)
        counted = may_count[rows] & (recording.repetition[rows] > 1)
        if first.any() and counted.any():
            streams.append(Stream(session, True, rows_of(recording, rows), rows_of(recording, first), counted, counted))
    if training.any() and streams:
        yield Fold(rows_of(recording, training), tuple(streams))
