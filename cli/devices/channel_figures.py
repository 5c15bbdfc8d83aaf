"""Noise, mains and faults of each channel of a device at rest. Pure; measured with what judges channels live."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.emg.channel_fault import ChannelFault
from controller.emg.channel_health import HealthMonitor
from controller.emg.health import ChannelHealth
from controller.emg.mains_detection import EMG_FROM_HZ, LINE_HALF_WIDTH_HZ, MAINS_HZ, NEIGHBOUR_HZ, SEGMENT_S
from controller.emg.rest_baseline import measure_rest, smallest_step
from drivers.source import StreamInfo

# What `measure_rest` asks for, and a whole second for the spectrum.
LEAST_S = 3.0
# Rectifiers and saturated cores make harmonics; beyond the fifth they are weak, and 6 x 50 Hz is 5 x 60 Hz.
HARMONICS = 5
_HOP_S, _WINDOW_HOPS = 0.02, 10


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """In the signal's unit. `noise_rms`: of what is quiet, above 20 Hz, without the mains. `rms`: of all of it.

    `mains_rms`: 50 or 60 Hz and its harmonics together; `mains_share` of the power above 20 Hz. `faults`: for each
    fault that ever held, the share of the time.
    """

    label: str
    noise_rms: float
    rms: float
    mains_rms: float
    mains_share: float
    faults: dict[ChannelFault, float]


def channel_figures(stretches: Sequence[NDArray[np.float64]], info: StreamInfo) -> tuple[float, list[ChannelFigures]]:
    """Return the mains frequency that is stronger, and each channel's figures.

    `stretches` [n, ch] without gaps, the longest first; nothing is returned where that has less than `LEAST_S`.
    """
    if not stretches or len(stretches[0]) < LEAST_S * info.rate_hz:
        return 0.0, []
    samples = stretches[0]
    finite = np.where(np.isfinite(samples), samples, 0.0)
    baseline = measure_rest(finite, info.rate_hz, info.full_scale, smallest_step(samples))
    faults = _fault_shares(samples, info, HealthMonitor(baseline, info.rate_hz, _hop(info), _WINDOW_HOPS))
    mains_hz, mains_power, power = _mains(finite, info.rate_hz)
    labels = info.labels or tuple(str(number) for number in range(1, info.channel_count + 1))
    noise = np.minimum(baseline.noise_rms, np.sqrt(power - mains_power))
    share = np.divide(mains_power, power, out=np.zeros_like(power), where=power > 0)
    return mains_hz, [
        ChannelFigures(
            label,
            float(noise[channel]),
            float(np.sqrt(power[channel])),
            float(np.sqrt(mains_power[channel])),
            float(share[channel]),
            {fault: float(shares[channel]) for fault, shares in faults.items() if shares[channel] > 0},
        )
        for channel, label in enumerate(labels)
    ]


def _hop(info: StreamInfo) -> int:
    return max(round(_HOP_S * info.rate_hz), 1)


def _fault_shares(
    samples: NDArray[np.float64], info: StreamInfo, monitor: HealthMonitor
) -> dict[ChannelFault, NDArray[np.float64]]:
    """Return for each fault the share of hops [ch] in which it held, judged as live."""
    hop = _hop(info)
    health = ChannelHealth(info.channel_count, _WINDOW_HOPS, monitor)
    held = []
    for first in range(0, len(samples) - hop + 1, hop):
        health.examine(samples[first : first + hop].copy())
        held.append(health.faults.copy())
    seen = np.array(held)
    return {fault: ((seen & int(fault)) != 0).mean(axis=0) for fault in ChannelFault if fault is not ChannelFault.GOOD}


def _mains(samples: NDArray[np.float64], rate_hz: float) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Return the mains frequency, its power with harmonics [ch], and all power above 20 Hz [ch] (mean squares)."""
    length = round(SEGMENT_S * rate_hz)
    window = np.hanning(length)[:, None]
    starts = range(0, len(samples) - length + 1, max(length // 2, 1))
    segments = np.stack([samples[start : start + length] for start in starts])
    centred = segments - segments.mean(axis=1, keepdims=True)
    # Twice, for the negative frequencies; over the window's own power.
    spectra = 2.0 * np.abs(np.fft.rfft(centred * window, axis=1)) ** 2 / (length * float((window**2).sum()))
    frequency = np.fft.rfftfreq(length, 1.0 / rate_hz).astype(np.float64)
    # The quieter half, as `detect_mains` takes it: a twitch is in few segments, mains in all.
    order = np.argsort(spectra[:, frequency >= EMG_FROM_HZ].sum(axis=1), axis=0, kind="stable")
    quieter = order[: (len(segments) + 1) // 2]
    density = np.take_along_axis(spectra, quieter[:, None, :], axis=0).mean(axis=0)
    power = density[frequency >= EMG_FROM_HZ].sum(axis=0)
    lines = {mains_hz: _line_power(density, frequency, mains_hz) for mains_hz in MAINS_HZ}
    stronger = max(lines, key=lambda mains_hz: float(lines[mains_hz].sum()))
    return stronger, np.minimum(lines[stronger], power), power


def _line_power(density: NDArray[np.float64], frequency: NDArray[np.float64], mains_hz: float) -> NDArray[np.float64]:
    total = np.zeros(density.shape[1])
    for harmonic in range(1, HARMONICS + 1):
        away = np.abs(frequency - harmonic * mains_hz)
        on, beside = away <= LINE_HALF_WIDTH_HZ, (away >= NEIGHBOUR_HZ[0]) & (away <= NEIGHBOUR_HZ[1])
        if harmonic * mains_hz + LINE_HALF_WIDTH_HZ > frequency[-1] or not beside.any():
            break
        floor = np.median(density[beside], axis=0)
        total += np.maximum(density[on] - floor, 0.0).sum(axis=0)
    return total
