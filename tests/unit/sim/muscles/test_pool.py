import numpy as np
import pytest

from sim.errors import SimError
from sim.muscles.pool import motor_unit_pool


def test_thresholds_and_twitches_grow_as_published() -> None:
    pool = motor_unit_pool()
    assert len(pool.threshold) == 120
    assert pool.threshold[-1] == pytest.approx(30.0)
    assert pool.threshold[0] == pytest.approx(30.0 ** (1 / 120))
    assert pool.twitch[-1] / pool.twitch[0] == pytest.approx(100.0 ** (119 / 120))
    assert pool.contraction_s[-1] == pytest.approx(0.030)


def test_small_units_come_first_and_fire_fastest() -> None:
    pool = motor_unit_pool()
    for force in (0.05, 0.2, 0.5, 1.0):
        rates = pool.rates_at_hz(force)
        recruited = rates > 0
        assert (np.diff(recruited.astype(int)) <= 0).all()
        assert (np.diff(rates[recruited]) <= 0).all()
        assert rates[recruited].min() >= 8.0
        assert rates.max() <= 35.0


def test_at_full_force_all_fire_at_their_peak() -> None:
    pool = motor_unit_pool()
    assert pool.rates_at_hz(1.0) == pytest.approx(pool.peak_rate_hz)


def test_half_of_the_force_comes_without_the_largest_units() -> None:
    recruited = motor_unit_pool().rates_at_hz(0.5) > 0
    assert 0.5 < recruited.mean() < 1.0


def test_a_muscle_without_units_is_refused() -> None:
    with pytest.raises(SimError, match="at least one motor unit, not 0"):
        motor_unit_pool(0)


def test_one_unit_is_a_pool() -> None:
    assert motor_unit_pool(1).rates_at_hz(1.0) == pytest.approx([25.0])
