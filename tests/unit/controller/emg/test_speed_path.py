import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal

from controller.emg.conditioning import Conditioning
from controller.emg.filter_design import design_band_pass, design_speed_path
from controller.emg.hop_buffer import HopBuffer
from controller.emg.speed_path import SpeedPath
from controller.errors import CalibrationError
from drivers.chunk import Chunk
from tests.unit.controller.emg.heartbeats import RATE_HZ, heart, muscle
from tests.unit.controller.streams import cut

HOP, HOPS, CHANNELS = 10, 20, 4
DECODER_BAND = design_band_pass(RATE_HZ, 20.0, 450.0)
SPEED_BAND = design_speed_path(RATE_HZ, 100.0, 450.0)


def efforts(sections: NDArray[np.float64], samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the effort after each hop."""
    path, found = SpeedPath(Conditioning(sections, samples.shape[1]), HOP, HOPS), []
    for first in range(0, len(samples) - HOP + 1, HOP):
        path.update(np.ascontiguousarray(samples[first : first + HOP]))
        found.append(path.effort)
    return np.array(found)


def unsteadiness(sections: NDArray[np.float64], rms_uv: float) -> float:
    """Standard deviation of the effort beside a heart, as a share of a full contraction's effort."""
    rows = 20_000
    beside = muscle(rows, CHANNELS, rms_uv) + heart(rows)[:, None] * [1.0, 0.8, 0.6, 0.9]
    full = np.percentile(efforts(sections, muscle(rows, CHANNELS, 100.0, seed=1))[HOPS:], 80)
    return float(efforts(sections, beside)[5 * HOPS :].std() / full)


@pytest.mark.parametrize(("rms_uv", "factor"), [(2.5, 12.0), (15.0, 7.0)])  # rest, a weak contraction
def test_a_heart_beside_the_electrode_moves_the_speed_many_times_less(rms_uv: float, factor: float) -> None:
    disturbed, steady = unsteadiness(DECODER_BAND, rms_uv), unsteadiness(SPEED_BAND, rms_uv)
    assert disturbed > 0.04
    assert steady < 0.01
    assert disturbed > factor * steady


def test_a_contraction_is_still_measured_in_proportion() -> None:
    weak, strong = (efforts(SPEED_BAND, muscle(4000, CHANNELS, rms_uv))[HOPS:].mean() for rms_uv in (10.0, 100.0))
    assert strong == pytest.approx(10.0 * weak, rel=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 1e4))
def test_equals_scipys_filter_and_a_plain_mean(seed: int, scale: float) -> None:
    samples = np.random.default_rng(seed).normal(0.0, scale, (600, CHANNELS))
    samples[0] = 0.0  # so that both begin with an empty state
    filtered = signal.sosfilt(SPEED_BAND, samples, axis=0)
    path = SpeedPath(Conditioning(SPEED_BAND, CHANNELS), HOP, HOPS)
    for first in range(0, 600, HOP):
        path.update(samples[first : first + HOP])
    np.testing.assert_allclose(path.level, np.abs(filtered[-HOP * HOPS :]).mean(axis=0), rtol=1e-9)
    assert path.effort == pytest.approx(np.abs(filtered[-HOP * HOPS :]).mean(), rel=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 600), max_size=30))
def test_is_the_same_to_the_last_bit_however_the_samples_come(places: list[int]) -> None:
    samples = np.random.default_rng(2).normal(900.0, 40.0, (600, CHANNELS))
    path, buffer = SpeedPath(Conditioning(SPEED_BAND, CHANNELS), HOP, HOPS), HopBuffer(HOP, CHANNELS, RATE_HZ)
    found = []
    for first, last in cut(len(samples), places):
        for hop in buffer.hops(Chunk(samples[first:last], 0, first)):
            path.update(hop.block)
            found.append(path.effort)
    assert found == efforts(SPEED_BAND, samples).tolist()


def test_what_was_before_a_reset_counts_no_more() -> None:
    samples = np.random.default_rng(3).normal(0.0, 40.0, (600, CHANNELS))
    path = SpeedPath(Conditioning(SPEED_BAND, CHANNELS), HOP, HOPS)
    for first in range(0, 130, HOP):
        path.update(1e3 * samples[first : first + HOP])
    path.reset()
    found = []
    for first in range(0, 600, HOP):
        path.update(samples[first : first + HOP])
        found.append(path.effort)
    assert found == efforts(SPEED_BAND, samples).tolist()


def test_a_stream_too_slow_for_it_is_refused_in_a_sentence() -> None:
    design_speed_path(400.0, 100.0, 450.0)
    with pytest.raises(CalibrationError, match="at least 400 Hz, this one has 250 Hz"):
        design_speed_path(250.0, 100.0, 450.0)
    with pytest.raises(CalibrationError, match="does not fit a stream"):
        design_speed_path(2000.0, 450.0, 450.0)
