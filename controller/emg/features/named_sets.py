"""Which features there are, and the sets that a calibration may name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from controller.emg.features import (
    mean_absolute_value,
    root_mean_square,
    slope_sign_changes,
    waveform_length,
    willison_amplitude,
    zero_crossings,
)
from controller.emg.features.autoregressive import ORDER, Autoregressive
from controller.emg.features.log_moments import MOMENTS, LogMoments

HopSum = Callable[[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]], None]


class WindowFeature(Protocol):
    """A feature that is more than a mean over the window: it keeps what it needs, and writes into `vector`."""

    vector: NDArray[np.float64]

    def update(self, conditioned: NDArray[np.float64]) -> object:
        """Take one hop of conditioned samples [hop_samples, ch]."""
        ...

    def reset(self) -> None:
        """Forget the window."""
        ...


@dataclass(frozen=True, slots=True)
class MeanFeature:
    """The mean over the window of what `hop_sum` adds up, one number per channel.

    `amplitude`: the vector holds its square root. Amplitudes spread in proportion to their size; their square root
    spreads evenly, as a linear decoder assumes (Hahne et al. 2014, IEEE TNSRE 22(2):269-279, for linear regression).
    docs/decisions/0006 has the figures. `of_threshold`: a step counts above this multiple of the set's threshold.
    """

    hop_sum: HopSum
    amplitude: bool
    of_threshold: float = 1.0


@dataclass(frozen=True, slots=True)
class OwnFeature:
    """A feature that keeps its own window: `build(channel_count, hop_samples, window_hops, threshold)`.

    `per_channel`: how many numbers it gives for each channel, ordered number by number.
    """

    build: Callable[[int, int, int, NDArray[np.float64]], WindowFeature]
    per_channel: int


LEVEL = MeanFeature(mean_absolute_value.hop_sum, amplitude=True)

MEANS: dict[str, MeanFeature] = {
    "mean_absolute_value": LEVEL,
    "waveform_length": MeanFeature(waveform_length.hop_sum, amplitude=True),
    "zero_crossings": MeanFeature(zero_crossings.hop_sum, amplitude=False),
    "slope_sign_changes": MeanFeature(slope_sign_changes.hop_sum, amplitude=False),
    "root_mean_square": MeanFeature(root_mean_square.hop_sum, amplitude=True),
    # Half of the RMS at rest, twice the others: from surface EMG it needs 0.1 to 1 times the RMS at rest, while zero
    # crossings and slope sign changes do without a threshold (Waris & Kamavuako 2018, Biomed Signal Process Control
    # 45:267-273).
    "willison_amplitude": MeanFeature(willison_amplitude.hop_sum, amplitude=False, of_threshold=2.0),
}

OWN: dict[str, OwnFeature] = {
    "autoregressive": OwnFeature(Autoregressive, ORDER),
    "log_moments": OwnFeature(LogMoments, MOMENTS),
}


@dataclass(frozen=True, slots=True)
class Members:
    """The features of a set, in the order of its vector: first those of `MEANS`, then those of `OWN`."""

    means: tuple[str, ...]
    own: tuple[str, ...] = ()

    @property
    def columns_per_channel(self) -> int:
        """How many numbers of the vector belong to each channel."""
        return len(self.means) + sum(OWN[name].per_channel for name in self.own)


_TD4 = ("mean_absolute_value", "waveform_length", "zero_crossings", "slope_sign_changes")

FEATURE_SETS: dict[str, Members] = {
    # The time-domain set of Hudgins et al. 1993, IEEE TBME 40:82-94.
    "td4": Members(_TD4),
    # With RMS and Willison amplitude, which Phinyomark et al. 2012 (Expert Syst Appl 39:7420-7431) compare with them.
    "td6": Members((*_TD4, "root_mean_square", "willison_amplitude")),
    # With autoregressive coefficients, which bear electrode shift (Young et al. 2012, IEEE TBME 59:645-652).
    "td4_ar4": Members(_TD4, ("autoregressive",)),
    # Three of the moments of Al-Timemy et al. 2016, IEEE TNSRE 24:650-661.
    "log_moments": Members((), ("log_moments",)),
}
