"""Can this hop be trusted, channel by channel? A NaN or infinity never gets past here."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled


class ChannelHealth(IntEnum):
    """What is wrong with a channel; shown to people by its lower-case name."""

    GOOD = 0
    NOT_FINITE = 1


@compiled("i8(f8[:, ::1], i8[::1])")
def check_hop(block: NDArray[np.float64], health: NDArray[np.int64]) -> int:
    """Judge a raw hop [n, ch] into `health` [ch] (values of `ChannelHealth`); return how many channels are bad.

    Non-finite values are replaced in place by the last finite value of their channel in the hop, or by zero.
    """
    bad = 0
    for channel in range(block.shape[1]):
        health[channel] = 0
        last = 0.0
        for row in range(block.shape[0]):
            if np.isfinite(block[row, channel]):
                last = block[row, channel]
            else:
                health[channel] = 1
                block[row, channel] = last
        bad += health[channel]
    return bad
