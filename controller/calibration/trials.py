"""The trials of a recording: what each is called, leaving some out, putting others in their place."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from controller.errors import CalibrationError
from drivers.recordings.recording import Recording


@dataclass(frozen=True, slots=True, order=True)
class TrialName:
    """One trial: `repetition` counts from 1 within the session. All rests of a round share a name."""

    class_name: str
    repetition: int
    session: int = 1

    def __str__(self) -> str:
        return f"{self.class_name}:{self.repetition}" + (f"@{self.session}" if self.session != 1 else "")


def trial_name(text: str) -> TrialName:
    """Read `MOTION:N`, or `MOTION:N@S` for a session other than the first. Raises `ValueError`."""
    found = re.fullmatch(r"([^:@,]{1,64}):(\d{1,6})(?:@(\d{1,6}))?", text.strip())
    if found is None:
        raise ValueError(f"expected a trial as MOTION:N, such as hand_close:2 (with @S of session S), got '{text}'")
    return TrialName(found[1], int(found[2]), int(found[3] or 1))


def trial_names(recording: Recording) -> list[TrialName]:
    """Return the trials of the recording, in the order of their beginnings."""
    return list(dict.fromkeys(_name(recording, row) for row in _starts(recording)))


def without_trials(recording: Recording, names: Iterable[TrialName]) -> Recording:
    """Return the recording without these trials. Raises `CalibrationError` for one that it does not have."""
    names = list(names)
    _require_known(recording, names)
    return recording if not names else rows_of(recording, ~_marked(recording, names))


def with_redone(recording: Recording, redone: Recording, names: Sequence[TrialName]) -> Recording:
    """Return the recording with `redone`, recorded later on the same device, in place of the trials `names`.

    The rests between redone trials come along: a wearer's rest is never wrong to know.
    Raises `CalibrationError` for another stream, or a trial that one of both does not have.
    """
    if (redone.info.channel_count, redone.info.rate_hz) != (recording.info.channel_count, recording.info.rate_hz):
        raise CalibrationError(
            f"redone on another device: {redone.info.channel_count} channels at {redone.info.rate_hz:g} Hz instead of "
            f"{recording.info.channel_count} at {recording.info.rate_hz:g} Hz; the first recording stands"
        )
    _require_known(redone, names)
    return joined([without_trials(recording, names), redone])


def joined(recordings: Sequence[Recording]) -> Recording:
    """Return recordings of one stream one after the other, over the class names of all, the first one's first.

    No window crosses from one into the next.
    """
    class_names = tuple(dict.fromkeys(name for recording in recordings for name in recording.class_names))
    segments, first = [], 0
    for recording in recordings:
        segments.append(recording.segment - (recording.segment[0] if len(recording) else 0) + first)
        first = int(segments[-1].max(initial=first)) + 1
    return Recording(
        recordings[0].info,
        np.concatenate([recording.samples for recording in recordings]),
        class_names,
        np.concatenate(
            [
                np.array([class_names.index(name) for name in recording.class_names])[recording.class_of_sample]
                for recording in recordings
            ]
        ),
        np.concatenate([recording.repetition for recording in recordings]),
        np.concatenate([recording.session for recording in recordings]),
        np.concatenate(segments),
    )


def rows_of(recording: Recording, keep: NDArray[np.bool_]) -> Recording:
    """Return the rows that `keep` [n] marks; no window crosses a place where some were left out."""
    rows = np.flatnonzero(keep)
    cut = (np.diff(rows, prepend=rows[:1]) > 1) | (np.diff(recording.segment[rows], prepend=0) != 0)
    return replace(
        recording,
        samples=np.ascontiguousarray(recording.samples[rows]),
        class_of_sample=recording.class_of_sample[rows],
        repetition=recording.repetition[rows],
        session=recording.session[rows],
        segment=np.cumsum(cut),
    )


def _require_known(recording: Recording, names: Iterable[TrialName]) -> None:
    known = trial_names(recording)
    unknown = [str(name) for name in names if name not in known]
    if unknown:
        raise CalibrationError(
            f"the recording has no trial {', '.join(unknown)}; it has {', '.join(str(name) for name in known[:12])}"
            + (", ..." if len(known) > 12 else "")
        )


def _starts(recording: Recording) -> list[int]:
    labels = np.stack((recording.class_of_sample, recording.repetition, recording.session))
    changed = np.diff(labels, axis=1, prepend=labels[:, :1] - 1).any(axis=0)
    return [int(row) for row in np.flatnonzero(changed)]


def _name(recording: Recording, row: int) -> TrialName:
    return TrialName(
        recording.class_names[recording.class_of_sample[row]],
        int(recording.repetition[row]),
        int(recording.session[row]),
    )


def _marked(recording: Recording, names: Iterable[TrialName]) -> NDArray[np.bool_]:
    marked = np.zeros(len(recording), dtype=np.bool_)
    for name in names:
        marked |= (
            (recording.class_of_sample == recording.class_names.index(name.class_name))
            & (recording.repetition == name.repetition)
            & (recording.session == name.session)
        )
    return marked
