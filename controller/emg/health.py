"""Where every raw hop passes first: what is no number goes no further, and each channel is judged."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.emg.channel_fault import ChannelFault
from controller.emg.channel_health import HealthMonitor
from controller.emg.compiled import compiled

_NOT_FINITE = int(ChannelFault.NOT_FINITE)


@compiled("void(f8[:, ::1], f8[::1], i8[::1], i8)")
def _replace_non_finite(
    block: NDArray[np.float64], last: NDArray[np.float64], held: NDArray[np.int64], hold_hops: int
) -> None:
    """Replace NaN and infinities in `block` [n, ch] by the channel's last finite sample (`last` [ch], kept up to date).

    `held` [ch]: set to `hold_hops` where something was replaced, else counted down.
    """
    for channel in range(block.shape[1]):
        held[channel] = max(held[channel] - 1, 0)
        for row in range(block.shape[0]):
            if np.isfinite(block[row, channel]):
                last[channel] = block[row, channel]
            else:
                block[row, channel] = last[channel]
                held[channel] = hold_hops


@compiled("i8(i8[::1], i8[::1], b1[::1])")
def _add_non_finite(held: NDArray[np.int64], faults: NDArray[np.int64], bad: NDArray[np.bool_]) -> int:
    """Mark the channels of `held` in `faults` and `bad` [ch]; return how many are bad."""
    count = 0
    for channel in range(held.shape[0]):
        if held[channel] > 0:
            faults[channel] |= _NOT_FINITE
            bad[channel] = True
        count += bad[channel]
    return count


@dataclass(slots=True)
class ChannelHealth:
    """Cleans and judges hop after hop. `hold_hops`: how long a channel stays bad after a sample that is no number.

    `faults` [ch]: sums of `ChannelFault`; `bad` [ch]: not to be listened to; `bad_count` of them. All are overwritten
    by the next `examine`. Without a `monitor` only what is no number is found.
    """

    channel_count: int
    hold_hops: int
    monitor: HealthMonitor | None = None
    faults: NDArray[np.int64] = field(init=False)
    bad: NDArray[np.bool_] = field(init=False)
    bad_count: int = 0
    _last: NDArray[np.float64] = field(init=False)
    _held: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        self.faults = np.zeros(self.channel_count, dtype=np.int64)
        self.bad = np.zeros(self.channel_count, dtype=np.bool_)
        self._last = np.zeros(self.channel_count)
        self._held = np.zeros(self.channel_count, dtype=np.int64)

    def examine(self, block: NDArray[np.float64]) -> None:
        """Take a raw hop [n, ch]; afterwards it holds finite numbers only, and `bad` is about the hop's end."""
        _replace_non_finite(block, self._last, self._held, self.hold_hops)
        if self.monitor is None:
            self.faults[:] = 0
            self.bad[:] = False
        else:
            self.monitor.observe(block)
            self.faults[:] = self.monitor.faults
            self.bad[:] = self.monitor.bad
        self.bad_count = _add_non_finite(self._held, self.faults, self.bad)

    def reset(self) -> None:
        """Forget all samples, after a gap or for a new stream; what is bad stays bad until it was good for long."""
        self._last[:] = 0.0
        if self.monitor is not None:
            self.monitor.reset()
