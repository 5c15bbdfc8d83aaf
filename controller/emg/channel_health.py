"""Which channels can be trusted: judged once per hop from running statistics of the raw signal."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.emg.channel_fault import ChannelFault
from controller.emg.channel_statistics import ChannelStatistics
from controller.emg.compiled import compiled
from controller.emg.rest_baseline import RestBaseline

# Below this rate EMG itself fills the band up to half the rate and cannot be told from noise (EMG power ends near
# 400 Hz: De Luca et al. 2010, J Biomech 43:1573-1579).
BROADBAND_FROM_HZ = 800.0
# White noise has 3; a front end's own filter leaves less. A calibration below this had muscle in it, not noise.
NOISE_TURN_RATIO = 1.8
# The faults up to `BASELINE` are judged here; `health` adds samples that are no numbers.
JUDGED = 7


@dataclass(frozen=True, slots=True)
class HealthBounds:
    """When a channel is bad. Shares are of power above 20 Hz in the window; jumps are ratios of RMS to calibration.

    Detectors per channel whose channel is then left out follow Zhang & Huang 2015 (JNER 12:18). The bounds are rules of
    thumb from what devices and electrodes do, made to hold on quantised signals: figures beside them were measured on
    six people's Myo recordings (8 bits, 200 Hz, 144 minutes of 8 channels, 200 ms windows).
    """

    # Flat: the range in the window is below one step of the device, or below this share of the noise at rest. (Below
    # two steps happens by chance: a quiet 8-bit channel of 0.6 counts RMS had windows of range 1.)
    flat_share: float = 0.1
    # Railed: this share of the samples within 1 % of full scale. Strong contractions on 8 bits reached 0.25.
    railed_share: float = 0.5
    # Mains: half of the power, and well above what it was. Chance alone gave 60 ms of it, hence the time.
    mains_share: float = 0.5
    mains_jump: float = 2.0
    # Lifted: an open input takes up mains far above the noise it had, or broadband noise where the rate shows it.
    lifted_jump: float = 8.0
    broadband_jump: float = 4.0
    broadband_turn_share: float = 0.8
    # Bridged: two channels as one. Neighbours on one muscle reached 0.995 for 70 ms.
    bridged_correlation: float = 0.995
    # Motion: below 10 Hz stronger than the EMG, and so strong that what a 20 Hz high-pass leaves stands out of noise.
    motion_share: float = 1.0
    motion_jump: float = 10.0
    # Baseline: never quieter than four times, or never louder than a quarter of, the noise at rest for half a minute
    # (smallest value over a time: minimum statistics, Martin 2001, IEEE Trans Speech Audio Process 9:504-512).
    baseline_factor: float = 4.0
    baseline_s: float = 30.0
    # How long a rule must hold before it is believed, and how long it must not before the channel is good again.
    mains_ms: float = 100.0
    bridged_ms: float = 200.0
    motion_ms: float = 50.0
    recovery_ms: float = 1000.0


@compiled(
    "i8(f8[:, ::1], f8[::1], i8[:, ::1], f8[:, ::1], f8[::1], i8[::1], i8[:, :, ::1], f8[:, :, ::1], i8[::1], b1[::1])"
)
def _judge(
    window: NDArray[np.float64],
    correlation: NDArray[np.float64],
    pairs: NDArray[np.int64],
    baseline: NDArray[np.float64],
    bounds: NDArray[np.float64],
    patience: NDArray[np.int64],
    counters: NDArray[np.int64],
    extremes: NDArray[np.float64],
    faults: NDArray[np.int64],
    bad: NDArray[np.bool_],
) -> int:
    """Judge the window into `faults` and `bad` [ch]; return how many channels are bad.

    `baseline` [5, ch]: power of noise, hum and steps, least turn ratio of noise, smallest range. `bounds`: as
    `HealthMonitor` packs them. `patience` [9]: hops to believe each fault, hops to recover, faults that make bad.
    `counters` [2, 7, ch]: hops that a rule has held, hops until good. `extremes` [seconds, 2, ch]: quietest and loudest
    power of each second, the present one first.
    """
    railed, mains_share, mains_jump, lifted_jump, noise_jump, correlated, motion_share, motion_jump, factor = bounds
    faults[:] = 0
    for pair in range(pairs.shape[0]):
        if correlation[pair] > correlated:
            faults[pairs[pair, 0]] = 1
            faults[pairs[pair, 1]] = 1
    count = 0
    for channel in range(window.shape[1]):
        power, motion, step = window[0, channel], window[1, channel], window[2, channel]
        mains = max(window[5, channel], window[6, channel])
        noise, hum = baseline[0, channel], baseline[1, channel]
        humming = mains > mains_share * power
        noisy = step > noise_jump * baseline[2, channel] and window[3, channel] > baseline[3, channel] * step
        extremes[0, 0, channel] = min(extremes[0, 0, channel], power)
        extremes[0, 1, channel] = max(extremes[0, 1, channel], power)
        quietest, loudest = extremes[0, 0, channel], extremes[0, 1, channel]
        for second in range(1, extremes.shape[0]):
            quietest = min(quietest, extremes[second, 0, channel])
            loudest = max(loudest, extremes[second, 1, channel])
        holds = (  # in the order of ChannelFault
            window[8, channel] - window[7, channel] < baseline[4, channel],
            window[4, channel] > railed,
            noisy or (humming and mains > lifted_jump * hum),
            humming and mains > mains_jump * hum,
            faults[channel] == 1 and not humming,
            motion > motion_share * power and motion > motion_jump * noise,
            quietest > factor * noise or loudest * factor < noise,
        )
        faults[channel] = 0
        for fault in range(7):
            counters[0, fault, channel] = counters[0, fault, channel] + 1 if holds[fault] else 0
            if counters[0, fault, channel] >= patience[fault]:
                counters[1, fault, channel] = patience[7]
            elif counters[1, fault, channel] > 0:
                counters[1, fault, channel] -= 1
            if counters[1, fault, channel] > 0:
                faults[channel] |= 1 << fault
        bad[channel] = faults[channel] & patience[8] != 0
        count += bad[channel]
    return count


@dataclass(slots=True)
class HealthMonitor:
    """Judges each channel after each hop. A fault counts once its rule has held for its time, until it is long gone.

    `faults` [ch]: sums of `ChannelFault`; `bad` [ch]: those that the decoder should not listen to. A wrong level at
    rest is told and does not make bad: a muscle that is held tense looks the same. Overwritten by the next `observe`.
    """

    baseline: RestBaseline
    rate_hz: float
    hop_samples: int
    window_hops: int
    bounds: HealthBounds = field(default_factory=HealthBounds)
    makes_bad: ChannelFault = ~ChannelFault.BASELINE
    faults: NDArray[np.int64] = field(init=False)
    bad: NDArray[np.bool_] = field(init=False)
    statistics: ChannelStatistics = field(init=False)
    _hops_per_s: int = field(init=False)
    _packed: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]] = field(init=False)
    _counters: NDArray[np.int64] = field(init=False)
    _extremes: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        channels = len(self.baseline.noise_rms)
        self.statistics = ChannelStatistics(
            channels, self.rate_hz, self.hop_samples, self.window_hops, self.baseline.full_scale
        )
        self.faults = np.zeros(channels, dtype=np.int64)
        self.bad = np.zeros(channels, dtype=np.bool_)
        self._hops_per_s = max(round(self.rate_hz / self.hop_samples), 1)
        self._packed = self._pack()
        self._counters = np.zeros((2, JUDGED, channels), dtype=np.int64)
        self._extremes = np.zeros((max(round(self.bounds.baseline_s), 1) + 1, 2, channels))
        self.reset()

    def observe(self, block: NDArray[np.float64]) -> int:
        """Take one raw hop [hop_samples, ch] of finite numbers; return how many channels are bad."""
        statistics = self.statistics
        statistics.update(block)
        if not statistics.ready:
            return int(np.count_nonzero(self.bad))
        if statistics.hops_seen % self._hops_per_s == 0:
            self._extremes[1:] = self._extremes[:-1]
            self._extremes[0, 0], self._extremes[0, 1] = np.inf, 0.0
        return _judge(
            statistics.window,
            statistics.correlation,
            statistics.pairs,
            *self._packed,
            self._counters,
            self._extremes,
            self.faults,
            self.bad,
        )

    @property
    def recovery_hops(self) -> int:
        """For so many hops a fault must not show before its channel is good again."""
        return max(round(self.bounds.recovery_ms * 1e-3 * self._hops_per_s), 1)

    def reset(self) -> None:
        """Forget all samples, after a gap or for a new stream. What is bad stays bad until it was good for long."""
        self.statistics.reset()
        self._extremes[:, 0] = 0.0  # not known: neither never quiet nor never loud
        self._extremes[:, 1] = np.inf

    def _pack(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Return baseline [5, ch] and bounds as powers, and times in hops, as `_judge` takes them."""
        bounds, rest = self.bounds, self.baseline
        noise = rest.turn_ratio * bounds.broadband_turn_share
        broadband = (self.rate_hz >= BROADBAND_FROM_HZ) & (rest.turn_ratio >= NOISE_TURN_RATIO)
        powers = (
            rest.noise_rms**2,
            np.maximum(rest.noise_rms, rest.mains_rms) ** 2,
            rest.step_rms**2,
            np.where(broadband, noise, np.inf),
            np.maximum(rest.step_size, bounds.flat_share * rest.noise_rms),
        )
        limits = (
            bounds.railed_share,
            bounds.mains_share,
            bounds.mains_jump**2,
            bounds.lifted_jump**2,
            bounds.broadband_jump**2,
            bounds.bridged_correlation,
            bounds.motion_share**2,
            bounds.motion_jump**2,
            bounds.baseline_factor**2,
        )
        times_ms = (0.0, 0.0, bounds.mains_ms, bounds.mains_ms, bounds.bridged_ms, bounds.motion_ms, 0.0)
        hops = [max(round(time * 1e-3 * self._hops_per_s), 1) for time in (*times_ms, bounds.recovery_ms)]
        return np.vstack(powers), np.array(limits), np.array([*hops, int(self.makes_bad)], dtype=np.int64)
