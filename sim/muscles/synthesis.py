"""From what each muscle does to the EMG at each site: units discharge, and their action potentials add up."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from controller.emg.compiled import compiled
from sim.muscles.fatigue import EFFORT_POWER, RECOVERY_PER_S, SLOWER, TIRING_PER_S, WEAKER
from sim.muscles.pool import INTERVAL_VARIATION, LOWEST_RATE_HZ, RATE_GAIN_HZ, TABLE_STEPS, MotorUnitPool

# Of how many steps a second an action potential is kept at least; between them it is read linearly.
_STEPS_HZ = 4000.0
# An interval is not shorter than this share of its mean: the nerve cell is refractory.
_SHORTEST_INTERVAL = 0.3
# A force below that of the first unit alone is none: who relaxes is silent at some time.
_LEAST_EFFORT = 1e-3


def steps_hz(rate_hz: float) -> float:
    """Return how many steps a second action potentials need for this sampling rate."""
    return rate_hz * max(2, math.ceil(_STEPS_HZ / rate_hz))


@compiled("f8(u8[:], i8)")
def _uniform(states: NDArray[np.uint64], unit: int) -> float:
    """Return the unit's next number in (0, 1], by splitmix64: each unit has a stream of its own."""
    states[unit] += np.uint64(0x9E3779B97F4A7C15)
    mixed = states[unit]
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed = mixed ^ (mixed >> np.uint64(31))
    return (float(mixed >> np.uint64(11)) + 1.0) / 9007199254740992.0


@compiled("void(f8[:,:], f8, i8[:], f8[:], f8[:], f8[:,:], f4[:,:,::1], f8[:], f8[:], u8[:], f8[:], f8, f8, f4[:,::1])")
def _synthesize(
    efforts: NDArray[np.float64],
    sample_s: float,
    first_unit: NDArray[np.int64],
    threshold: NDArray[np.float64],
    peak_rate_hz: NDArray[np.float64],
    excitation_of_force: NDArray[np.float64],
    potentials: NDArray[np.float32],
    phase: NDArray[np.float64],
    interval: NDArray[np.float64],
    states: NDArray[np.uint64],
    fatigue: NDArray[np.float64],
    tiring: float,
    steps_per_sample: float,
    signal: NDArray[np.float32],
) -> None:
    """Add to `signal` [samples and a tail, sites] what all discharges of these samples send there."""
    one = np.uint32(1)
    steps, sites = potentials.shape[1], potentials.shape[2]
    for sample in range(len(efforts)):
        for muscle in range(efforts.shape[1]):
            effort = efforts[sample, muscle]
            tired = fatigue[muscle]
            if tiring > 0.0:
                gained = TIRING_PER_S * tiring * effort**EFFORT_POWER if effort > 0.0 else 0.0
                fatigue[muscle] = min(1.0, tired + sample_s * (gained - RECOVERY_PER_S * tired))
            if effort < _LEAST_EFFORT:
                continue
            place = min(effort / (1.0 - WEAKER * tired), 1.0) * TABLE_STEPS
            row = min(int(place), TABLE_STEPS - 1)
            low, high = excitation_of_force[muscle, row], excitation_of_force[muscle, row + 1]
            excitation = low + (high - low) * (place - row)
            read_per_sample = steps_per_sample * (1.0 - SLOWER * tired)
            for unit in range(first_unit[muscle], first_unit[muscle + 1]):
                if threshold[unit] > excitation:
                    break
                rate_hz = min(LOWEST_RATE_HZ + RATE_GAIN_HZ * (excitation - threshold[unit]), peak_rate_hz[unit])
                phase[unit] += rate_hz * sample_s
                if phase[unit] < interval[unit]:
                    continue
                phase[unit] -= interval[unit]
                since = min(phase[unit] / (rate_hz * sample_s), 1.0)
                normal = np.sqrt(-2.0 * np.log(_uniform(states, unit))) * np.cos(2.0 * np.pi * _uniform(states, unit))
                interval[unit] = max(_SHORTEST_INTERVAL, 1.0 + INTERVAL_VARIATION * normal)
                at, ahead = since * read_per_sample, sample
                while at < steps - 1:
                    step = np.uint32(at)  # unsigned: numba need not look whether it counts from the end
                    after = np.float32(at - step)
                    for site in range(sites):
                        first = potentials[unit, step, site]
                        signal[ahead, site] += first + (potentials[unit, step + one, site] - first) * after
                    at += read_per_sample
                    ahead += 1


class Synthesis:
    """EMG without any noise, of several muscles at several sites, sample by sample.

    `potentials`: of each muscle its units' action potentials [units, steps, sites] in µV, `steps_hz(rate_hz)` a second.
    `tiring`: how fast muscles tire, 1 as published, 0 never. The same seeds and the same efforts of each sample give
    the same signal, however it is asked for. `fatigue` [muscles] is between 0 and 1 and may be set.
    """

    def __init__(
        self,
        pools: Sequence[MotorUnitPool],
        potentials: Sequence[NDArray[np.float64]],
        rate_hz: float,
        generator: np.random.Generator,
        tiring: float = 1.0,
    ) -> None:
        self._sample_s = 1.0 / rate_hz
        self._steps_per_sample = steps_hz(rate_hz) / rate_hz
        self._first_unit = np.cumsum([0, *(len(pool.threshold) for pool in pools)])
        self._threshold = np.concatenate([pool.threshold for pool in pools])
        self._peak_rate_hz = np.concatenate([pool.peak_rate_hz for pool in pools])
        self._excitation_of_force = np.array([pool.excitation_of_force for pool in pools])
        self._tiring = tiring
        self.fatigue = np.zeros(len(pools))
        units = len(self._threshold)
        self._interval = np.ones(units)
        self._phase = generator.uniform(0.0, 1.0, units)
        self._states = generator.integers(0, np.iinfo(np.uint64).max, units, np.uint64)
        self.set_potentials(potentials)
        self._tail = np.zeros((self._tail_length(), self._potentials.shape[2]), np.float32)

    def set_potentials(self, potentials: Sequence[NDArray[np.float64]]) -> None:
        """From the next sample on, let discharges look like this: the electrodes have moved."""
        self._potentials = np.concatenate(potentials).astype(np.float32)

    def next(self, efforts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the next [n, sites] µV for the `efforts` [n, muscles] of these samples, each in [0, 1]."""
        count, tail = len(efforts), len(self._tail)
        signal = np.zeros((count + tail, self._potentials.shape[2]), np.float32)
        signal[:tail] = self._tail
        _synthesize(
            np.ascontiguousarray(efforts),
            self._sample_s,
            self._first_unit,
            self._threshold,
            self._peak_rate_hz,
            self._excitation_of_force,
            self._potentials,
            self._phase,
            self._interval,
            self._states,
            self.fatigue,
            self._tiring,
            self._steps_per_sample,
            signal,
        )
        self._tail = signal[count:].copy()
        return signal[:count].astype(np.float64)

    def _tail_length(self) -> int:
        """Return for how many samples a discharge is seen after its own, at full fatigue."""
        return int(np.ceil(self._potentials.shape[1] / (self._steps_per_sample * (1.0 - SLOWER)))) + 1
