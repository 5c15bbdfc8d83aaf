"""What becomes of a good signal between skin and converter: electrodes that rail, fall off, or pick up mains."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from sim.errors import SimError

# The ends of 24 bits, which every front end of ours has.
_RAIL = (1 << 23) - 1
# No count of 24 bits. A device that sends floats sends it as NaN; one that sends whole numbers, as its lowest.
NOT_A_NUMBER = int(np.iinfo(np.int32).min)
_MAINS_HZ = 50.0


class ChannelState(StrEnum):
    """How a channel is."""

    WELL = "well"
    RAILED = "railed"
    FLAT = "flat"
    MAINS = "mains"
    NAN = "nan"


class BadSignal:
    """Replaces channels, counted from 1, in counts [n, channels]; `mains_counts` is the amplitude of the hum."""

    def __init__(self, channel_count: int, rate_hz: float, mains_counts: float) -> None:
        self._states = [ChannelState.WELL] * channel_count
        self._rate_hz, self._mains_counts = rate_hz, mains_counts
        self._index = 0

    def put(self, channel: int | None, state: ChannelState) -> None:
        """Put one channel, or all with None, into a state. Raises `SimError` for a channel that is not there."""
        if channel is None:
            self._states = [state] * len(self._states)
            return
        if not 1 <= channel <= len(self._states):
            raise SimError(f"there is no channel {channel}; there are 1 to {len(self._states)}")
        self._states[channel - 1] = state

    def spoil(self, counts: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the counts as they leave the converter; the same array where all is well."""
        index = np.arange(self._index, self._index + len(counts))
        self._index += len(counts)
        if all(state is ChannelState.WELL for state in self._states):
            return counts
        spoilt = counts.copy()
        for column, state in enumerate(self._states):
            if state is ChannelState.RAILED:
                spoilt[:, column] = _RAIL
            elif state is ChannelState.FLAT:
                spoilt[:, column] = 0
            elif state is ChannelState.NAN:
                spoilt[:, column] = NOT_A_NUMBER
            elif state is ChannelState.MAINS:
                hum = self._mains_counts * np.sin(2.0 * np.pi * _MAINS_HZ / self._rate_hz * index)
                spoilt[:, column] = np.clip(counts[:, column] + hum, -_RAIL, _RAIL).astype(np.int32)
        return spoilt
