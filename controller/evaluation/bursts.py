"""Bursts of noise on a recording of rest: what electrodes, cables and the mains give that is no muscle."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

# How long bursts and the pauses between them last; how strong they are, in units of the channel's RMS at rest.
BURST_S, PAUSE_S = (0.02, 2.0), (1.0, 3.0)
STRENGTH = (2.0, 50.0)
MAINS_HZ = (50.0, 60.0)
MOVEMENT_HZ = (1.0, 8.0)
SPIKES_PER_S = 20.0


class Burst(StrEnum):
    """What a burst is made of."""

    NONE = "none"
    CONTACT = "contact"  # white noise of an electrode that sits badly, on one channel or some
    CABLE = "cable"  # one white noise on all channels, stronger on some: a cable is tugged, the reference comes off
    MAINS = "mains"  # hum, on one channel or some
    MOVEMENT = "movement"  # an electrode slides: slow swings on one channel or some
    SPIKES = "spikes"  # static discharges and taps, on all channels at once


def add_bursts(
    samples: NDArray[np.float64], rate_hz: float, burst: Burst, full_scale: float, generator: np.random.Generator
) -> NDArray[np.float64]:
    """Return a copy of `samples` [n, ch] with bursts of one kind, cut to the device's full scale."""
    noisy = samples.copy()
    rms = np.maximum(samples.std(axis=0), 1e-9)
    start = round(generator.uniform(*PAUSE_S) * rate_hz)
    while burst is not Burst.NONE and start < len(samples):
        low_s, high_s = np.log(BURST_S)
        length = max(round(float(np.exp(generator.uniform(low_s, high_s))) * rate_hz), 1)
        end = min(start + length, len(samples))
        strength = float(np.exp(generator.uniform(*np.log(STRENGTH))))
        noisy[start:end] += strength * rms * _carrier(burst, end - start, samples.shape[1], rate_hz, generator)
        start = end + round(generator.uniform(*PAUSE_S) * rate_hz)
    return np.clip(noisy, -full_scale, full_scale)


def _carrier(
    burst: Burst, length: int, channels: int, rate_hz: float, generator: np.random.Generator
) -> NDArray[np.float64]:
    """Return [length, channels] of strength one; channels that are not struck are zero."""
    time_s = np.arange(length)[:, None] / rate_hz
    carrier: NDArray[np.float64]
    if burst is Burst.CABLE:
        carrier = generator.standard_normal((length, 1)) * generator.uniform(0.5, 1.5, channels)
        return carrier
    if burst is Burst.SPIKES:
        struck = generator.random(length) < SPIKES_PER_S / rate_hz
        struck[0] = True
        carrier = struck[:, None] * generator.choice((-1.0, 1.0), (length, 1)) * generator.uniform(0.5, 1.5, channels)
        return carrier
    where = np.zeros(channels)
    where[generator.permutation(channels)[: generator.integers(1, max(channels // 2, 1) + 1)]] = 1.0
    if burst is Burst.CONTACT:
        carrier = where * generator.standard_normal((length, channels))
        return carrier
    if burst is Burst.MAINS:
        hum_hz = generator.choice(MAINS_HZ)
        carrier = where * np.sqrt(2.0) * np.sin(2.0 * np.pi * hum_hz * time_s + generator.uniform(0.0, 2.0 * np.pi))
        return carrier
    swing_hz = generator.uniform(*MOVEMENT_HZ)
    carrier = where * np.sqrt(2.0) * np.sin(2.0 * np.pi * swing_hz * time_s)
    return carrier
