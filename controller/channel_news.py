"""What people are told when a channel's health changes."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.decoders.listening import Hearing
from controller.emg.channel_fault import words
from controller.step import ControlStep

CONSEQUENCE = {
    Hearing.WHOLE: "decoding with all sites again",
    Hearing.FEWER: "decoding goes on without what is not good",
    Hearing.DIRECT: "too few sites are left to decode: direct control with the best of them, after a rest",
    Hearing.NOTHING: "too few sites are left: the arm holds still",
}


@dataclass(slots=True)
class ChannelNews:
    """Compares each look with the last one; looked at a few times a second, off the hot path."""

    _faults: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    _hearing: Hearing = Hearing.WHOLE

    def look(self, step: ControlStep) -> list[str]:
        """Return a line for each kind of change, sites counted from 1; none if nothing changed."""
        faults, hearing = step.path.health.faults, step.listening.hearing
        if len(faults) != len(self._faults):
            self._faults = np.zeros_like(faults)
        lines = []
        if (faults != self._faults).any():
            sites: dict[str, list[str]] = {}
            for channel in np.flatnonzero(faults != self._faults).tolist():
                now = words(int(faults[channel]))
                if now != words(int(self._faults[channel])):
                    sites.setdefault(now, []).append(str(channel + 1))
            lines = [f"site {', '.join(numbers)}: {now}" for now, numbers in sites.items()]
            self._faults = faults.copy()
        if hearing is not self._hearing:
            lines.append(CONSEQUENCE[hearing])
            self._hearing = hearing
        return lines
