"""What a user's configuration becomes when faults are tried on it."""

from pathlib import Path

import pytest

from cli.faults.stage import PAIRS, FaultStage, Setup
from cli.loopback import ARM_FILE, MOTIONS
from controller.arm_config import ArmConfig
from controller.config import RunConfig
from controller.config_file import load_arm, load_run
from sim.faults import FAMILIES
from sim.faults.fault import Bound, Bounds

CONFIGS = Path(__file__).resolve().parents[4] / "configs"
USERS = """arm = "ARM"
model = "anna.npz"
[device]
kind = "serial"
settings = { port = "/dev/ttyUSB0" }
[broker]
url = "mqtt://127.0.0.1:1999"
[motions]
fist = { hand = 1.0 }
[shaping]
rejection_threshold = 0.7
rejection = { fist = 0.9 }
vote = 3
gain = { hand = 0.5 }
[safety]
stale_after_ms = 90.0
ttl_ms = 150
speed_limit = { hand = 0.0 }
"""


def users(folder: Path, arm_file: Path = ARM_FILE) -> RunConfig:
    path = folder / "anna.toml"
    path.write_text(USERS.replace("ARM", str(arm_file)), encoding="utf-8")
    return load_run(path)[0]


@pytest.mark.parametrize("arm_file", sorted((CONFIGS / "arms").glob("*.toml")), ids=lambda path: path.stem)
def test_a_users_arm_bounds_and_shaping_are_kept_and_his_device_broker_and_motions_are_not(
    tmp_path: Path, arm_file: Path
) -> None:
    config = users(tmp_path, arm_file)
    with FaultStage(Setup(arm_file, config), "embedded", "serial", 4711, 4712) as stage:
        written = stage.folder / "written.toml"
        written.write_text(stage._config_text("mqtt://127.0.0.1:1"), encoding="utf-8")
        tried, arm = load_run(written)
    assert arm == load_arm(arm_file)
    assert tried.safety == config.safety.model_copy(update={"speed_limit": {}})
    assert (tried.shaping.rejection_threshold, tried.shaping.vote) == (0.7, 3)
    assert (tried.shaping.rejection, tried.shaping.gain) == ({}, {})
    assert tried.broker.url == "mqtt://127.0.0.1:4711"
    assert "ttyUSB0" not in str(tried.device)
    assert set(tried.motions) <= set(MOTIONS)
    moved = [joint for joints in tried.motions.values() for joint in joints]
    assert moved


def test_an_arm_with_other_joints_gets_two_motions_for_each_of_the_first() -> None:
    joint = load_arm(ARM_FILE).joints[0]
    arm = ArmConfig(name="other", joints=tuple(joint.model_copy(update={"name": name}) for name in ("knee", "ankle")))
    assert Setup().motions(arm) == {
        PAIRS[0][0]: ("knee", 1.0),
        PAIRS[0][1]: ("knee", -1.0),
        PAIRS[1][0]: ("ankle", 1.0),
        PAIRS[1][1]: ("ankle", -1.0),
    }


def test_bounds_are_those_of_the_configuration(tmp_path: Path) -> None:
    assert Setup().bounds == Bounds(100.0, 200.0, 10.0, 200.0)
    assert Setup(ARM_FILE, users(tmp_path), window_ms=150.0).bounds == Bounds(90.0, 150.0, 10.0, 150.0)


def test_each_bound_has_its_time() -> None:
    bounds = Setup().bounds
    assert {bound: bounds.of(bound) for bound in Bound} == {
        Bound.STALE: 110.0,
        Bound.TTL: 200.0,
        Bound.HEALTH: 310.0,
        Bound.RATE: 5110.0,
        Bound.STOP: 30.0,
        Bound.SILENCE: 280.0,
        Bound.REST: 500.0,
        Bound.REST_HALF: 700.0,
    }


def test_names_are_distinct_and_none_is_that_of_a_family() -> None:
    names = [fault.name for faults in FAMILIES.values() for fault in faults]
    assert len(set(names)) == len(names)
    assert not set(names) & set(FAMILIES)


def test_each_fault_stands_with_its_bound_in_the_page_on_safety() -> None:
    page = (CONFIGS.parent / "SAFETY.md").read_text(encoding="utf-8")
    bounds = Setup().bounds
    rows = {line.split("|")[1].strip(): line for line in page.splitlines() if line.count("|") == 4 and " ms |" in line}
    for faults in FAMILIES.values():
        for fault in faults:
            assert f"`{fault.name}`" in rows[f"{bounds.of(fault.bound):.0f} ms"], fault.name
