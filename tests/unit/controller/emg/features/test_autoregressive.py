import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import solve_toeplitz

from controller.emg.features.autoregressive import ORDER, Autoregressive
from controller.emg.hop_buffer import HopBuffer
from drivers.chunk import Chunk
from tests.unit.controller.streams import cut

CHANNELS = 3
NO_THRESHOLD = np.zeros(CHANNELS)


def run(samples: NDArray[np.float64], hop: int, hops: int) -> list[NDArray[np.float64]]:
    """Return the vector after each hop."""
    feature = Autoregressive(CHANNELS, hop, hops, NO_THRESHOLD)
    return [feature.update(samples[first : first + hop]).copy() for first in range(0, len(samples) - hop + 1, hop)]


def by_the_book(window: NDArray[np.float64]) -> NDArray[np.float64]:
    """The Yule-Walker equations of the window, solved as they stand."""
    columns = []
    for x in window.T:
        lags = np.array([x[lag:] @ x[: len(x) - lag] for lag in range(ORDER + 1)])
        columns.append(solve_toeplitz(lags[:ORDER], lags[1:]))
    return np.array(columns).T.ravel()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 1e4), st.integers(1, 7), st.integers(2, 6))
def test_equals_the_textbook_on_every_window(seed: int, scale: float, hop: int, hops: int) -> None:
    hops += -(-(ORDER + 1) // hop)  # a window that is long enough for four lags
    samples = np.random.default_rng(seed).normal(0.0, scale, (hop * (hops + 8), CHANNELS)).cumsum(axis=0) % (5 * scale)
    vectors = run(samples, hop, hops)
    for index in range(hops - 1, len(vectors)):
        end = (index + 1) * hop
        expected = by_the_book(samples[end - hop * hops : end])
        np.testing.assert_allclose(vectors[index], expected, rtol=1e-6, atol=1e-8)


def test_finds_the_coefficients_that_made_the_signal() -> None:
    made_with = np.array([1.1, -0.7, 0.3, -0.2])
    generator, x = np.random.default_rng(1), np.zeros((20_000, CHANNELS))
    for row in range(ORDER, len(x)):
        x[row] = made_with @ x[row - ORDER : row][::-1] + generator.normal(size=CHANNELS)
    found = run(x, 100, 200)[-1].reshape(ORDER, CHANNELS)
    np.testing.assert_allclose(found, np.repeat(made_with[:, None], CHANNELS, axis=1), atol=0.03)


@pytest.mark.parametrize("value", [0.0, 37.5])
def test_a_flat_channel_gives_zeros(value: float) -> None:
    samples = np.random.default_rng(0).normal(size=(40, CHANNELS))
    samples[:, 1] = value
    last = run(samples, 5, 4)[-1].reshape(ORDER, CHANNELS)
    assert not last[:, 1].any()
    assert last[:, [0, 2]].all()


def test_a_channel_far_below_its_noise_at_rest_counts_as_flat() -> None:
    feature = Autoregressive(CHANNELS, 5, 4, np.array([1.0, 1.0, 0.0]))
    samples = np.random.default_rng(0).normal(size=(20, CHANNELS)) * [5.0, 0.01, 0.01]
    for first in range(0, 20, 5):
        feature.update(samples[first : first + 5])
    assert feature.vector.reshape(ORDER, CHANNELS).any(axis=0).tolist() == [True, False, True]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 120), max_size=30))
def test_is_the_same_to_the_last_bit_however_the_samples_come(places: list[int]) -> None:
    samples = np.random.default_rng(2).normal(size=(120, CHANNELS))
    whole = run(samples, 4, 5)
    feature, buffer = Autoregressive(CHANNELS, 4, 5, NO_THRESHOLD), HopBuffer(4, CHANNELS, 1000.0)
    pieces = [
        feature.update(hop.block).copy()
        for first, last in cut(len(samples), places)
        for hop in buffer.hops(Chunk(samples[first:last], 0, first))
    ]
    assert (np.array(pieces) == np.array(whole)).all()


def test_what_was_before_a_reset_counts_no_more() -> None:
    samples = np.random.default_rng(5).normal(size=(40, CHANNELS))
    feature = Autoregressive(CHANNELS, 5, 4, NO_THRESHOLD)
    feature.update(np.full((5, CHANNELS), 1e6))
    feature.reset()
    assert not feature.ready
    again = [feature.update(samples[first : first + 5]).copy() for first in range(0, 40, 5)]
    assert (np.array(again) == np.array(run(samples, 5, 4))).all()
    assert feature.ready
