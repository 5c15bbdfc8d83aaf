from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal

from controller.emg.channel_fault import WORDS, ChannelFault, words
from controller.emg.channel_health import HealthBounds, HealthMonitor
from controller.emg.rest_baseline import measure_rest

RATE_HZ, HOP, HOPS, CHANNELS = 1000.0, 10, 20, 4
SITE, OTHERS = 2, [0, 1, 3]
FULL_SCALE = 187_500.0
TIME_S = np.arange(6000) / RATE_HZ
BASELINE = measure_rest(np.random.default_rng(7).normal(0.0, 3.0, (8000, CHANNELS)), RATE_HZ, FULL_SCALE, 0.02)


def signal_of(seed: int = 0, seconds: float = 6.0) -> NDArray[np.float64]:
    """Noise at rest, every other second a contraction of 150 µV, on electrodes with an offset."""
    generator, rows = np.random.default_rng(seed), round(seconds * RATE_HZ)
    muscle = signal.sosfilt(
        signal.butter(2, (40, 180), "bandpass", fs=RATE_HZ, output="sos"), generator.normal(size=(rows, CHANNELS)), 0
    )
    active = (np.arange(rows) // 1000 % 2)[:, None]
    noise: NDArray[np.float64] = generator.normal(0.0, 3.0, (rows, CHANNELS))
    offset = np.array([2000.0, -900.0, 40.0, 0.0])
    return np.asarray(noise + 300.0 * active * muscle + offset, dtype=np.float64)


def run(samples: NDArray[np.float64], bounds: HealthBounds | None = None) -> NDArray[np.int64]:
    """Return the faults [hops, ch] after each hop."""
    monitor = HealthMonitor(BASELINE, RATE_HZ, HOP, HOPS, bounds or HealthBounds())
    found = []
    for first in range(0, len(samples) - HOP + 1, HOP):
        bad = monitor.observe(samples[first : first + HOP])
        assert bad == monitor.bad.sum()
        found.append(monitor.faults.copy())
    return np.array(found)


def hum(amplitude: float) -> NDArray[np.float64]:
    return amplitude * np.sin(2 * np.pi * 50 * TIME_S)


def broken(change: Callable[[NDArray[np.float64]], NDArray[np.float64]], at: int = 2500) -> NDArray[np.float64]:
    samples = signal_of()
    samples[at:, SITE] = change(samples)[at:]
    return samples


INJECTED: dict[ChannelFault, tuple[Callable[[NDArray[np.float64]], NDArray[np.float64]], float]] = {
    # fault: what happens to the site, and within which time it must be told, in seconds
    ChannelFault.FLAT: (lambda x: np.full(len(x), 37.5), 0.21),
    ChannelFault.RAILED: (lambda x: np.full(len(x), -FULL_SCALE), 0.11),
    ChannelFault.LIFTED: (lambda x: x[:, SITE] + hum(400.0), 0.25),
    ChannelFault.MAINS: (lambda x: 0.02 * x[:, SITE] + hum(15.0), 0.35),
    ChannelFault.BRIDGED: (lambda x: x[:, SITE - 1], 0.45),
    ChannelFault.MOTION: (lambda x: x[:, SITE] + 600.0 * np.sin(2 * np.pi * 4 * TIME_S), 0.3),
}


def test_rest_and_contractions_are_good() -> None:
    assert not run(signal_of()).any()


@pytest.mark.parametrize("fault", INJECTED)
def test_tells_each_fault_in_time_and_on_its_site_alone(fault: ChannelFault) -> None:
    change, within_s = INJECTED[fault]
    found = run(broken(change))
    assert not found[:250].any()
    told = np.flatnonzero(found[:, SITE] & fault)
    assert told.size
    assert (told[0] - 250) * HOP / RATE_HZ <= within_s
    if fault is not ChannelFault.MOTION:  # the start of its swing is a step
        assert (found[told[0] :, SITE] & fault).all()
    partners = OTHERS if fault is not ChannelFault.BRIDGED else [0, 3]
    assert not found[:, partners].any()


def test_broadband_noise_where_the_rate_shows_it_is_a_lifted_electrode() -> None:
    noise = np.random.default_rng(4).normal(0.0, 25.0, 6000)
    found = run(broken(lambda x: x[:, SITE] + noise))
    assert np.flatnonzero(found[:, SITE] & ChannelFault.LIFTED)[0] - 250 <= 15
    assert not found[:, OTHERS].any()


def test_is_good_again_only_after_a_time() -> None:
    samples = signal_of()
    samples[1000:1500, SITE] = 0.0
    flat = np.flatnonzero(run(samples)[:, SITE] & ChannelFault.FLAT)
    assert flat[0] == 119
    assert flat[-1] == 149 + 99  # the first living sample ends it, one second of patience follows
    assert (np.diff(flat) == 1).all()


def test_a_level_at_rest_that_is_not_the_calibrations_is_told_but_not_bad() -> None:
    louder, quieter = np.random.default_rng(0).normal(0.0, 3.0, (2, 8000, CHANNELS))
    louder[:, SITE] *= 3.2  # less than the four times that tell of broadband noise
    quieter[:, SITE] *= 0.15
    bounds = HealthBounds(baseline_s=5.0, baseline_factor=2.5)
    for samples in (louder, quieter):
        found = run(samples, bounds)
        assert not found[:500].any()
        assert found[-1].tolist() == [0, 0, ChannelFault.BASELINE, 0]
    monitor = HealthMonitor(BASELINE, RATE_HZ, HOP, HOPS, bounds)
    assert max(monitor.observe(louder[first : first + HOP]) for first in range(0, 8000, HOP)) == 0


def test_nothing_is_judged_before_a_whole_window_and_after_a_reset() -> None:
    monitor = HealthMonitor(BASELINE, RATE_HZ, HOP, HOPS)
    dead = np.zeros((HOP, CHANNELS))
    assert [monitor.observe(dead) for _ in range(HOPS)] == [0] * (HOPS - 1) + [CHANNELS]
    monitor.reset()
    assert monitor.observe(dead) == CHANNELS  # a bad channel is not good because a gap came


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 1e6), st.floats(-2e5, 2e5))
def test_whatever_comes_the_answer_is_whole(seed: int, scale: float, offset: float) -> None:
    samples = np.random.default_rng(seed).normal(offset, scale, (500, CHANNELS))
    found = run(samples)
    assert ((found >= 0) & (found < 128)).all()
    assert (found == run(samples)).all()


def test_says_the_gravest_fault_in_words_and_counts_sites_from_one() -> None:
    assert words(ChannelFault.LIFTED | ChannelFault.MAINS) == "electrode lifted"
    assert words(ChannelFault.GOOD) == "good"
    assert set(WORDS) == set(ChannelFault)
