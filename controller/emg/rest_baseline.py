"""How each channel was at rest when it was calibrated: what its health is judged against."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.emg.channel_statistics import ChannelStatistics, Statistic
from controller.errors import CalibrationError, ModelError

# People do not rest perfectly. The quiet tenth of the windows is taken as the noise of the channel itself.
QUIET_PERCENTILE = 10.0
# Fewer windows of 200 ms than this say little about rest.
FEWEST_WINDOWS = 10
PER_CHANNEL = ("noise_rms", "mains_rms", "step_rms", "turn_ratio")


@dataclass(frozen=True, slots=True)
class RestBaseline:
    """Per channel [ch], in the signal's unit: noise, mains hum (the stronger of 50 and 60 Hz) and step as RMS.

    `turn_ratio` [ch]: power of the second difference over that of the first, 3 for white noise, less for EMG.
    `step_size`: the device's smallest step; 0 where not known. `full_scale`: the largest magnitude the device can give
    (infinite where not known).
    """

    noise_rms: NDArray[np.float64]
    mains_rms: NDArray[np.float64]
    step_rms: NDArray[np.float64]
    turn_ratio: NDArray[np.float64]
    step_size: float = 0.0
    full_scale: float = math.inf

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return the numbers by name, for a model file, which holds finite ones only: 0 for a full scale not known."""
        full_scale = self.full_scale if math.isfinite(self.full_scale) else 0.0
        single = {"step_size": np.array(self.step_size), "full_scale": np.array(full_scale)}
        return {name: getattr(self, name) for name in PER_CHANNEL} | single


def measure_rest(
    samples: NDArray[np.float64], rate_hz: float, full_scale: float = math.inf, step_size: float = 0.0
) -> RestBaseline:
    """Measure a rest recording [n, ch], raw and finite, with the statistics that run live.

    Raises `CalibrationError` when it is shorter than two seconds.
    """
    hop_samples = max(round(0.02 * rate_hz), 1)
    window_hops = 10
    statistics = ChannelStatistics(samples.shape[1], rate_hz, hop_samples, window_hops, full_scale)
    windows = []
    for first in range(0, len(samples) - hop_samples + 1, hop_samples):
        statistics.update(np.ascontiguousarray(samples[first : first + hop_samples], dtype=np.float64))
        if statistics.ready:
            windows.append(statistics.window.copy())
    if len(windows) < FEWEST_WINDOWS * window_hops:
        raise CalibrationError(
            f"the rest recording has {len(samples) / rate_hz:.1f} s, at least "
            f"{(FEWEST_WINDOWS + 1) * window_hops * hop_samples / rate_hz:.1f} s are needed; record a longer rest"
        )
    seen = np.array(windows)
    power = seen[:, Statistic.POWER]
    step_power = np.percentile(seen[:, Statistic.STEP], QUIET_PERCENTILE, axis=0)
    turn_power = np.percentile(seen[:, Statistic.TURN], QUIET_PERCENTILE, axis=0)
    mains = np.median(np.maximum(seen[:, Statistic.MAINS_50], seen[:, Statistic.MAINS_60]), axis=0)
    return RestBaseline(
        np.sqrt(np.percentile(power, QUIET_PERCENTILE, axis=0)),
        np.sqrt(mains),
        np.sqrt(step_power),
        np.divide(turn_power, step_power, out=np.zeros_like(turn_power), where=step_power > 0.0),
        step_size,
        full_scale,
    )


def baseline_from_arrays(arrays: Mapping[str, NDArray[np.float64]], channel_count: int) -> RestBaseline:
    """Rebuild a baseline from `RestBaseline.arrays`. Raises `ModelError` if it is none of so many channels."""
    for name, shape in {**dict.fromkeys(PER_CHANNEL, (channel_count,)), "step_size": (), "full_scale": ()}.items():
        found = arrays.get(name)
        if found is None or found.shape != shape or not (found >= 0.0).all():
            raise ModelError(
                f"the model's level at rest '{name}' should be {shape} numbers from zero up, it is "
                f"{'missing' if found is None else found.shape}; fit it again"
            )
    noise, mains, step, turn = (arrays[name] for name in PER_CHANNEL)
    return RestBaseline(noise, mains, step, turn, float(arrays["step_size"]), float(arrays["full_scale"]) or math.inf)


def smallest_step(samples: NDArray[np.float64]) -> float:
    """Return the smallest difference between two values that occur in `samples` [n, ch]: one count of the device."""
    steps = np.diff(np.unique(samples[np.isfinite(samples)]))
    return float(steps[steps > 0].min()) if (steps > 0).any() else 0.0
