import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from controller.emg.conditioning import Conditioning
from controller.emg.filter_design import design_band_pass
from controller.errors import CalibrationError
from tests.unit.controller.streams import cut, rms

RATE_HZ = 1000.0
SECTIONS = design_band_pass(RATE_HZ, 20.0, 450.0, 50.0)


def tone(frequency_hz: float, seconds: float = 4.0) -> np.ndarray:
    t_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return np.ascontiguousarray(np.sin(2 * np.pi * frequency_hz * t_s)[:, None])


def passed(frequency_hz: float) -> float:
    samples = tone(frequency_hz)
    out = np.empty_like(samples)
    Conditioning(SECTIONS, 1).process(samples, out)
    return rms(out[2000:]) / rms(samples[2000:])


def test_equals_scipys_filter_from_zero_offset() -> None:
    samples = np.random.default_rng(0).normal(size=(500, 3))
    samples[0] = 0.0  # so that both begin with an empty state
    out = np.empty_like(samples)
    Conditioning(SECTIONS, 3).process(samples, out)
    np.testing.assert_allclose(out, signal.sosfilt(SECTIONS, samples, axis=0), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("frequency_hz", "least", "most"), [(1, 0, 0.01), (50, 0, 0.02), (80, 0.9, 1.02), (230, 0.9, 1.02)]
)
def test_keeps_the_emg_band_and_takes_out_movement_and_mains(frequency_hz: float, least: float, most: float) -> None:
    assert least <= passed(frequency_hz) <= most


def test_an_electrode_offset_makes_no_transient() -> None:
    samples = np.full((300, 2), 12_345.0)
    out = np.empty_like(samples)
    Conditioning(SECTIONS, 2).process(samples, out)
    assert np.abs(out).max() < 1e-6


@given(st.lists(st.integers(0, 400), max_size=30))
def test_state_does_not_depend_on_how_samples_are_chunked(places: list[int]) -> None:
    samples = np.random.default_rng(1).normal(500.0, 50.0, (400, 2))
    whole, pieces = np.empty_like(samples), np.empty_like(samples)
    Conditioning(SECTIONS, 2).process(samples, whole)
    one = Conditioning(SECTIONS, 2)
    for first, last in cut(len(samples), places):
        one.process(np.ascontiguousarray(samples[first:last]), pieces[first:last])
    assert (whole == pieces).all()


def test_reset_forgets_everything() -> None:
    samples = np.random.default_rng(2).normal(size=(100, 2))
    first, again = np.empty_like(samples), np.empty_like(samples)
    one = Conditioning(SECTIONS, 2)
    one.process(samples, first)
    one.reset()
    one.process(samples, again)
    assert (first == again).all()


def test_a_slow_stream_gets_no_low_pass_it_has_no_room_for() -> None:
    assert len(design_band_pass(200.0, 20.0, 450.0)) == 1
    assert len(design_band_pass(2000.0, 20.0, 450.0)) == 2
    assert len(design_band_pass(1000.0, 20.0, 220.0, 50.0)) == 2 + 4  # 50, 100, 150, 200 Hz


@pytest.mark.parametrize("band", [(0.0, 450.0), (-5.0, 450.0), (95.0, 450.0), (60.0, 20.0)])
def test_a_band_that_does_not_fit_the_rate_is_refused(band: tuple[float, float]) -> None:
    with pytest.raises(CalibrationError, match="does not fit a stream of 200 Hz"):
        design_band_pass(200.0, *band)
