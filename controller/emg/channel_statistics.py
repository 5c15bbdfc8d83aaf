"""What channel health rests on: statistics of the raw signal over a sliding window, updated hop by hop."""

import math
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled

MAINS_HZ = (50.0, 60.0)
# Movement of electrode and cable lies below 20 Hz (De Luca et al. 2010, J Biomech 43:1573-1579). Two first-order
# low-passes at 10 Hz keep most of the EMG out of its estimate; what is slower than 0.5 Hz is the electrode's offset.
MOTION_HZ, OFFSET_HZ, EMG_FROM_HZ = 10.0, 0.5, 20.0
# Bridged electrodes are neighbours. Up to this distance pairs are compared: all 28 pairs of eight channels in a ring.
FARTHEST_PAIR = 4
# A sample this close to the device's full scale is at its rail (a Cyton at gain 24 stays at -187 500.02 µV).
RAILED_FROM = 0.99


class Statistic(IntEnum):
    """Rows of `ChannelStatistics.window`; powers are mean squares in the signal's unit squared."""

    POWER = 0  # above 20 Hz
    MOTION = 1  # between 0.5 and 10 Hz
    STEP = 2  # of x_i - x_{i-1}, above 20 Hz
    TURN = 3  # of x_i - 2 x_{i-1} + x_{i-2}, above 20 Hz
    RAILED = 4  # share of samples at full scale
    MAINS_50 = 5  # power at 50 Hz
    MAINS_60 = 6  # power at 60 Hz
    LOWEST = 7  # smallest and largest sample, as they came
    HIGHEST = 8
    WHOLE = 9  # power above 0.5 Hz
    JUMP = 10  # power of x_i - x_{i-1}, as they came


@compiled("void(f8[:, ::1], i8, f8[:, ::1], f8[:, ::1], f8[::1], i8[:, ::1], f8[:, ::1], f8[::1])")
def _sum_hop(
    block: NDArray[np.float64],
    samples_seen: int,
    state: NDArray[np.float64],
    oscillators: NDArray[np.float64],
    coefficients: NDArray[np.float64],
    pairs: NDArray[np.int64],
    sums: NDArray[np.float64],
    products: NDArray[np.float64],
) -> None:
    """Sum one hop: `block` [n, ch] raw, `sums` [13, ch] (two for each mains frequency), `products` [pairs].

    `state` [6, ch]: offset, motion, smoother motion, last sample, last above 20 Hz, last step. `oscillators` [2, 4]:
    cosine, sine, and what turns them by one sample. `coefficients`: of the two low-passes and the high-pass, and the
    railed level. At the start of a stream the low-passes are running means, so that an offset makes no transient.
    """
    keep, rail = coefficients[2], coefficients[3]
    sums[:7] = 0.0
    sums[7] = np.inf
    sums[8] = -np.inf
    sums[9:] = 0.0
    products[:] = 0.0
    for row in range(block.shape[0]):
        at_least = 1.0 / (samples_seen + row + 1)
        offset_rate, motion_rate = max(coefficients[0], at_least), max(coefficients[1], at_least)
        cos_50, sin_50, cos_60, sin_60 = oscillators[0, 0], oscillators[0, 1], oscillators[1, 0], oscillators[1, 1]
        for channel in range(block.shape[1]):
            raw = block[row, channel]
            state[0, channel] += offset_rate * (raw - state[0, channel])
            state[1, channel] += motion_rate * (raw - state[1, channel])
            state[2, channel] += motion_rate * (state[1, channel] - state[2, channel])
            motion = state[2, channel] - state[0, channel]
            fast = 0.5 * (1.0 + keep) * (raw - state[3, channel]) + keep * state[4, channel]
            step = fast - state[4, channel]
            whole, jump = raw - state[0, channel], raw - state[3, channel]
            turn = step - state[5, channel]
            state[3, channel], state[4, channel], state[5, channel] = raw, fast, step
            sums[0, channel] += fast * fast
            sums[1, channel] += motion * motion
            sums[2, channel] += step * step
            sums[3, channel] += turn * turn
            sums[4, channel] += 1.0 if abs(raw) >= rail else 0.0
            sums[5, channel] += fast * cos_50
            sums[6, channel] += fast * cos_60
            sums[7, channel] = min(sums[7, channel], raw)
            sums[8, channel] = max(sums[8, channel], raw)
            sums[9, channel] += whole * whole
            sums[10, channel] += jump * jump
            sums[11, channel] += fast * sin_50
            sums[12, channel] += fast * sin_60
        for pair in range(pairs.shape[0]):
            products[pair] += state[4, pairs[pair, 0]] * state[4, pairs[pair, 1]]
        for line in range(2):
            cosine, sine, turn_cos, turn_sin = oscillators[line]
            oscillators[line, 0] = cosine * turn_cos - sine * turn_sin
            oscillators[line, 1] = sine * turn_cos + cosine * turn_sin
    for line in range(2):  # keep the length at one
        length = math.sqrt(oscillators[line, 0] ** 2 + oscillators[line, 1] ** 2)
        oscillators[line, 0] /= length
        oscillators[line, 1] /= length


@compiled("void(f8[:, :, ::1], f8[:, ::1], i8[:, ::1], f8, f8[:, ::1], f8[::1])")
def _reduce_window(
    sums: NDArray[np.float64],
    products: NDArray[np.float64],
    pairs: NDArray[np.int64],
    samples: float,
    window: NDArray[np.float64],
    correlation: NDArray[np.float64],
) -> None:
    """Join the hops of the ring into `window` [13, ch] and `correlation` [pairs]. Summed anew, so nothing drifts."""
    window[:] = 0.0
    window[7] = np.inf
    window[8] = -np.inf
    for hop in range(sums.shape[0]):
        for row in range(window.shape[0]):
            for channel in range(window.shape[1]):
                if row == 7:
                    window[7, channel] = min(window[7, channel], sums[hop, 7, channel])
                elif row == 8:
                    window[8, channel] = max(window[8, channel], sums[hop, 8, channel])
                else:
                    window[row, channel] += sums[hop, row, channel]
    for channel in range(window.shape[1]):
        for row in (0, 1, 2, 3, 4, 9, 10):
            window[row, channel] /= samples
        for line in range(2):  # a sine of amplitude a gives sums of a·n/2 and has a power of a²/2
            cosine, sine = window[5 + line, channel], window[11 + line, channel]
            window[5 + line, channel] = 2.0 * (cosine * cosine + sine * sine) / samples**2
    for pair in range(pairs.shape[0]):
        product = 0.0
        for hop in range(products.shape[0]):
            product += products[hop, pair]
        power = window[0, pairs[pair, 0]] * window[0, pairs[pair, 1]]
        correlation[pair] = product / samples / math.sqrt(power) if power > 0.0 else 0.0


@dataclass(slots=True)
class ChannelStatistics:
    """Statistics of the last `window_hops` hops; one hop costs one hop's work.

    `window` [rows of `Statistic`, ch] and `correlation` [pairs] (of the part above 20 Hz) are overwritten by the next
    `update` and mean something once `ready`. `full_scale`: the largest magnitude the device can give (infinite where
    it is not known), in the signal's unit.
    """

    channel_count: int
    rate_hz: float
    hop_samples: int
    window_hops: int
    full_scale: float = math.inf
    pairs: NDArray[np.int64] = field(init=False)
    window: NDArray[np.float64] = field(init=False)
    correlation: NDArray[np.float64] = field(init=False)
    hops_seen: int = 0
    _sums: NDArray[np.float64] = field(init=False)
    _products: NDArray[np.float64] = field(init=False)
    _slots: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = field(init=False)
    _state: NDArray[np.float64] = field(init=False)
    _oscillators: NDArray[np.float64] = field(init=False)
    _coefficients: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self.pairs = neighbour_pairs(self.channel_count)
        self.window = np.zeros((13, self.channel_count))
        self.correlation = np.zeros(len(self.pairs))
        self._sums = np.zeros((self.window_hops, 13, self.channel_count))
        self._products = np.zeros((self.window_hops, len(self.pairs)))
        self._slots = list(zip(self._sums, self._products, strict=True))  # views, made once
        self._state = np.zeros((6, self.channel_count))
        turns = [2.0 * math.pi * line_hz / self.rate_hz for line_hz in MAINS_HZ]
        self._oscillators = np.array([[1.0, 0.0, math.cos(turn), math.sin(turn)] for turn in turns])
        rates = [1.0 - math.exp(-2.0 * math.pi * edge / self.rate_hz) for edge in (OFFSET_HZ, MOTION_HZ)]
        warped = math.tan(math.pi * min(EMG_FROM_HZ / self.rate_hz, 0.25))  # of a first-order Butterworth high-pass
        self._coefficients = np.array([*rates, (1.0 - warped) / (1.0 + warped), RAILED_FROM * self.full_scale])

    @property
    def ready(self) -> bool:
        """True once a whole window has been seen."""
        return self.hops_seen >= self.window_hops

    def update(self, block: NDArray[np.float64]) -> None:
        """Take one raw hop [hop_samples, ch] that holds finite numbers only."""
        if self.hops_seen == 0:
            self._state[:] = 0.0
            self._state[3] = block[0]
        sums, products = self._slots[self.hops_seen % self.window_hops]
        seen = self.hops_seen * self.hop_samples
        _sum_hop(block, seen, self._state, self._oscillators, self._coefficients, self.pairs, sums, products)
        self.hops_seen += 1
        samples = self.window_hops * self.hop_samples
        _reduce_window(self._sums, self._products, self.pairs, samples, self.window, self.correlation)

    def reset(self) -> None:
        """Forget all samples, after a gap or for a new stream."""
        self.hops_seen = 0
        self._sums[:] = 0.0
        self._products[:] = 0.0


def neighbour_pairs(channel_count: int) -> NDArray[np.int64]:
    """Return every pair of channels [pairs, 2] at most `FARTHEST_PAIR` apart in a ring; grows linearly."""
    pairs = {
        (min(first, second), max(first, second))
        for first in range(channel_count)
        for second in ((first + distance) % channel_count for distance in range(1, FARTHEST_PAIR + 1))
        if first != second
    }
    return np.array(sorted(pairs), dtype=np.int64).reshape(len(pairs), 2)
