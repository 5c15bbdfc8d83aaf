import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from controller.emg.channel_statistics import ChannelStatistics, Statistic, neighbour_pairs

RATE_HZ, HOP, HOPS = 1000.0, 10, 20
WINDOW = HOP * HOPS


def run(samples: NDArray[np.float64], full_scale: float = np.inf) -> ChannelStatistics:
    statistics = ChannelStatistics(samples.shape[1], RATE_HZ, HOP, HOPS, full_scale)
    for first in range(0, len(samples) - HOP + 1, HOP):
        statistics.update(samples[first : first + HOP])
    return statistics


def sine(frequency_hz: float, amplitude: float, seconds: float = 2.0) -> NDArray[np.float64]:
    wave: NDArray[np.float64] = np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)
    return amplitude * wave


@pytest.mark.parametrize("offset", [0.0, -187_500.0])
def test_mains_power_is_that_of_the_line_whatever_the_offset(offset: float) -> None:
    samples = np.stack((sine(50, 8.0), sine(60, 8.0), sine(90, 8.0)), axis=1) + offset
    window = run(np.ascontiguousarray(samples)).window
    passed = 1 / (1 + (20 / np.array([50, 60])) ** 2)  # of a first-order high-pass at 20 Hz
    assert window[Statistic.MAINS_50, 0] == pytest.approx(32.0 * passed[0], rel=0.05)
    assert window[Statistic.MAINS_60, 1] == pytest.approx(32.0 * passed[1], rel=0.05)
    assert window[Statistic.POWER, :2] == pytest.approx([32.0 * p for p in passed], rel=0.05)
    assert window[Statistic.MAINS_50, 2] < 0.01 * window[Statistic.POWER, 2]
    assert window[Statistic.MAINS_60, 2] < 0.01 * window[Statistic.POWER, 2]


def test_slow_swings_are_motion_and_not_power() -> None:
    window = run(np.stack((sine(3, 100.0, 4.0), sine(120, 100.0, 4.0)), axis=1)).window
    assert window[Statistic.MOTION, 0] > 10 * window[Statistic.POWER, 0]
    assert window[Statistic.POWER, 1] > 1000 * window[Statistic.MOTION, 1]


def test_range_rails_and_whiteness() -> None:
    samples = np.random.default_rng(0).normal(0.0, 5.0, (600, 2))
    samples[-100:, 0] = 2000.0
    window = run(samples, full_scale=2000.0).window
    assert window[Statistic.RAILED].tolist() == [0.5, 0.0]
    assert window[Statistic.HIGHEST, 0] == 2000.0
    assert window[Statistic.LOWEST, 1] == samples[-WINDOW:, 1].min()
    white = run(np.random.default_rng(1).normal(size=(20 * WINDOW, 1))).window
    assert white[Statistic.TURN] / white[Statistic.STEP] == pytest.approx([3.0], abs=0.4)


def test_correlation_of_the_same_the_opposite_and_the_unrelated() -> None:
    noise = np.random.default_rng(2).normal(0.0, 5.0, (600, 3))
    samples = np.stack((noise[:, 0], noise[:, 0] * 2 + 40, -noise[:, 0], noise[:, 1], np.zeros(600)), axis=1)
    statistics = run(np.ascontiguousarray(samples))
    found = dict(zip(map(tuple, statistics.pairs.tolist()), statistics.correlation, strict=True))
    assert found[0, 1] == pytest.approx(1.0, abs=1e-6)
    assert found[0, 2] == pytest.approx(-1.0, abs=1e-6)
    assert abs(found[0, 3]) < 0.3
    assert found[0, 4] == 0.0


@pytest.mark.parametrize(("channels", "count"), [(1, 0), (2, 1), (4, 6), (8, 28), (64, 256), (256, 1024)])
def test_pairs_are_neighbours_in_a_ring_and_grow_linearly(channels: int, count: int) -> None:
    pairs = neighbour_pairs(channels)
    assert pairs.shape == (count, 2)
    assert (pairs[:, 0] < pairs[:, 1]).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-1e5, 1e5))
def test_what_was_before_a_reset_counts_no_more(seed: int, before: float) -> None:
    samples = np.random.default_rng(seed).normal(0.0, 10.0, (300, 2))
    statistics = ChannelStatistics(2, RATE_HZ, HOP, HOPS)
    statistics.update(np.full((HOP, 2), before))
    statistics.reset()
    assert not statistics.ready
    for first in range(0, 300, HOP):
        statistics.update(samples[first : first + HOP])
    fresh = run(samples).window
    lines = [Statistic.MAINS_50, Statistic.MAINS_60]  # the phase of the oscillators goes on: the same up to rounding
    np.testing.assert_allclose(statistics.window[lines], fresh[lines], rtol=0.5, atol=2.0)
    rest = [row for row in Statistic if row not in lines]
    assert (statistics.window[rest] == fresh[rest]).all()
