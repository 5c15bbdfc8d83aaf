import numpy as np
import pytest

from sim.emg.activation import Activation

RATE_HZ = 10_000.0


def crossing_s(levels: np.ndarray[tuple[int], np.dtype[np.float64]], level: float) -> float:
    return float(np.argmax(levels >= level)) / RATE_HZ


def test_rise_takes_120_ms_from_10_to_90_percent() -> None:
    activation = Activation(2, RATE_HZ)
    activation.aim(0, np.array([0.0, 1.0]))
    levels = activation.at(0, 10_000)[:, 1]
    assert crossing_s(levels, 0.9) - crossing_s(levels, 0.1) == pytest.approx(0.120, abs=0.001)
    assert levels[-1] == pytest.approx(1.0, abs=1e-6)
    assert levels.max() <= 1.0


def test_fall_takes_150_ms_from_90_to_10_percent() -> None:
    activation = Activation(1, RATE_HZ)
    activation.aim(0, np.array([1.0]))
    activation.aim(20_000, np.array([0.0]))
    fallen = 1 - activation.at(20_000, 20_000)[:, 0]
    assert crossing_s(fallen, 0.9) - crossing_s(fallen, 0.1) == pytest.approx(0.150, abs=0.001)


def test_a_change_of_mind_makes_no_step_and_no_kink() -> None:
    activation = Activation(1, RATE_HZ)
    activation.aim(0, np.array([1.0]))
    before = activation.at(0, 600)[:, 0]
    activation.aim(600, np.array([0.2]))
    after = activation.at(600, 600)[:, 0]
    slope = np.diff(np.concatenate((before, after)))
    assert slope[:599].max() > 1e-4, "it was moving"
    assert np.abs(np.diff(slope)).max() < 1e-5


def test_stays_between_0_and_1_when_turned_back_at_full_slope() -> None:
    activation = Activation(1, RATE_HZ)
    activation.aim(0, np.array([1.0]))
    activation.aim(20_000, np.array([0.0]))
    activation.aim(20_400, np.array([0.02]))
    levels = activation.at(20_400, 5_000)
    assert levels.min() >= 0.0
    assert levels[-1, 0] == pytest.approx(0.02, abs=1e-3)
