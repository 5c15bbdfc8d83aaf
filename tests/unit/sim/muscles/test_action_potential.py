import numpy as np
import pytest
from numpy.typing import NDArray

from sim.muscles.action_potential import VELOCITY_M_S, action_potentials
from sim.muscles.geometry import Limb, MusclePlace, UnitPlaces, electrodes, scatter_units

LIMB = Limb(radius_mm=45.0, fat_mm=3.0)
STEPS_HZ = 4000.0


def one_unit(depth_mm: float, end_plate_mm: float = 0.0) -> UnitPlaces:
    return UnitPlaces(np.array([LIMB.radius_mm - depth_mm]), np.zeros(1), np.array([[end_plate_mm, -60.0, 60.0]]))


def seen(unit: UnitPlaces, angle_deg: float = 0.0, along_mm: float = 25.0) -> NDArray[np.float64]:
    pairs = electrodes(LIMB, np.array([angle_deg]), np.array([along_mm]), 20.0)
    return action_potentials(unit, np.ones(1), pairs, LIMB, 1000.0, STEPS_HZ)[0, :, 0]


def test_it_has_two_phases_or_three_lasts_some_15_ms_and_ends() -> None:
    wave = seen(one_unit(12.0))
    large = np.abs(wave) > 0.05 * np.abs(wave).max()
    span_s = (np.flatnonzero(large)[-1] - np.flatnonzero(large)[0]) / STEPS_HZ
    assert 0.005 < span_s < 0.030
    turns = np.flatnonzero(np.diff(np.sign(wave[large])))
    assert 1 <= len(turns) <= 3
    assert wave[-1] == 0.0


def test_deeper_units_are_smaller_and_slower() -> None:
    near, deep = seen(one_unit(8.0)), seen(one_unit(20.0))
    assert np.abs(near).max() > 5 * np.abs(deep).max()

    def centroid_hz(wave: NDArray[np.float64]) -> float:
        power = np.abs(np.fft.rfft(wave, 4096)) ** 2
        return float((power * np.fft.rfftfreq(4096, 1 / STEPS_HZ)).sum() / power.sum())

    assert centroid_hz(near) > centroid_hz(deep)


def test_it_fades_around_the_limb() -> None:
    peaks = [np.abs(seen(one_unit(12.0), angle)).max() for angle in (0.0, 20.0, 45.0, 90.0, 180.0)]
    assert (np.diff(peaks) < 0).all()
    assert peaks[2] < 0.3 * peaks[0]


def test_it_travels_at_the_conduction_velocity() -> None:
    first, second = seen(one_unit(10.0), along_mm=20.0), seen(one_unit(10.0), along_mm=30.0)
    lag_s = (np.argmax(np.correlate(second, first, "full")) - (len(first) - 1)) / STEPS_HZ
    # one unit conducts at the slow end of the spread
    assert 0.010 / lag_s == pytest.approx(VELOCITY_M_S, rel=0.25)


def test_over_the_end_plates_both_waves_cancel() -> None:
    assert np.abs(seen(one_unit(10.0), along_mm=0.0)).max() < 0.05 * np.abs(seen(one_unit(10.0))).max()


def test_the_sign_turns_on_the_other_side_of_the_end_plates() -> None:
    assert seen(one_unit(10.0), along_mm=-25.0) == pytest.approx(-seen(one_unit(10.0), along_mm=25.0))


@pytest.mark.parametrize("rate_hz", [200.0, 250.0, 500.0, 1000.0, 2000.0])
def test_little_is_left_that_the_sampling_rate_cannot_hold(rate_hz: float) -> None:
    pairs = electrodes(LIMB, np.zeros(1), np.array([25.0]), 20.0)
    wave = action_potentials(one_unit(8.0), np.ones(1), pairs, LIMB, rate_hz, STEPS_HZ)[0, :, 0]
    power = np.abs(np.fft.rfft(wave, 8192)) ** 2
    above = np.fft.rfftfreq(8192, 1 / STEPS_HZ) > 0.55 * rate_hz
    assert power[above].sum() < 0.02 * power.sum()


def test_units_stay_inside_the_muscle_of_the_limb() -> None:
    units = scatter_units(MusclePlace(30.0, 10.0, 20.0), LIMB, 500, np.random.default_rng(1))
    assert (np.hypot(units.x_mm, units.y_mm) <= LIMB.radius_mm - LIMB.fat_mm).all()
    assert (units.z_mm[:, 1] < units.z_mm[:, 0]).all()
    assert (units.z_mm[:, 0] < units.z_mm[:, 2]).all()
