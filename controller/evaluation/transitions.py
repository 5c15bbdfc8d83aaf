"""How long decisions lag the prompts of a continuous recording, and how often they leave rest without being asked."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.evaluation.candidate import Windows
from controller.evaluation.folds import Stream
from controller.evaluation.person import changes, changes_of_segment

REST = 0


@dataclass(slots=True)
class Transitions:
    """Delays in s from a change of the prompt to the first decision for it; people's own lag is in them.

    `missed`: changes for which no such decision came before the next one. `activations`: times that decisions left
    rest, or had not come back to it, in `rest_s` of settled rest between gestures; the same for `quiet` recordings,
    in which nothing but rest was asked for and none of which was trained on. `movements`: times that the arm would
    have moved in `shaped_s` of the same rest, `way_s`: how far, in seconds of full speed; for `quiet` likewise.
    """

    onset_s: list[float] = field(default_factory=list)
    offset_s: list[float] = field(default_factory=list)
    missed_onsets: int = 0
    missed_offsets: int = 0
    rest_s: float = 0.0
    activations: int = 0
    quiet_s: float = 0.0
    quiet_activations: int = 0
    shaped_s: float = 0.0
    movements: int = 0
    way_s: float = 0.0
    quiet_shaped_s: float = 0.0
    quiet_movements: int = 0
    quiet_way_s: float = 0.0

    def add(self, other: "Transitions") -> None:
        """Take in what another stream gave."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def transitions(stream: Stream, windows: Windows, class_index: NDArray[np.int64], hop_s: float) -> Transitions:
    """Go through one stream; `class_index` [w] as `decide` returns it."""
    found = Transitions()
    recording = stream.recording
    prompts, segments = changes(recording).tolist(), set(changes_of_segment(recording))
    ends = [*prompts[1:], len(recording)]
    for start, end in zip(prompts, ends, strict=True):
        first, last = np.searchsorted(windows.newest_row, (start, end))
        decided, rows = class_index[first:last], windows.newest_row[first:last]
        if (decided < 0).all():
            continue
        wanted = int(recording.class_of_sample[start])
        if start not in segments and (decided >= 0).all():
            _lag(found, wanted, decided, (rows - start + 1) / recording.info.rate_hz)
        if wanted == REST:
            _false_activations(found, decided, stream.counted[rows], hop_s)
    return found


def false_movements(
    stream: Stream, newest_row: NDArray[np.int64], speed: NDArray[np.float64], hop_s: float
) -> Transitions:
    """Go through the rests of one stream; rows and speeds [w] as `Mover.move` returns them."""
    found, recording = Transitions(), stream.recording
    prompts = changes(recording).tolist()
    for start, end in zip(prompts, [*prompts[1:], len(recording)], strict=True):
        if int(recording.class_of_sample[start]) != REST:
            continue
        first, last = np.searchsorted(newest_row, (start, end))
        counted, wanted = stream.counted[newest_row[first:last]], speed[first:last]
        wanted = wanted[counted if counted.any() else ~np.isnan(wanted)]
        runs, seconds, way_s = _runs(wanted > 0.0), len(wanted) * hop_s, float(wanted.sum()) * hop_s
        if counted.any():
            found.add(Transitions(shaped_s=seconds, movements=runs, way_s=way_s))
        else:
            found.add(Transitions(quiet_shaped_s=seconds, quiet_movements=runs, quiet_way_s=way_s))
    return found


def _runs(active: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(np.diff(active.astype(np.int8), prepend=0) == 1))


def _lag(found: Transitions, wanted: int, decided: NDArray[np.int64], since_s: NDArray[np.float64]) -> None:
    right = np.flatnonzero(decided == wanted)
    if wanted == REST:
        found.missed_offsets += not len(right)
        found.offset_s.extend(since_s[right[:1]].tolist())
    else:
        found.missed_onsets += not len(right)
        found.onset_s.extend(since_s[right[:1]].tolist())


def _false_activations(
    found: Transitions, decided: NDArray[np.int64], counted: NDArray[np.bool_], hop_s: float
) -> None:
    """Count the runs of other decisions than rest; where nothing counts, nobody asked for anything but rest."""
    looked_at = counted if counted.any() else decided >= 0
    runs = _runs(decided[looked_at] != REST)
    seconds = float(looked_at.sum()) * hop_s
    if counted.any():
        found.activations += runs
        found.rest_s += seconds
    else:
        found.quiet_activations += runs
        found.quiet_s += seconds
