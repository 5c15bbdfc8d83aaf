import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.arm.physics.drive import Drive
from sim.arm.physics.table import DriveTable

TABLE = DriveTable(
    stall_torque_nm=10.0,
    no_load_rad_s=4.0,
    stall_current_a=3.0,
    hold_nm=50.0,
    friction_nm=1.0,
    backlash_rad=0.02,
    stiffness_nm_rad=1000.0,
    damping_nm_s_rad=5.0,
    rotor_inertia_kg_m2=0.05,
    gear_inertia_kg_m2=0.0,
)
STEP_S = 0.0025


def drive(position_rad: float = 0.0) -> Drive:
    return Drive(TABLE, -1.0, 1.0, position_rad)


def turn(motor: Drive, steps: int, wanted: float, load_nm: float = 0.0, supply: float = 1.0) -> None:
    for _ in range(steps):
        motor.turn(wanted, load_nm, supply, STEP_S)


def test_it_reaches_the_wanted_speed_no_faster_than_its_torque_allows() -> None:
    motor = drive()
    turn(motor, 1, 2.0)
    assert motor.velocity_rad_s == pytest.approx(
        (10.0 - 1.0) / 0.05 * STEP_S
    )  # stall torque less friction, over inertia
    turn(motor, 20, 2.0)
    assert motor.velocity_rad_s == pytest.approx(2.0)
    assert motor.motor_torque_nm == pytest.approx(1.0)  # friction is all that is left


def test_under_a_load_it_is_as_fast_as_its_line_of_torque_over_speed_says() -> None:
    motor = drive(-1.0)
    turn(motor, 100, 3.5, load_nm=4.0)
    halfway = 4.0 * (1.0 - 5.0 / 10.0)  # load and friction are half the stall torque
    assert motor.velocity_rad_s == pytest.approx(halfway, rel=1e-4)


@pytest.mark.parametrize("load_nm", [9.1, 30.0, 50.0])
def test_a_load_above_its_torque_stalls_it_and_does_not_turn_it_back(load_nm: float) -> None:
    motor = drive()
    turn(motor, 200, 2.0, load_nm)
    assert (motor.position_rad, motor.velocity_rad_s, motor.motor_torque_nm) == (0.0, 0.0, 10.0)
    assert motor.current_a == 3.0


@pytest.mark.parametrize("load_nm", [-50.0, -9.0, 9.0, 50.0])
@pytest.mark.parametrize("supply", [0.0, 1.0])
def test_at_rest_the_gear_holds_whatever_the_voltage_and_draws_nothing(load_nm: float, supply: float) -> None:
    motor = drive(0.3)
    turn(motor, 1000, 0.0, load_nm, supply)
    assert (motor.position_rad, motor.current_a) == (0.3, 0.0)


def test_beyond_what_it_holds_the_gear_slips() -> None:
    motor = drive()
    turn(motor, 1, 0.0, load_nm=60.0)
    assert motor.position_rad == pytest.approx(-10.0 / 1000.0)


def test_a_load_that_helps_makes_it_no_faster() -> None:
    motor = drive()
    turn(motor, 50, 1.0, load_nm=-40.0)
    assert motor.velocity_rad_s == pytest.approx(1.0)


def test_told_to_stand_it_stands_within_the_time_its_torque_needs() -> None:
    motor = drive()
    turn(motor, 30, 2.0)
    turn(motor, math.ceil(2.0 * 0.05 / 11.0 / STEP_S), 0.0)
    assert motor.velocity_rad_s == 0.0


def test_turning_round_passes_through_rest() -> None:
    motor = drive()
    turn(motor, 30, 2.0)
    speeds = []
    for _ in range(12):
        turn(motor, 1, -2.0)
        speeds.append(motor.velocity_rad_s)
    assert 0.0 in speeds
    assert speeds[-1] < 0.0


def test_a_stalled_motor_turns_round_at_once() -> None:
    motor = drive()
    turn(motor, 40, 0.7, load_nm=3.3)
    turn(motor, 40, 0.0, load_nm=3.3)
    turn(motor, 1, -0.7, load_nm=3.3)
    assert motor.velocity_rad_s < 0.0


def test_half_the_voltage_gives_half_the_torque_and_half_the_speed() -> None:
    motor = drive(-1.0)
    turn(motor, 1, 2.0, supply=0.5)
    assert motor.motor_torque_nm == pytest.approx(5.0)
    turn(motor, 200, 4.0, supply=0.5)
    assert motor.velocity_rad_s == pytest.approx(2.0 * (1.0 - 1.0 / 5.0))


def test_a_stuck_motor_does_not_turn() -> None:
    motor = drive(0.2)
    turn(motor, 5, 1.0)
    motor.stuck, stood = True, motor.position_rad
    turn(motor, 100, 1.0)
    assert (motor.position_rad, motor.current_a) == (stood, 0.0)


def test_within_the_play_the_teeth_do_not_touch() -> None:
    motor = drive(0.5)
    assert motor.gear_torque(0.4901) == motor.gear_torque(0.5099) == 0.0
    assert motor.gear_torque(0.48) == pytest.approx(10.0)
    assert motor.gear_torque(0.52) == pytest.approx(-10.0)


@pytest.mark.parametrize("load_nm", [-7.0, 0.0, 7.0])
def test_taken_up_the_gear_presses_as_asked(load_nm: float) -> None:
    motor = drive(0.5)
    motor.take_up(load_nm)
    assert motor.gear_torque(0.5) == pytest.approx(load_nm)


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-200, 200), st.floats(0, 1.5)), max_size=60))
def test_it_stays_in_its_range_and_within_its_torque(story: list[tuple[float, float, float]]) -> None:
    motor = drive()
    for wanted, load_nm, supply in story:
        motor.turn(wanted, load_nm, supply, STEP_S)
        assert -1.0 <= motor.position_rad <= 1.0
        assert math.isfinite(motor.velocity_rad_s)
        assert abs(motor.velocity_rad_s) <= abs(wanted) + 1e-9 or supply == 0.0 or motor.motor_torque_nm != 0.0
        assert abs(motor.motor_torque_nm) <= 10.0 * supply + 1e-9
