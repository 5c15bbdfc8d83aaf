"""How muscle activation follows the will: smoothly, a little faster up than down."""

import numpy as np
from numpy.typing import NDArray

# A critically damped second-order response takes 3.36 time constants from 10 to 90 %.
_RISE_S = 0.120 / 3.36
_FALL_S = 0.150 / 3.36


class Activation:
    """Activation of every motion, 0..1, as a closed formula of the sample index since the last change of target.

    Closed, so that the same index gives the same value however the samples are asked for.
    """

    def __init__(self, motion_count: int, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._since = 0
        self._target = np.zeros(motion_count)
        self._distance = np.zeros(motion_count)
        self._push = np.zeros(motion_count)
        self._time_constant_s = np.full(motion_count, _FALL_S)

    def aim(self, index: int, target: NDArray[np.float64]) -> None:
        """From sample `index` on, approach `target` [motions]; level and slope continue without a step."""
        elapsed_s = (index - self._since) / self._rate_hz
        decay = np.exp(-elapsed_s / self._time_constant_s)
        remaining = self._distance + self._push * elapsed_s
        level = self._target + remaining * decay
        slope = (self._push - remaining / self._time_constant_s) * decay
        self._since = index
        self._target = target
        self._time_constant_s = np.where(target > level, _RISE_S, _FALL_S)
        self._distance = level - target
        self._push = slope + self._distance / self._time_constant_s

    def at(self, first_index: int, n_samples: int) -> NDArray[np.float64]:
        """Return [n, motions] for the samples from `first_index`, which is not before the last `aim`."""
        elapsed_s = (np.arange(first_index, first_index + n_samples) - self._since)[:, np.newaxis] / self._rate_hz
        level = self._target + (self._distance + self._push * elapsed_s) * np.exp(-elapsed_s / self._time_constant_s)
        # a reversal at full slope swings below zero by a little; muscles do not
        clipped: NDArray[np.float64] = np.clip(level, 0.0, 1.0)
        return clipped
