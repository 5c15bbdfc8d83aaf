"""One person's recording as evaluation sees it, and which of its windows may be used."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from controller.calibration.trials import rows_of
from drivers.recordings.recording import Recording


@dataclass(frozen=True, slots=True)
class Frame:
    """How a recording is cut into windows, and what else a decoder has to be told about how it was made.

    `settle_ms`: left out after a prompt, because people lag it. `ring`: the electrodes are equally spaced around the
    limb, in the order of the channels.
    """

    window_ms: float
    hop_ms: float
    settle_ms: float = 0.0
    ring: bool = False

    def window_samples(self, rate_hz: float) -> int:
        """Return the window's length; it is a whole number of hops."""
        return max(round(self.window_ms / self.hop_ms), 1) * self.hop_samples(rate_hz)

    def hop_samples(self, rate_hz: float) -> int:
        """Return the number of samples between two decisions."""
        return max(round(self.hop_ms * 1e-3 * rate_hz), 1)

    def settle_samples(self, rate_hz: float) -> int:
        """Return how many samples after a prompt belong to no window that counts."""
        return round(self.settle_ms * 1e-3 * rate_hz)


@dataclass(frozen=True, slots=True)
class Person:
    """One person's recording, its rows in the order of time.

    `asked` [n]: False where nothing was asked for that a decoder should know; such rows are streamed like all others,
    but neither trained on nor counted. `session_names`: what people call each session.
    """

    recording: Recording
    asked: NDArray[np.bool_]
    session_names: dict[int, str]
    frame: Frame

    @property
    def sessions(self) -> tuple[int, ...]:
        """The sessions in the order of time."""
        return tuple(dict.fromkeys(self.recording.session.tolist()))

    def with_classes(self, count: int) -> "Person":
        """Return the rows of the first `count` classes, as if no other had been recorded."""
        keep = self.recording.class_of_sample < count
        recording = replace(rows_of(self.recording, keep), class_names=self.recording.class_names[:count])
        return replace(self, recording=recording, asked=self.asked[keep])


def changes(recording: Recording) -> NDArray[np.int64]:
    """Return the rows [k] at which the prompt changes or a segment begins; the first row is one of them."""
    changed = (np.diff(recording.class_of_sample) != 0) | (np.diff(recording.segment) != 0)
    return np.concatenate(([0], np.flatnonzero(changed) + 1))


def changes_of_segment(recording: Recording) -> list[int]:
    """Return the rows at which segments begin; the first row is one of them."""
    return [0, *(np.flatnonzero(np.diff(recording.segment)) + 1).tolist()]


def settled(recording: Recording, frame: Frame) -> NDArray[np.bool_]:
    """Mark rows [n] with which a window may end: all of it lies `frame.settle_ms` after the last change of prompt."""
    rate_hz = recording.info.rate_hz
    starts = changes(recording)
    since = np.arange(len(recording)) - np.repeat(starts, np.diff(np.append(starts, len(recording))))
    first_of_window = since - (frame.window_samples(rate_hz) - 1)
    marked: NDArray[np.bool_] = first_of_window >= frame.settle_samples(rate_hz)
    return marked
