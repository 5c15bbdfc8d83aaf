"""Every named set, hop by hop, against formulas written down once more in plain numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import solve_toeplitz

from controller.emg.features.feature_set import FeatureSet
from controller.emg.features.named_sets import FEATURE_SETS, MEANS, OWN

CHANNELS = 3
THRESHOLD = np.array([0.3, 0.05, 2.0])


def mean_absolute_value(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(np.mean(np.abs(x[2:]), axis=0)))


def waveform_length(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(np.mean(np.abs(np.diff(x, axis=0)[1:]), axis=0)))


def zero_crossings(x: NDArray[np.float64]) -> NDArray[np.float64]:
    crossed = np.sign(x[1:-1]) == -np.sign(x[2:])
    return np.asarray(np.mean(crossed & (np.abs(np.diff(x, axis=0)[1:]) > THRESHOLD), axis=0))


def slope_sign_changes(x: NDArray[np.float64]) -> NDArray[np.float64]:
    slope = np.diff(x, axis=0)
    turned = np.sign(slope[:-1]) == -np.sign(slope[1:])
    return np.asarray(np.mean(turned & (np.maximum(np.abs(slope[:-1]), np.abs(slope[1:])) > THRESHOLD), axis=0))


def root_mean_square(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(np.sum(x[2:] ** 2, axis=0) / len(x[2:])))


def willison_amplitude(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.mean(np.abs(np.diff(x, axis=0)[1:]) > 2 * THRESHOLD, axis=0))


def autoregressive(x: NDArray[np.float64]) -> NDArray[np.float64]:
    columns = []
    for channel in x[2:].T:
        lags = np.correlate(channel, channel, "full")[len(channel) - 1 : len(channel) + 4]
        columns.append(solve_toeplitz(lags[:4], lags[1:]))
    return np.array(columns).T.ravel()


def log_moments(x: NDArray[np.float64]) -> NDArray[np.float64]:
    power, speed, turn = (
        np.mean(part**2, axis=0) + THRESHOLD**2 for part in (x[2:], np.diff(x, axis=0)[1:], np.diff(x, n=2, axis=0))
    )
    return np.asarray(np.log(np.concatenate((power, speed / power, turn / speed))))


# Each takes a window with the two rows before it, [2 + n, ch].
BY_THE_BOOK = {
    function.__name__: function
    for function in (
        mean_absolute_value,
        waveform_length,
        zero_crossings,
        slope_sign_changes,
        root_mean_square,
        willison_amplitude,
        autoregressive,
        log_moments,
    )
}


def run(name: str, samples: NDArray[np.float64], hop: int, hops: int) -> list[NDArray[np.float64]]:
    """Return the vector after each hop."""
    features, vectors = FeatureSet(name, CHANNELS, hop, hops, THRESHOLD), []
    for first in range(0, len(samples) - hop + 1, hop):
        features.conditioned[:] = samples[first : first + hop]
        vectors.append(features.update().copy())
    return vectors


@pytest.mark.parametrize("name", FEATURE_SETS)
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(1.0, 1e4), st.integers(2, 9), st.integers(4, 8))
def test_every_set_equals_its_formulas_on_every_window(name: str, seed: int, scale: float, hop: int, hops: int) -> None:
    samples = np.random.default_rng(seed).normal(0.0, scale, (hop * (hops + 6), CHANNELS))
    members = FEATURE_SETS[name]
    for index, vector in enumerate(run(name, samples, hop, hops)):
        if index < hops:  # the first full window has no rows before it
            continue
        window = samples[(index + 1 - hops) * hop - 2 : (index + 1) * hop]
        expected = np.concatenate([BY_THE_BOOK[feature](window) for feature in (*members.means, *members.own)])
        np.testing.assert_allclose(vector, expected, rtol=1e-7, atol=1e-9)


def test_the_formulas_cover_every_feature_that_can_be_named() -> None:
    assert set(BY_THE_BOOK) == MEANS.keys() | OWN.keys()


@pytest.mark.parametrize("name", FEATURE_SETS)
def test_a_change_on_one_channel_shows_in_its_columns_alone(name: str) -> None:
    samples = np.random.default_rng(0).normal(0.0, 3.0, (60, CHANNELS))
    before = run(name, samples, 5, 4)[-1]
    samples[:, 1] = np.random.default_rng(1).normal(0.0, 9.0, 60)
    after = run(name, samples, 5, 4)[-1]
    columns = FeatureSet(name, CHANNELS, 5, 4, THRESHOLD).channel_of_column
    assert len(columns) == len(before) == FEATURE_SETS[name].columns_per_channel * CHANNELS
    assert set(columns[before != after].tolist()) == {1}


@pytest.mark.parametrize("name", FEATURE_SETS)
def test_every_set_knows_the_level_and_the_effort(name: str) -> None:
    samples = np.random.default_rng(2).normal(0.0, 3.0, (60, CHANNELS))
    features = FeatureSet(name, CHANNELS, 5, 4, THRESHOLD)
    for first in range(0, 60, 5):
        features.conditioned[:] = samples[first : first + 5]
        features.update()
    np.testing.assert_allclose(features.level, np.abs(samples[-20:]).mean(axis=0))
    assert features.effort == pytest.approx(np.abs(samples[-20:]).mean())


@pytest.mark.parametrize("name", FEATURE_SETS)
def test_what_was_before_a_reset_counts_no_more(name: str) -> None:
    samples = np.random.default_rng(5).normal(0.0, 3.0, (60, CHANNELS))
    features = FeatureSet(name, CHANNELS, 5, 4, THRESHOLD)
    features.conditioned[:] = 1e6
    features.update()
    features.reset()
    assert not features.ready
    for index, expected in enumerate(run(name, samples, 5, 4)):
        features.conditioned[:] = samples[index * 5 : (index + 1) * 5]
        assert (features.update() == expected).all()


@pytest.mark.parametrize("name", FEATURE_SETS)
@pytest.mark.parametrize("value", [0.0, 37.5])
def test_a_flat_channel_stays_finite(name: str, value: float) -> None:
    samples = np.random.default_rng(6).normal(0.0, 3.0, (60, CHANNELS))
    samples[:, 1] = value
    vector = run(name, samples, 5, 4)[-1]
    assert np.isfinite(vector).all()
