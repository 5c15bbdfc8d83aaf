import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from controller.emg.features.log_moments import LEAST_POWER, MOMENTS, LogMoments
from controller.emg.hop_buffer import HopBuffer
from drivers.chunk import Chunk
from tests.unit.controller.streams import cut

CHANNELS, HOP, HOPS = 3, 5, 4
THRESHOLD = np.array([0.3, 0.0, 2.0])


def run(samples: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return the vector after each hop."""
    feature = LogMoments(CHANNELS, HOP, HOPS, THRESHOLD)
    return [feature.update(samples[first : first + HOP]).copy() for first in range(0, len(samples) - HOP + 1, HOP)]


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 1e4))
def test_equals_the_textbook_on_every_window(seed: int, scale: float) -> None:
    samples = np.random.default_rng(seed).normal(0.0, scale, (60, CHANNELS))
    vectors, floor = run(samples), np.maximum(THRESHOLD**2, LEAST_POWER)
    for index in range(HOPS, len(vectors)):
        x = samples[(index + 1 - HOPS) * HOP - 2 : (index + 1) * HOP]
        m0, m2, m4 = (
            np.mean(part**2, axis=0) + floor for part in (x[2:], np.diff(x, axis=0)[1:], np.diff(x, 2, axis=0))
        )
        expected = np.concatenate((np.log(m0), np.log(m2 / m0), np.log(m4 / m2)))
        np.testing.assert_allclose(vectors[index], expected, rtol=1e-9, atol=1e-9)


def test_the_ratio_tells_the_frequency_of_a_sine() -> None:
    angle = 2 * np.pi * 0.05  # per sample
    samples = np.repeat(100.0 * np.sin(angle * np.arange(400))[:, None], CHANNELS, axis=1)
    feature = LogMoments(CHANNELS, 10, 20, np.zeros(CHANNELS))
    for first in range(0, 400, 10):
        feature.update(samples[first : first + 10])
    power, mean, upper = feature.vector.reshape(MOMENTS, CHANNELS)[:, 0]
    assert power == pytest.approx(np.log(100.0**2 / 2), abs=1e-6)
    assert mean == pytest.approx(np.log(2 - 2 * np.cos(angle)), abs=1e-6)
    assert upper == pytest.approx(mean, abs=1e-6)


def test_twice_the_effort_moves_the_power_alone() -> None:
    samples = np.random.default_rng(0).normal(0.0, 50.0, (60, CHANNELS))
    one, two = run(samples)[-1], run(2.0 * samples)[-1]
    np.testing.assert_allclose((two - one)[:CHANNELS], np.log(4.0), atol=2e-3)
    np.testing.assert_allclose((two - one)[CHANNELS:], 0.0, atol=5e-3)


@pytest.mark.parametrize("value", [0.0, 37.5])
def test_a_flat_channel_stays_finite(value: float) -> None:
    vector = run(np.full((40, CHANNELS), value))[-1].reshape(MOMENTS, CHANNELS)
    assert np.isfinite(vector).all()
    assert vector[2] == pytest.approx([0.0] * CHANNELS)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 120), max_size=30))
def test_is_the_same_to_the_last_bit_however_the_samples_come(places: list[int]) -> None:
    samples = np.random.default_rng(2).normal(size=(120, CHANNELS))
    feature, buffer = LogMoments(CHANNELS, HOP, HOPS, THRESHOLD), HopBuffer(HOP, CHANNELS, 1000.0)
    pieces = [
        feature.update(hop.block).copy()
        for first, last in cut(len(samples), places)
        for hop in buffer.hops(Chunk(samples[first:last], 0, first))
    ]
    assert (np.array(pieces) == np.array(run(samples))).all()


def test_what_was_before_a_reset_counts_no_more() -> None:
    samples = np.random.default_rng(5).normal(size=(40, CHANNELS))
    feature = LogMoments(CHANNELS, HOP, HOPS, THRESHOLD)
    feature.update(np.full((HOP, CHANNELS), 1e6))
    feature.reset()
    assert not feature.ready
    again = [feature.update(samples[first : first + HOP]).copy() for first in range(0, 40, HOP)]
    assert (np.array(again) == np.array(run(samples))).all()
    assert feature.ready
