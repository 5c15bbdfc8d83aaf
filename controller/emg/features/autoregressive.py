"""Autoregressive coefficients: the four weights that best predict a sample from the four before it.

x_i ≈ a_1 x_{i-1} + a_2 x_{i-2} + a_3 x_{i-3} + a_4 x_{i-4}; no unit (Graupe & Cline 1975, IEEE Trans SMC 5:252-259;
AR features bear electrode shift better than time-domain ones: Young et al. 2012, IEEE TBME 59(3):645-652). Solved by
the Levinson-Durbin recursion (Durbin 1960, Rev Int Stat Inst 28:233-244) from the autocorrelation of the window,
r_k = Σ x_i x_{i-k} with both samples inside it: so it is positive definite, the predictor stable, |reflection| < 1.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled

ORDER = 4
# A channel whose mean step is below this share of its counting threshold (a quarter of its noise at rest) has died.
FLAT_SHARE = 0.1


@compiled("void(f8[:, ::1], f8[:, :, ::1])")
def _lag_sums(samples: NDArray[np.float64], sums: NDArray[np.float64]) -> None:
    """Sum the products of one hop: `samples` [4 + n, ch] with four older rows, `sums` [spans, 6, ch].

    Products go by the number of hops that their older sample lies back (a window leaves out what lies before it) and
    by lag 0..4; the last row of span 0 sums |x_i - x_{i-1}|, by which a flat channel is known.
    """
    hop = samples.shape[0] - 4
    sums[:] = 0.0
    for row in range(4, samples.shape[0]):
        for lag in range(5):
            older = row - 4 - lag
            back = 0 if older >= 0 else (-older + hop - 1) // hop
            for channel in range(samples.shape[1]):
                sums[back, lag, channel] += samples[row, channel] * samples[row - lag, channel]
        for channel in range(samples.shape[1]):
            sums[0, 5, channel] += abs(samples[row, channel] - samples[row - 1, channel])


@compiled("void(f8[:, :, :, ::1], i8, f8[::1], f8[:, ::1], f8[::1])")
def _solve(
    ring: NDArray[np.float64],
    newest: int,
    flat_below: NDArray[np.float64],
    lags: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Join the ring [hops, spans, 6, ch] into `lags` [6, ch]; write the coefficients, coefficient by coefficient."""
    hops, spans, rows, channels = ring.shape
    lags[:] = 0.0
    for age in range(hops):
        slot = (newest - age) % hops
        for back in range(min(spans, hops - age)):
            for row in range(rows):
                for channel in range(channels):
                    lags[row, channel] += ring[slot, back, row, channel]
    for channel in range(channels):
        for order in range(4):
            out[order * channels + channel] = 0.0
        error = lags[0, channel]
        if not (error > 0.0 and lags[5, channel] > flat_below[channel]):
            continue
        for order in range(4):
            reflection = lags[order + 1, channel]
            for index in range(order):
                reflection -= out[index * channels + channel] * lags[order - index, channel]
            reflection /= error
            for index in range((order + 1) // 2):  # both ends of the coefficients so far at once
                low, high = index * channels + channel, (order - 1 - index) * channels + channel
                first, last = out[low], out[high]
                out[low] = first - reflection * last
                out[high] = last - reflection * first
            out[order * channels + channel] = reflection
            error *= 1.0 - reflection * reflection
            if error <= 0.0:
                break


@dataclass(slots=True)
class Autoregressive:
    """AR4 of a sliding window of whole hops; one hop costs one hop's products. A flat channel gives zeros.

    `vector` [4 · ch], coefficient by coefficient, overwritten by the next `update`, valid once `ready`. `threshold`
    [ch] is the counting features' own, in the signal's unit.
    """

    channel_count: int
    hop_samples: int
    window_hops: int
    threshold: NDArray[np.float64]
    vector: NDArray[np.float64] = field(init=False)
    hops_seen: int = 0
    _joined: NDArray[np.float64] = field(init=False)
    _ring: NDArray[np.float64] = field(init=False)
    _lags: NDArray[np.float64] = field(init=False)
    _flat_below: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        spans = 1 + -(-ORDER // self.hop_samples)
        self.vector = np.zeros(ORDER * self.channel_count)
        self._joined = np.zeros((ORDER + self.hop_samples, self.channel_count))
        self._ring = np.zeros((self.window_hops, spans, ORDER + 2, self.channel_count))
        self._lags = np.zeros((ORDER + 2, self.channel_count))
        steps = self.window_hops * self.hop_samples
        self._flat_below = FLAT_SHARE * steps * np.asarray(self.threshold, dtype=np.float64)

    @property
    def ready(self) -> bool:
        """True once a whole window has been seen."""
        return self.hops_seen >= self.window_hops

    def update(self, conditioned: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take one hop of conditioned samples [hop_samples, ch]; return `vector`."""
        if self.hops_seen == 0:
            self._joined[:] = conditioned[0]  # no sample before the first: no step
        else:
            self._joined[:ORDER] = self._joined[-ORDER:]
        self._joined[ORDER:] = conditioned
        slot = self.hops_seen % self.window_hops
        _lag_sums(self._joined, self._ring[slot])
        self.hops_seen += 1
        _solve(self._ring, slot, self._flat_below, self._lags, self.vector)
        return self.vector

    def reset(self) -> None:
        """Forget the window."""
        self.hops_seen = 0
        self._ring[:] = 0.0
