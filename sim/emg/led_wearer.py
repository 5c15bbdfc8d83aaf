"""What emulators and calibrations ask of a simulated wearer who is told what to mean."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drivers.source import StreamInfo


class LedWearer(Protocol):
    """EMG of a person who means one motion at a time; `motions[0]` is `rest`."""

    info: StreamInfo
    motions: tuple[str, ...]

    def check_intent(self, motion: str, effort: float) -> None:
        """Raise `SimError` when this wearer cannot mean that."""
        ...

    def set_intent(self, motion: str, effort: float = 1.0) -> None:
        """Mean `motion` with `effort` 0..1 from the next sample on. Raises `SimError` for what the wearer cannot."""
        ...

    def next(self, n_samples: int) -> NDArray[np.float64]:
        """Return the next [n, channels] samples in µV."""
        ...

    def next_labelled(self, n_samples: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the next samples with the index [n] of the motion whose muscles are truly active in each."""
        ...
