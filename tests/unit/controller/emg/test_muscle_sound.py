"""Muscle and noise by ear, on made signals whose spectrum is known."""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from controller.calibration.sound import measure_sound
from controller.emg.channel_statistics import ChannelStatistics
from controller.emg.muscle_sound import HOLD_S, MuscleSound, SoundGate, sound_from_arrays
from controller.emg.rest_baseline import RestBaseline
from controller.errors import ModelError
from drivers.recordings.recording import Recording
from drivers.source import StreamInfo

RATE_HZ, CHANNELS, HOP, WINDOW_HOPS = 1000.0, 4, 10, 20
NOISE_RMS = 2.0
SAME = np.full(CHANNELS, NOISE_RMS)
REST = RestBaseline(SAME, SAME, SAME, SAME)
EVERY = np.zeros(CHANNELS, dtype=np.bool_)


def noise(seconds: float, rms: float = NOISE_RMS, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(0.0, rms, (round(seconds * RATE_HZ), CHANNELS))


def muscle(seconds: float, rms: float = 50.0, seed: int = 1) -> NDArray[np.float64]:
    """Return noise through a running mean of three: its autocorrelation at one sample is 2/3."""
    white = noise(seconds, rms * math.sqrt(3.0), seed)
    padded = np.vstack((np.zeros((2, CHANNELS)), white))
    return (padded[2:] + padded[1:-1] + padded[:-2]) / 3.0


def recording_of(samples: NDArray[np.float64]) -> Recording:
    zeros = np.zeros(len(samples), dtype=np.int64)
    return Recording(StreamInfo("made", CHANNELS, RATE_HZ), samples, ("x",), zeros, zeros, zeros, zeros)


def measured(samples: NDArray[np.float64]) -> MuscleSound | None:
    return measure_sound(recording_of(samples), np.ones(len(samples), dtype=np.bool_), REST, HOP, WINDOW_HOPS)


def trained() -> MuscleSound:
    sound = measured(muscle(20.0) + noise(20.0))
    assert sound is not None
    return sound


def heard(gate: SoundGate, samples: NDArray[np.float64], bad: NDArray[np.bool_] = EVERY) -> list[bool]:
    """Feed hops and return what the gate says after each."""
    said = []
    for first in range(0, len(samples), HOP):
        gate.statistics.update(np.ascontiguousarray(samples[first : first + HOP]))
        gate.listen(bad)
        said.append(gate.like_muscle)
    return said


def gate_of(sound: MuscleSound) -> SoundGate:
    statistics = ChannelStatistics(CHANNELS, RATE_HZ, HOP, WINDOW_HOPS)
    return SoundGate(sound, statistics, REST.noise_rms, HOP / RATE_HZ)


def test_measured_are_the_numbers_of_the_made_signal() -> None:
    sound = trained()
    assert sound.step_ratio == pytest.approx(2 * (1 - 2 / 3), abs=0.02)
    assert sound.strong_step_ratio == pytest.approx(2 * (1 - 2 / 3), abs=0.02)
    assert 0.0 < sound.common < 0.05  # four channels that know nothing of each other


def test_muscle_is_let_through_and_rest_is_not() -> None:
    gate = gate_of(trained())
    assert not any(heard(gate, noise(2.0, seed=3)))
    said = heard(gate, muscle(20.0, seed=4) + noise(20.0, seed=5))
    assert np.mean(said[2 * WINDOW_HOPS :]) > 0.95


@pytest.mark.parametrize("struck", [1, 2, 4])
def test_white_noise_on_any_channels_is_no_muscle_and_none_is_believed_for_a_while(struck: int) -> None:
    gate = gate_of(trained())
    heard(gate, noise(1.0))
    burst = noise(3.0, seed=6)
    burst[:, :struck] *= 30.0
    assert not any(heard(gate, burst))
    after = heard(gate, muscle(2.0, seed=7))
    # HOLD_S from the last window that sounded white, which need not be the burst's last one.
    held_hops = round(HOLD_S * RATE_HZ / HOP)
    assert not any(after[: round(0.8 * held_hops)])
    assert np.mean(after[held_hops + 2 * WINDOW_HOPS :]) > 0.9


def test_what_is_common_to_all_channels_is_no_muscle_even_if_it_sounds_like_it() -> None:
    gate = gate_of(trained())
    common = np.repeat(muscle(5.0, seed=8)[:, :1], CHANNELS, axis=1) * [1.0, -0.5, 0.8, 1.2]
    assert not any(heard(gate, common + noise(5.0, seed=9)))


def test_a_bad_channel_is_not_heard() -> None:
    gate = gate_of(trained())
    samples = muscle(5.0, seed=10) + noise(5.0, seed=11)
    samples[:, 2] = noise(5.0, 500.0, seed=12)[:, 2]
    assert not any(heard(gate, samples))
    gate.statistics.reset()
    gate.reset()
    bad = EVERY.copy()
    bad[2] = True
    assert np.mean(heard(gate, samples, bad)[2 * WINDOW_HOPS :]) > 0.9


def test_a_reset_asks_for_a_whole_window_anew() -> None:
    gate = gate_of(trained())
    assert any(heard(gate, muscle(1.0)))
    gate.statistics.reset()
    gate.reset()
    assert not gate.like_muscle
    assert not any(heard(gate, muscle(0.1)))  # half a window


@pytest.mark.parametrize("offset", [0.0, 1e5])
def test_an_electrodes_offset_changes_nothing(offset: float) -> None:
    gate = gate_of(trained())
    said = heard(gate, muscle(5.0, seed=13) + noise(5.0, seed=14) + offset)
    assert np.mean(said[2 * WINDOW_HOPS :]) > 0.95


def test_where_muscle_is_as_white_as_noise_only_what_is_common_counts() -> None:
    sound = measured(noise(10.0, 50.0, seed=15))
    assert sound is not None
    gate = gate_of(sound)
    assert np.mean(heard(gate, noise(5.0, 50.0, seed=16))[2 * WINDOW_HOPS :]) > 0.9
    assert not any(heard(gate, np.repeat(noise(2.0, 50.0, seed=17)[:, :1], CHANNELS, axis=1))[WINDOW_HOPS:])


def test_gaps_and_what_is_no_number_are_left_out_of_the_measure() -> None:
    samples = muscle(20.0) + noise(20.0)
    samples[5000:5100] = np.nan
    sound, whole = measured(samples), trained()
    assert sound is not None
    assert sound.step_ratio == pytest.approx(whole.step_ratio, abs=0.01)


def test_where_no_channel_stands_out_nothing_is_known() -> None:
    assert measured(noise(5.0)) is None


def test_the_numbers_come_back_from_a_file_and_others_are_refused() -> None:
    sound = trained()
    assert sound_from_arrays(sound.arrays()) == sound
    assert sound_from_arrays({}) is None
    # An infinite spread would let everything through.
    for wrong in (np.array(math.nan), np.array(math.inf), np.array(-1.0), np.array([1.0])):
        with pytest.raises(ModelError, match="how muscle sounded"):
            sound_from_arrays(sound.arrays() | {"common": wrong})
    with pytest.raises(ModelError, match="how muscle sounded"):
        sound_from_arrays({"common": np.array(0.5)})


def test_limits_stay_between_their_bounds() -> None:
    sound = trained()
    near, far = replace(sound, step_ratio_spread=1e-6), replace(sound, step_ratio_spread=0.6)
    way = abs(2.0 - sound.step_ratio)
    assert near.limits()[2] == pytest.approx(3.0 * 1e-6 / way)
    assert far.limits()[2] == pytest.approx(1.3 * 0.6 / way)
