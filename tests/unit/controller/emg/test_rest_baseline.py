import math

import numpy as np
import pytest

from controller.emg.rest_baseline import baseline_from_arrays, measure_rest, smallest_step
from controller.errors import CalibrationError, ModelError

RATE_HZ = 1000.0


def test_measures_noise_and_hum_and_is_not_fooled_by_a_twitch() -> None:
    generator = np.random.default_rng(0)
    samples = generator.normal(0.0, [2.0, 5.0], (10_000, 2)) + 3000.0
    samples[:, 1] += 8.0 * np.sin(2 * np.pi * 60 * np.arange(10_000) / RATE_HZ)
    samples[4000:5000] += generator.normal(0.0, 80.0, (1000, 2))
    baseline = measure_rest(samples, RATE_HZ, 187_500.0, 0.02)
    assert baseline.noise_rms == pytest.approx([1.95, np.sqrt(25 + 29)], rel=0.15)  # the quiet tenth of the windows
    assert baseline.mains_rms[1] == pytest.approx(8 / np.sqrt(2), rel=0.15)
    assert baseline.mains_rms[0] < 0.5
    assert baseline.turn_ratio[0] == pytest.approx(3.0, abs=0.2)
    assert (baseline.full_scale, baseline.step_size) == (187_500.0, 0.02)


def test_a_rest_too_short_to_say_anything_is_refused() -> None:
    with pytest.raises(CalibrationError, match=r"has 1\.0 s, at least 2\.2 s are needed"):
        measure_rest(np.zeros((1000, 2)), RATE_HZ)


def test_a_channel_without_a_signal_gives_numbers() -> None:
    baseline = measure_rest(np.zeros((5000, 2)), RATE_HZ)
    for part in (baseline.noise_rms, baseline.mains_rms, baseline.step_rms, baseline.turn_ratio):
        assert part.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("full_scale", [187_500.0, math.inf])
def test_it_comes_back_from_a_model_file(full_scale: float) -> None:
    baseline = measure_rest(np.random.default_rng(0).normal(0.0, 2.0, (3000, 2)), RATE_HZ, full_scale, 0.02)
    arrays = baseline.arrays()
    assert all(np.isfinite(array).all() for array in arrays.values())
    again = baseline_from_arrays(arrays, 2)
    assert (again.full_scale, again.step_size) == (full_scale, 0.02)
    assert (again.noise_rms == baseline.noise_rms).all()
    with pytest.raises(ModelError, match=r"'noise_rms' should be \(3,\) numbers"):
        baseline_from_arrays(arrays, 3)
    with pytest.raises(ModelError, match=r"'step_rms' should be .* missing; fit it again"):
        baseline_from_arrays({name: array for name, array in arrays.items() if name != "step_rms"}, 2)
    with pytest.raises(ModelError, match="'turn_ratio'"):
        baseline_from_arrays({**arrays, "turn_ratio": np.array([-1.0, np.nan])}, 2)


def test_the_smallest_step_is_one_count_of_the_device() -> None:
    counts = np.random.default_rng(0).integers(-100, 100, (500, 3)) * 0.25
    assert smallest_step(np.where(counts == 3.0, np.nan, counts)) == 0.25
    assert smallest_step(np.full((10, 2), 7.0)) == 0.0
