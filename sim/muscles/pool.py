"""A pool of motor units: who is recruited at which excitation, how fast each fires, what force that makes.

After Fuglevand, Winter & Patla 1993, J Neurophysiol 70:2470-2488, doi 10.1152/jn.1993.70.6.2470, with their constants.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import SimError

UNITS = 120
# Excitation that recruits the last unit over that of the first.
_RECRUITMENT_RANGE = 30.0
# Twitch force of the last unit over that of the first; fibres, and with them the action potential, grow alike.
_TWITCH_RANGE = 100.0
_SLOWEST_TWITCH_S = 0.090
# Time to peak of the slowest twitch over that of the quickest.
_TWITCH_TIME_RANGE = 3.0
LOWEST_RATE_HZ = 8.0
# Hz per unit of excitation beyond a unit's threshold.
RATE_GAIN_HZ = 1.0
# Peak rate of the first unit, and how much lower that of the last one is.
_PEAK_RATE_HZ = 35.0
_PEAK_RATE_FALL_HZ = 10.0
# Standard deviation of the interval between two discharges over its mean.
INTERVAL_VARIATION = 0.2
# Below this contraction time over interval, twitches do not fuse: force grows as the rate does.
_UNFUSED = 0.4
# Steps of the table from force to excitation: finer than any wearer aims.
TABLE_STEPS = 256


@dataclass(frozen=True, slots=True)
class MotorUnitPool:
    """Units of one muscle, by size, smallest first. Arrays [units].

    `threshold` and `excitation_of_force` [TABLE_STEPS + 1] share the unit-free scale of excitation; the table says
    which excitation keeps up a force of 0, 1/TABLE_STEPS ... 1 of the largest.
    """

    threshold: NDArray[np.float64]
    peak_rate_hz: NDArray[np.float64]
    twitch: NDArray[np.float64]
    contraction_s: NDArray[np.float64]
    excitation_of_force: NDArray[np.float64]

    def rates_hz(self, excitation: float) -> NDArray[np.float64]:
        """Return how fast each unit fires [units]; 0 for one that is not recruited."""
        return _rates_hz(excitation, self.threshold, self.peak_rate_hz)

    def rates_at_hz(self, force: float) -> NDArray[np.float64]:
        """Return the rates [units] that keep up `force` in [0, 1] of the largest."""
        steps = np.linspace(0.0, 1.0, TABLE_STEPS + 1)
        return self.rates_hz(float(np.interp(force, steps, self.excitation_of_force)))


def motor_unit_pool(units: int = UNITS) -> MotorUnitPool:
    """Return a pool of so many units; a muscle that is being reinnervated has few. Raises `SimError` for none."""
    if units < 1:
        raise SimError(f"a muscle needs at least one motor unit, not {units}")
    rank = np.arange(1, units + 1) / units
    threshold = _RECRUITMENT_RANGE**rank
    peak_rate_hz = _PEAK_RATE_HZ - _PEAK_RATE_FALL_HZ * threshold / _RECRUITMENT_RANGE
    twitch = _TWITCH_RANGE**rank
    contraction_s = _SLOWEST_TWITCH_S * twitch ** (-np.log(_TWITCH_TIME_RANGE) / np.log(_TWITCH_RANGE))
    # Where the last unit reaches its peak rate; every smaller one has by then.
    most = threshold[-1] + (peak_rate_hz[-1] - LOWEST_RATE_HZ) / RATE_GAIN_HZ
    excitation = np.linspace(threshold[0], most, 4 * TABLE_STEPS)
    force = np.array([_force(_rates_hz(e, threshold, peak_rate_hz), twitch, contraction_s) for e in excitation])
    table = np.interp(np.linspace(0.0, force[-1], TABLE_STEPS + 1), force, excitation)
    return MotorUnitPool(threshold, peak_rate_hz, twitch, contraction_s, table)


def _rates_hz(
    excitation: float, threshold: NDArray[np.float64], peak_rate_hz: NDArray[np.float64]
) -> NDArray[np.float64]:
    driven = np.minimum(LOWEST_RATE_HZ + RATE_GAIN_HZ * (excitation - threshold), peak_rate_hz)
    return np.where(excitation >= threshold, driven, 0.0)


def _force(rates_hz: NDArray[np.float64], twitch: NDArray[np.float64], contraction_s: NDArray[np.float64]) -> float:
    """Return the mean force of all units in steady state: each unit's twitch times how far its twitches fuse."""
    fusion = contraction_s * rates_hz
    sigmoid = 1.0 - np.exp(-2.0 * fusion**3)
    unfused = (1.0 - np.exp(-2.0 * _UNFUSED**3)) / _UNFUSED * fusion
    return float(np.sum(twitch * np.where(fusion < _UNFUSED, unfused, sigmoid)))
