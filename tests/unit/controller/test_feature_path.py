"""Raw samples to vectors and effort: the same to the last bit however the stream is cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from controller.emg.channel_health import HealthMonitor
from controller.emg.conditioning import Conditioning
from controller.emg.features.feature_set import FeatureSet
from controller.emg.features.features import Features
from controller.emg.features.log_covariance import LogCovariance
from controller.emg.features.named_sets import FEATURE_SETS
from controller.emg.filter_design import design_band_pass, design_speed_path
from controller.emg.health import ChannelHealth
from controller.emg.hop_buffer import HopBuffer
from controller.emg.rest_baseline import measure_rest
from controller.emg.speed_path import SpeedPath
from controller.step import FeaturePath
from drivers.chunk import Chunk
from tests.unit.controller.streams import cut

RATE_HZ, HOP, HOPS, CHANNELS, ROWS = 1000.0, 10, 5, 3, 400
NOTCHES = {"no notch": None, "notch": 50.0}
REST = measure_rest(np.random.default_rng(0).normal(2000.0, 3.0, (3000, CHANNELS)), RATE_HZ)


def feature_path(name: str, notch_hz: float | None) -> FeaturePath:
    threshold = np.array([1.0, 2.0, 3.0])
    features: Features = (
        FeatureSet(name, CHANNELS, HOP, HOPS, threshold)
        if name in FEATURE_SETS
        else LogCovariance(CHANNELS, HOP, HOPS, 1e-3)
    )
    monitor = HealthMonitor(REST, RATE_HZ, HOP, HOPS)
    return FeaturePath(
        Conditioning(design_band_pass(RATE_HZ, 20.0, 450.0, notch_hz), CHANNELS),
        features,
        ChannelHealth(CHANNELS, HOPS, monitor),
        SpeedPath(Conditioning(design_speed_path(RATE_HZ, 100.0, 450.0, notch_hz), CHANNELS), HOP, HOPS),
    )


def stream(seed: int) -> NDArray[np.float64]:
    """Noise on an offset, with values that are no numbers, and a silent channel for a while."""
    generator = np.random.default_rng(seed)
    samples = generator.normal(2000.0, 50.0, (ROWS, CHANNELS))
    samples[generator.integers(0, ROWS, 5), generator.integers(0, CHANNELS, 5)] = [np.nan, np.inf, -np.inf, np.nan, 1e9]
    samples[100:200, 1] = 0.0
    return samples


def run(path: FeaturePath, samples: NDArray[np.float64], places: list[int]) -> list[bytes]:
    """Return all that the path says after each hop, bit by bit."""
    buffer, found = HopBuffer(HOP, CHANNELS, RATE_HZ), []
    for first, last in cut(len(samples), places):
        for hop in buffer.hops(Chunk(samples[first:last].copy(), 0, first)):
            path.feed(hop)
            found.append(
                path.features.vector.tobytes()
                + path.level.tobytes()
                + path.features.level.tobytes()
                + path.health.faults.tobytes()
                + np.array([path.effort, path.features.effort, path.health.bad_count]).tobytes()
            )
    return found


@pytest.mark.parametrize("notch", NOTCHES)
@pytest.mark.parametrize("name", [*FEATURE_SETS, "log_covariance"])
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, ROWS), max_size=40))
def test_every_set_is_the_same_to_the_last_bit_for_any_chunking(
    name: str, notch: str, seed: int, places: list[int]
) -> None:
    samples, notch_hz = stream(seed), NOTCHES[notch]
    assert run(feature_path(name, notch_hz), samples, places) == run(feature_path(name, notch_hz), samples, [])


@pytest.mark.parametrize("name", [*FEATURE_SETS, "log_covariance"])
def test_one_sample_at_a_time_is_one_of_them(name: str) -> None:
    samples = stream(1)
    one_by_one = run(feature_path(name, 50.0), samples, list(range(ROWS)))
    assert one_by_one == run(feature_path(name, 50.0), samples, [])
    assert len(one_by_one) == ROWS // HOP


@pytest.mark.parametrize("name", [*FEATURE_SETS, "log_covariance"])
def test_what_was_before_a_long_gap_counts_no_more(name: str) -> None:
    before, after = stream(2), stream(3)
    path, buffer = feature_path(name, None), HopBuffer(HOP, CHANNELS, RATE_HZ)
    for hop in buffer.hops(Chunk(before[:137], 0, 0)):
        path.feed(hop)
    found = []
    for hop in buffer.hops(Chunk(after.copy(), 0, 500, lost_before=363)):
        path.feed(hop)
        found.append(path.features.vector.tobytes() + path.level.tobytes())
    fresh = feature_path(name, None)
    for index, hop in enumerate(HopBuffer(HOP, CHANNELS, RATE_HZ).hops(Chunk(after.copy(), 0, 0))):
        fresh.feed(hop)
        assert found[index] == fresh.features.vector.tobytes() + fresh.level.tobytes()


def test_without_a_speed_path_the_effort_is_the_features_own() -> None:
    path = feature_path("td4", None)
    path.speed = None
    run(path, np.random.default_rng(4).normal(2000.0, 3.0, (ROWS, CHANNELS)), [])
    assert path.health.bad_count == 0
    assert path.effort == path.features.effort
    assert (path.level == path.features.level).all()


def test_a_channel_that_cannot_be_trusted_speeds_nothing_up() -> None:
    path = feature_path("td4", None)
    samples = np.random.default_rng(4).normal(2000.0, 3.0, (ROWS, CHANNELS))
    samples[::50, 1] = np.nan
    samples[5::50, 1] = 1e6
    run(path, samples, [])
    assert path.health.bad.tolist() == [False, True, False]
    assert path.effort == pytest.approx((path.level[0] + path.level[2]) / 3)
