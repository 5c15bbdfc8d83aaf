"""The physical table of an arm's file."""

from pathlib import Path

from controller.config_file import load_section
from sim.arm.physics.table import PhysicalTable


def physical_file(arm_file: Path) -> Path:
    """Return where the physical table of this arm's file is: of the same name, in the folder `physical` beside it."""
    return arm_file.parent / "physical" / arm_file.name


def load_physical(path: Path) -> PhysicalTable:
    """Read a physical table; raises `ConfigError` with all its faults."""
    return load_section(path, PhysicalTable)
