"""Does the signal sound like the muscles of training? What electrodes, cables and taps add is whiter, or common to all.

Three numbers of a window, over the channels that stand out of their noise:
- step ratio: power of the difference of neighbouring samples over the power, 2 (1 - r) for an autocorrelation r at one
  sample. White noise has 2 at any rate; muscle less where the rate is high (its power ends near 400 Hz: De Luca et al.
  2010, J Biomech 43:1573-1579), and on an armband of 200 Hz, which has lost its low frequencies, 2.4 to 2.6.
- the same over the strong channels only, where a burst of noise on one electrode shows.
- common share: mean squared correlation of pairs of channels, near one for what a cable or a discharge gives to all.

Figures: docs/decisions/0021.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from controller.emg.channel_statistics import ChannelStatistics
from controller.emg.compiled import compiled
from controller.errors import ModelError

WHITE_STEP_RATIO = 2.0
# A channel counts as far as its power is beyond so many times its noise at rest; a strong one beyond six times its RMS.
HEARD_FROM, STRONG_FROM = 2.0, 36.0
# Together the channels must be heard this much, and strong ones stand out this much, before anything is said of them.
LEAST_HEARD, LEAST_STRONG, LEAST_PAIR = 0.2, 0.5, 0.2
# So much of the way from muscle to white noise is too far, unless training itself was spread wider than that: nine of
# ten windows of training stay on this side, and not more than 999 of 1000.
ON_THE_WAY = 0.4
LEAST_SPREADS, MOST_SPREADS = 1.3, 3.0
# As common to all channels as that is no muscle.
COMMON_SPREADS = 3.0
# A strong channel that is so far on the way is white noise: so long nothing is believed. A burst lasts, and not each of
# its windows sounds white.
WHITE_FROM, HOLD_S = 0.9, 0.3
# Fewer windows with a strong channel say nothing about how those sound.
FEWEST_STRONG = 50


@dataclass(frozen=True, slots=True)
class MuscleSound:
    """How the motions of training sounded: mean and spread over their windows of the numbers above."""

    step_ratio: float
    step_ratio_spread: float
    strong_step_ratio: float
    common: float
    common_spread: float

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return the numbers by name, for a model file."""
        return {entry.name: np.array(getattr(self, entry.name)) for entry in fields(self)}

    def limits(self) -> NDArray[np.float64]:
        """Return what `_listen` compares with [6]: how a window may lie on the way from muscle (0) to white noise (1).

        Where muscle is as white as noise to within its spread, whiteness says nothing, and only what is common counts.
        """
        way = WHITE_STEP_RATIO - self.step_ratio
        strong_way = WHITE_STEP_RATIO - self.strong_step_ratio
        spread = self.step_ratio_spread / abs(way) if way else np.inf
        farthest = min(max(ON_THE_WAY, LEAST_SPREADS * spread), MOST_SPREADS * spread)
        tells = spread < 1.0
        return np.array(
            [
                self.step_ratio,
                1.0 / way if tells else 0.0,
                farthest if tells else np.inf,
                self.strong_step_ratio,
                1.0 / strong_way if tells and strong_way * way > 0.0 else 0.0,
                self.common + COMMON_SPREADS * self.common_spread,
            ]
        )


def sound_from_arrays(arrays: Mapping[str, NDArray[np.float64]]) -> MuscleSound | None:
    """Rebuild what `MuscleSound.arrays` gave; None for a model that was fitted before there was any.

    Raises `ModelError` for anything else.
    """
    if not arrays:
        return None
    names = [entry.name for entry in fields(MuscleSound)]
    if set(arrays) != set(names) or any(arrays[name].shape != () or not 0.0 <= arrays[name] < np.inf for name in names):
        raise ModelError(f"how muscle sounded should be the numbers {', '.join(names)}, from zero up; fit it again")
    return MuscleSound(**{name: float(arrays[name]) for name in names})


@compiled("void(f8[:, ::1], f8[::1], i8[:, ::1], f8[::1], b1[::1], f8[::1], f8[::1])")
def _hear(
    window: NDArray[np.float64],
    correlation: NDArray[np.float64],
    pairs: NDArray[np.int64],
    noise_power: NDArray[np.float64],
    bad: NDArray[np.bool_],
    heard: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write step ratio, how much is heard, the same for strong channels, and the common share into `out` [5].

    `window`, `correlation`, `pairs`: of `ChannelStatistics`. `heard` [ch] is scratch.
    """
    total, ratio, strong_total, strong_ratio = 0.0, 0.0, 0.0, 0.0
    for channel in range(heard.shape[0]):
        power = window[9, channel]
        heard[channel] = 0.0
        if bad[channel] or not power > 0.0:
            continue
        own = window[10, channel] / power
        heard[channel] = max(1.0 - HEARD_FROM * noise_power[channel] / power, 0.0)
        strong = max(1.0 - STRONG_FROM * noise_power[channel] / power, 0.0)
        total += heard[channel]
        ratio += heard[channel] * own
        strong_total += strong
        strong_ratio += strong * own
    pair_total, common = 0.0, 0.0
    for pair in range(pairs.shape[0]):
        both = heard[pairs[pair, 0]] * heard[pairs[pair, 1]]
        pair_total += both
        common += both * correlation[pair] * correlation[pair]
    out[0] = ratio / total if total > 0.0 else WHITE_STEP_RATIO
    out[1] = total
    out[2] = strong_ratio / strong_total if strong_total > 0.0 else WHITE_STEP_RATIO
    out[3] = strong_total
    out[4] = common / max(pair_total, LEAST_PAIR)


@compiled("i8(f8[::1], f8[::1])")
def _listen(numbers: NDArray[np.float64], limits: NDArray[np.float64]) -> int:
    """Judge what `_hear` wrote: 0 muscle, 1 not, 2 a strong channel as white as noise."""
    if numbers[3] > LEAST_STRONG and (numbers[2] - limits[3]) * limits[4] >= WHITE_FROM:
        return 2
    if numbers[1] <= LEAST_HEARD or not numbers[4] <= limits[5]:
        return 1
    return 0 if (numbers[0] - limits[0]) * limits[1] <= limits[2] else 1


@dataclass(slots=True)
class SoundGate:
    """Says after each hop whether the window sounds like muscle. Reads the statistics of channel health, keeps none.

    `noise_rms` [ch]: at rest, in the signal's unit. `like_muscle` is overwritten by the next `listen`.
    """

    sound: MuscleSound
    statistics: ChannelStatistics
    noise_rms: NDArray[np.float64]
    hop_s: float
    like_muscle: bool = False
    _limits: NDArray[np.float64] = field(init=False)
    _noise_power: NDArray[np.float64] = field(init=False)
    _numbers: NDArray[np.float64] = field(init=False)
    _heard: NDArray[np.float64] = field(init=False)
    _hold_hops: int = field(init=False)
    _held: int = 0

    def __post_init__(self) -> None:
        self._limits = self.sound.limits()
        self._noise_power = np.ascontiguousarray(self.noise_rms**2, dtype=np.float64)
        self._numbers = np.zeros(5)
        self._heard = np.zeros(len(self.noise_rms))
        self._hold_hops = max(round(HOLD_S / self.hop_s), 1)

    def listen(self, bad: NDArray[np.bool_]) -> None:
        """Judge the present window; channels marked in `bad` [ch] are not heard."""
        statistics = self.statistics
        if not statistics.ready:
            self.like_muscle = False
            return
        hear(statistics, self._noise_power, bad, self._heard, self._numbers)
        judged = _listen(self._numbers, self._limits)
        self._held = self._hold_hops if judged == 2 else max(self._held - 1, 0)
        self.like_muscle = judged == 0 and self._held == 0

    def reset(self) -> None:
        """Forget what was heard, after a gap or for a new stream."""
        self.like_muscle, self._held = False, 0


def hear(
    statistics: ChannelStatistics,
    noise_power: NDArray[np.float64],
    bad: NDArray[np.bool_],
    heard: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write the numbers of the present window into `out` [5]; `heard` [ch] is scratch."""
    _hear(statistics.window, statistics.correlation, statistics.pairs, noise_power, bad, heard, out)
