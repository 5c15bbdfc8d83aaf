import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from controller.emg.features import root_mean_square, willison_amplitude

THRESHOLD = np.array([0.3, 0.0, 2.0])


def sums(
    feature: str, samples: NDArray[np.float64], threshold: NDArray[np.float64], hop: int
) -> list[NDArray[np.float64]]:
    """Return the sum of each hop, the two rows before it taken along."""
    module = {"rms": root_mean_square, "wamp": willison_amplitude}[feature]
    found = []
    for first in range(2, len(samples) - hop + 1, hop):
        out = np.full(samples.shape[1], np.nan)
        module.hop_sum(np.ascontiguousarray(samples[first - 2 : first + hop]), threshold, out)
        found.append(out)
    return found


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 1e4), st.integers(1, 9))
def test_window_sums_equal_the_textbook(seed: int, scale: float, hop: int) -> None:
    samples = np.random.default_rng(seed).normal(0.0, scale, (2 + 6 * hop, 3))
    x, steps = samples[2:], np.diff(samples, axis=0)[1:]
    squares = np.sum(sums("rms", samples, THRESHOLD, hop), axis=0)
    np.testing.assert_allclose(np.sqrt(squares / len(x)), np.sqrt(np.mean(x**2, axis=0)), rtol=1e-12)
    large = np.sum(sums("wamp", samples, THRESHOLD, hop), axis=0)
    assert large.tolist() == (np.abs(steps) > THRESHOLD).sum(axis=0).tolist()


@pytest.mark.parametrize("value", [0.0, -37.5])
def test_a_flat_channel_has_no_large_step_even_without_a_threshold(value: float) -> None:
    flat = np.full((12, 3), value)
    assert not np.array(sums("wamp", flat, np.zeros(3), 5)).any()


def test_a_step_of_the_threshold_itself_is_not_large() -> None:
    samples = np.array([[0.0], [0.0], [1.0], [2.5]])
    assert sums("wamp", samples, np.array([1.0]), 2)[0].tolist() == [1.0]
