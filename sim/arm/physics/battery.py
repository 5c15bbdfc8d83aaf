"""The battery that all motors of an arm draw on."""

from dataclasses import dataclass

from sim.arm.physics.table import BatteryTable


@dataclass(slots=True)
class Battery:
    """Charge (share that is left) and voltage. Empty, it gives nothing: the motors stand and the gears hold."""

    table: BatteryTable
    charge: float = 1.0
    current_a: float = 0.0

    @property
    def voltage_v(self) -> float:
        """Voltage at the motors, with what the current takes."""
        if self.charge <= 0.0:
            return 0.0
        table = self.table
        open_v = table.empty_v + (table.full_v - table.empty_v) * self.charge
        return max(open_v - table.resistance_ohm * self.current_a, 0.0)

    @property
    def supply(self) -> float:
        """Voltage as a share of the nominal one."""
        return self.voltage_v / self.table.nominal_v

    def draw(self, motors_a: float, step_s: float) -> None:
        """Let `step_s` pass with this current of all motors, in A; the electronics' own comes on top."""
        self.current_a = motors_a + self.table.electronics_a
        self.charge = max(self.charge - self.current_a * step_s / (3600.0 * self.table.capacity_ah), 0.0)
