"""The carriers of surface EMG: interference-pattern noise of muscles, noise and hum of skin and amplifier."""

import numpy as np
from numpy.typing import NDArray

# Power spectrum of surface EMG after Shwedyk et al. 1977: f^2 / ((f^2 + low^2) (f^2 + high^2)^2). These corners put the
# peak near 75 Hz, inside the 50-150 Hz that surface electrodes show.
_LOW_HZ = 70.0
_HIGH_HZ = 140.0
# Band of surface EMG, devices.md 4.1; below it there is movement artefact only, above it nothing of the muscle.
_BAND_HZ = (20.0, 450.0)
_BLOCK_S = 0.128
# Neighbouring sites hear each other through the skin; 0.15 makes their signals correlate by about 0.3.
_CROSSTALK = 0.15
_FLOOR_UV = (3.0, 5.0)
_HUM_HZ = 50.0
_HUM_UV = (1.0, 2.0)


def block_length(rate_hz: float) -> int:
    """Return how many samples are made in one go: an eighth of a second, which is also the filter's length."""
    return 2 * max(8, round(_BLOCK_S * rate_hz / 2))


class MuscleNoise:
    """Gaussian noise with the spectrum of surface EMG, RMS 1 in every channel, one block at a time."""

    def __init__(self, channel_count: int, rate_hz: float, generator: np.random.Generator) -> None:
        self._length = block_length(rate_hz)
        self._response = np.fft.rfft(_taps(self._length + 1, rate_hz), 2 * self._length)[:, np.newaxis]
        self._generator = generator
        self._white = generator.standard_normal((self._length, channel_count))

    def block(self) -> NDArray[np.float64]:
        """Return the next [block, channels] rows; filtered by overlap-save, so without a seam between blocks."""
        fresh = self._generator.standard_normal((self._length, self._white.shape[1]))
        white = np.concatenate((self._white, fresh))
        self._white = fresh
        shaped = np.fft.irfft(np.fft.rfft(white, axis=0) * self._response, 2 * self._length, axis=0)
        return _mix_neighbours(shaped[self._length :])


class Background:
    """What the electrodes pick up besides muscle, in µV: white noise of 3-5 µV RMS and mains hum of 1-2 µV."""

    def __init__(
        self, channel_count: int, rate_hz: float, skin: np.random.Generator, generator: np.random.Generator
    ) -> None:
        self._rate_hz = rate_hz
        self._floor_uv = skin.uniform(*_FLOOR_UV, channel_count)
        self._hum_uv = skin.uniform(*_HUM_UV, channel_count)
        self._hum_phase = skin.uniform(0, 0.5, channel_count)  # one mains, so nearly in phase everywhere
        self._generator = generator
        self._length = block_length(rate_hz)
        self._index = 0

    def block(self) -> NDArray[np.float64]:
        """Return the next [block, channels] rows."""
        white = self._generator.standard_normal((self._length, len(self._floor_uv)))
        time_s = np.arange(self._index, self._index + self._length) / self._rate_hz
        self._index += self._length
        angle = 2 * np.pi * _HUM_HZ * time_s[:, np.newaxis] + self._hum_phase
        return white * self._floor_uv + np.sin(angle) * self._hum_uv


def _taps(count: int, rate_hz: float) -> NDArray[np.float64]:
    """Return the linear-phase filter whose output has the EMG spectrum and RMS 1 for white noise of RMS 1."""
    grid_hz = np.fft.rfftfreq(8 * count, 1 / rate_hz)
    power = grid_hz**2 / ((grid_hz**2 + _LOW_HZ**2) * (grid_hz**2 + _HIGH_HZ**2) ** 2)
    low, high = _BAND_HZ[0], min(_BAND_HZ[1], 0.45 * rate_hz)
    inside = np.clip((grid_hz - 0.5 * low) / (0.5 * low), 0, 1) * np.clip((1.1 * high - grid_hz) / (0.1 * high), 0, 1)
    impulse = np.roll(np.fft.irfft(np.sqrt(power) * inside), count // 2)[:count] * np.hanning(count)
    taps: NDArray[np.float64] = impulse / np.sqrt(np.sum(impulse**2))
    return taps


def _mix_neighbours(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return [n, channels] with each site hearing its two neighbours around the limb, at the same RMS."""
    # by hand: BLAS would start threads for so large a matrix, and they spin on every core between two blocks
    if rows.shape[1] < 3:
        return rows
    mixed: NDArray[np.float64] = rows + _CROSSTALK * (np.roll(rows, 1, axis=1) + np.roll(rows, -1, axis=1))
    mixed /= np.sqrt(1 + 2 * _CROSSTALK**2)
    return mixed
