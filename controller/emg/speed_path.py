"""Effort from a higher band than the decoder sees, for electrodes near the heart.

The electrocardiogram on chest and back hardly disturbs which motion is decided, but the speed follows it; a high-pass
near 100 Hz takes it out (Hargrove et al. 2009, "The effect of ECG interference on pattern-recognition-based
myoelectric control for targeted muscle reinnervated patients"; other ways: Zhou, Lock, Kuiken 2007, Physiol Meas
28:397-413). docs/decisions/0013 has figures.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled
from controller.emg.conditioning import Conditioning


@compiled("f8(f8[:, ::1], f8[:, ::1], i8, f8, f8[::1])")
def _window_level(
    hop: NDArray[np.float64], ring: NDArray[np.float64], slot: int, scale: float, level: NDArray[np.float64]
) -> float:
    """Put Σ |x| of the hop [n, ch] into its slot of the ring, write the window's mean absolute value per channel.

    Returns its mean over the channels. Summed anew each time: a running total would drift.
    """
    hops, channels = ring.shape
    for channel in range(channels):
        ring[slot, channel] = 0.0
        level[channel] = 0.0
    for row in range(hop.shape[0]):
        for channel in range(channels):
            ring[slot, channel] += abs(hop[row, channel])
    for row in range(hops):
        for channel in range(channels):
            level[channel] += ring[row, channel]
    total = 0.0
    for channel in range(channels):
        level[channel] *= scale
        total += level[channel]
    mean: float = total / channels
    return mean


@dataclass(slots=True)
class SpeedPath:
    """Mean absolute value over the last `window_hops` hops of `hop_samples`, behind filters of its own.

    `level` [ch] and `effort`, its mean over the channels, in the signal's unit; overwritten by the next `update`.
    """

    conditioning: Conditioning
    hop_samples: int
    window_hops: int
    effort: float = 0.0
    level: NDArray[np.float64] = field(init=False)
    _filtered: NDArray[np.float64] = field(init=False)
    _ring: NDArray[np.float64] = field(init=False)
    _slot: int = 0

    def __post_init__(self) -> None:
        channels = self.conditioning.channel_count
        self.level = np.zeros(channels)
        self._filtered = np.zeros((self.hop_samples, channels))
        self._ring = np.zeros((self.window_hops, channels))

    def update(self, block: NDArray[np.float64]) -> None:
        """Take one raw hop [hop_samples, ch] of finite numbers."""
        self.conditioning.process(block, self._filtered)
        scale = 1.0 / (self.window_hops * self.hop_samples)
        self.effort = _window_level(self._filtered, self._ring, self._slot, scale, self.level)
        self._slot = (self._slot + 1) % self.window_hops

    def reset(self) -> None:
        """Forget the window, after a gap or for a new stream."""
        self.conditioning.reset()
        self._ring[:] = 0.0
        self._slot = 0
