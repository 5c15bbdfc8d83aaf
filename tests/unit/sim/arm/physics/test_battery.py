import pytest
from pydantic import ValidationError

from sim.arm.physics.battery import Battery
from sim.arm.physics.table import BatteryTable

TABLE = BatteryTable(full_v=12.0, nominal_v=10.0, empty_v=9.0, capacity_ah=1.0, resistance_ohm=0.5, electronics_a=0.1)


def test_voltage_sags_by_current_times_resistance() -> None:
    battery = Battery(TABLE)
    assert battery.voltage_v == 12.0
    battery.draw(3.9, 0.0)
    assert battery.voltage_v == pytest.approx(12.0 - 4.0 * 0.5)
    assert battery.supply == pytest.approx(1.0)


def test_charge_falls_with_the_current_and_the_voltage_with_the_charge() -> None:
    battery = Battery(TABLE)
    battery.draw(0.9, 1800.0)
    assert battery.charge == pytest.approx(0.5)
    assert battery.voltage_v == pytest.approx(10.5 - 0.5)


def test_an_empty_battery_gives_nothing() -> None:
    battery = Battery(TABLE)
    battery.draw(10.0, 3600.0)
    assert (battery.charge, battery.voltage_v, battery.supply) == (0.0, 0.0, 0.0)


def test_a_current_that_takes_all_the_voltage_gives_none_and_not_less() -> None:
    battery = Battery(TABLE)
    battery.draw(1000.0, 0.0)
    assert battery.voltage_v == 0.0


def test_empty_must_be_below_full() -> None:
    with pytest.raises(ValidationError, match="empty_v \\(12\\) must be below full_v \\(12\\)"):
        BatteryTable.model_validate({**TABLE.model_dump(), "empty_v": 12.0})
