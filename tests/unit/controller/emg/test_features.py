import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from controller.emg.features.feature_set import FeatureSet

HOP, HOPS, CHANNELS = 5, 4, 3
WINDOW = HOP * HOPS
THRESHOLD = np.array([0.3, 0.0, 2.0])


def feature_set() -> FeatureSet:
    return FeatureSet("td4", CHANNELS, HOP, HOPS, THRESHOLD)


def run(samples: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return the vector after each hop."""
    features, vectors = feature_set(), []
    for first in range(0, len(samples) - HOP + 1, HOP):
        features.conditioned[:] = samples[first : first + HOP]
        vectors.append(features.update().copy())
    return vectors


def by_the_book(samples: NDArray[np.float64], end: int) -> NDArray[np.float64]:
    """The formulas as Hudgins et al. give them, on the window that ends before row `end`, and the two rows before."""
    x = samples[end - WINDOW - 2 : end]
    step = np.diff(x, axis=0)
    mav = np.abs(x[2:]).mean(axis=0)
    wl = np.abs(step[1:]).mean(axis=0)
    zc = ((x[1:-1] * x[2:] < 0) & (np.abs(step[1:]) > THRESHOLD)).mean(axis=0)
    turns = (step[:-1] * -step[1:] > 0) & (np.maximum(np.abs(step[:-1]), np.abs(step[1:])) > THRESHOLD)
    return np.concatenate((np.sqrt(mav), np.sqrt(wl), zc, turns.mean(axis=0)))


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 1e4))
def test_equals_the_textbook_on_every_window(seed: int, scale: float) -> None:
    samples = np.random.default_rng(seed).normal(0.0, scale, (60, CHANNELS))
    vectors = run(samples)
    for hop in range(HOPS, len(vectors)):
        np.testing.assert_allclose(vectors[hop], by_the_book(samples, (hop + 1) * HOP), rtol=1e-12, atol=1e-15)


def test_is_ready_after_one_whole_window_and_again_after_a_reset() -> None:
    features = feature_set()
    ready = []
    for _ in range(HOPS + 1):
        ready.append(features.ready)
        features.update()
    assert ready == [False] * HOPS + [True]
    features.reset()
    assert not features.ready


def test_what_was_before_a_reset_counts_no_more() -> None:
    samples = np.random.default_rng(5).normal(size=(4 * WINDOW, CHANNELS))
    features = feature_set()
    features.conditioned[:] = 1e6
    features.update()
    features.reset()
    fresh = run(samples)
    for hop in range(len(fresh)):
        features.conditioned[:] = samples[hop * HOP : (hop + 1) * HOP]
        assert (features.update() == fresh[hop]).all()


@pytest.mark.parametrize("value", [0.0, 37.5])
def test_a_flat_channel_counts_nothing(value: float) -> None:
    vector = run(np.full((3 * WINDOW, CHANNELS), value))[-1]
    assert vector[:CHANNELS] == pytest.approx([np.sqrt(value)] * CHANNELS)
    assert not vector[CHANNELS:].any()


def test_level_is_in_the_signals_unit() -> None:
    samples = np.tile([[4.0, -9.0, 0.0]], (WINDOW, 1))
    features = feature_set()
    for first in range(0, WINDOW, HOP):
        features.conditioned[:] = samples[first : first + HOP]
        features.update()
    assert features.level.tolist() == [4.0, 9.0, 0.0]
    assert features.effort == pytest.approx(13 / 3)
