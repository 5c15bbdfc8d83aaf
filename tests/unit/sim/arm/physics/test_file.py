from pathlib import Path

import pytest

from controller.errors import ConfigError
from sim.arm.physics.file import load_physical, physical_file
from tests.unit.sim.arm.physics.conftest import ARMS, arm_and_table


@pytest.mark.parametrize("path", sorted((ARMS / "physical").glob("*.toml")), ids=lambda path: path.stem)
def test_every_physical_table_is_its_arms(path: Path) -> None:
    arm, table = arm_and_table(path.stem)
    assert table.differs_from(arm) == ""


def test_a_motor_can_do_what_the_guard_allows() -> None:
    for name in ("transhumeral", "transradial"):
        arm, table = arm_and_table(name)
        for joint in arm.joints:
            assert table.drives[joint.name].no_load_rad_s > joint.max_speed_rad_s


def test_a_table_that_is_not_there_says_where_it_was_looked_for(tmp_path: Path) -> None:
    path = physical_file(tmp_path / "left.toml")
    with pytest.raises(ConfigError, match=rf"expected a configuration file at {path}, cannot read it: No such file"):
        load_physical(path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            ("stall_torque_nm = 12.0", "stall_torque_nm = -1"),
            r"toml:\d+: links.0.drive.stall_torque_nm: .*greater than 0",
        ),
        (("[hand]", "[hand]\nfingers = 5"), r"hand.fingers: unknown key"),
        (('hangs = "upper_arm"', "hangs = "), "is not valid TOML"),
        (("full_v = 12.6", "full_v = nan"), "full_v"),
        (("full_v", "\udcff"), "it is not text"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    text = (ARMS / "physical/transhumeral.toml").read_text().replace(*change)
    path = tmp_path / "bad.toml"
    path.write_text(text, errors="surrogateescape")
    with pytest.raises(ConfigError, match=says):
        load_physical(path)
