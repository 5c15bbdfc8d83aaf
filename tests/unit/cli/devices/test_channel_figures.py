"""Noise, mains and faults of signals that are made up, so that they are known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from cli.devices.channel_figures import channel_figures
from controller.emg.channel_fault import ChannelFault
from drivers.source import StreamInfo, Unit

RATE_HZ = 1000.0
INFO = StreamInfo("made up", 2, RATE_HZ, Unit.MICROVOLT, full_scale=1000.0)


def noise(uv: float, seconds: float = 8.0, seed: int = 0, channels: int = 2) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(0.0, uv, (round(seconds * RATE_HZ), channels))


def sine(hertz: float, rms: float, seconds: float = 8.0) -> NDArray[np.float64]:
    turns = hertz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave: NDArray[np.float64] = np.sqrt(2.0) * rms * np.sin(2 * np.pi * turns)
    return wave


def test_white_noise_is_measured_in_microvolts() -> None:
    _, (first, second) = channel_figures([noise(5.0)], INFO)
    assert first.rms == pytest.approx(5.0, rel=0.1)
    assert first.noise_rms == pytest.approx(5.0, rel=0.15)
    assert first.mains_share < 0.05
    assert first.faults == second.faults == {}
    assert (first.label, second.label) == ("1", "2")


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
def test_mains_and_its_harmonics_are_added_up(mains_hz: float) -> None:
    samples = noise(1.0)
    samples[:, 1] += sine(mains_hz, 3.0) + sine(3 * mains_hz, 4.0)
    found_hz, (clean, humming) = channel_figures([samples], INFO)
    assert found_hz == mains_hz
    assert humming.mains_rms == pytest.approx(5.0, rel=0.03)
    assert humming.mains_share == pytest.approx(25 / 26, abs=0.02)
    assert clean.mains_share < 0.05
    assert humming.noise_rms == pytest.approx(1.0, rel=0.15), "the hum is no noise"


def test_a_twitch_changes_the_noise_floor_little() -> None:
    samples = noise(4.0)
    samples[2000:3000] *= 30.0
    _, (first, _) = channel_figures([samples], INFO)
    assert first.noise_rms == pytest.approx(4.0, rel=0.2)
    assert first.rms == pytest.approx(4.0, rel=0.2)


def test_railed_flat_and_no_number_are_found_as_live() -> None:
    info = StreamInfo("made up", 5, RATE_HZ, Unit.MICROVOLT, full_scale=1000.0)
    samples = noise(4.0, channels=5)
    samples[:, 1] = 1000.0
    samples[:, 2] = 0.0
    samples[::10, 3] = np.nan
    samples[:, 4] = noise(4.0, seed=1)[:, 0]
    _, (good, railed, flat, broken, other) = channel_figures([samples], info)
    assert railed.faults[ChannelFault.RAILED] > 0.9
    assert flat.faults[ChannelFault.FLAT] > 0.9
    assert broken.faults[ChannelFault.NOT_FINITE] > 0.9
    assert good.faults == other.faults == {}


def test_bridged_channels_are_found() -> None:
    samples = noise(4.0)
    samples[:, 1] = samples[:, 0] * 1.1
    _, channels = channel_figures([samples], INFO)
    assert all(channel.faults[ChannelFault.BRIDGED] > 0.8 for channel in channels)


@pytest.mark.parametrize("rate_hz", [60.0, 125.0, 250.0])
def test_rates_near_the_mains_frequency_are_no_trouble(rate_hz: float) -> None:
    info = StreamInfo("slow", 2, rate_hz)
    samples = np.random.default_rng(0).normal(0.0, 3.0, (round(8 * rate_hz), 2))
    _, channels = channel_figures([samples], info)
    assert len(channels) == 2
    assert all(0.0 <= channel.mains_share <= 1.0 for channel in channels)


def test_too_little_in_one_go_is_not_judged() -> None:
    assert channel_figures([noise(1.0, seconds=2.9)], INFO) == (0.0, [])
    assert channel_figures([], INFO) == (0.0, [])
