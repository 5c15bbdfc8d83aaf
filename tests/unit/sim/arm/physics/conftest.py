from collections.abc import Callable
from pathlib import Path

import pytest

from controller.arm_config import ArmConfig
from controller.config_file import load_arm
from sim.arm.physics.arm import PhysicalArm
from sim.arm.physics.file import load_physical, physical_file
from sim.arm.physics.table import PhysicalTable
from sim.arm.physics.things import Thing

ARMS = Path(__file__).parents[5] / "configs/arms"
STEP_S = 0.005

MakeArm = Callable[..., PhysicalArm]


def arm_and_table(name: str) -> tuple[ArmConfig, PhysicalTable]:
    path = ARMS / f"{name}.toml"
    return load_arm(path), load_physical(physical_file(path))


@pytest.fixture
def make() -> MakeArm:
    def make_arm(*things: Thing, name: str = "transhumeral", seed: int = 0) -> PhysicalArm:
        arm, table = arm_and_table(name)
        return PhysicalArm(arm, table, things, seed)

    return make_arm


def let_pass(arm: PhysicalArm, seconds: float, **velocity_rad_s: float) -> None:
    wanted = dict.fromkeys(arm.drives, 0.0) | velocity_rad_s
    for _ in range(round(seconds / STEP_S)):
        arm.move(wanted, STEP_S)
