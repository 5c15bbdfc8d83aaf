"""What the demo's screen says of the arm."""

from io import StringIO
from pathlib import Path

from rich.console import Console

from cli.demo.view import screen
from cli.demo.watcher import Watcher
from controller.broker_address import BrokerAddress
from controller.config_file import load_arm
from controller.contract.arm_state import ArmState, GuardCounters

ARM = load_arm(Path(__file__).resolve().parents[4] / "configs/arms/transhumeral.toml")
POSITION = {"elbow": 0.8, "wrist_rotation": -0.001, "wrist_flexion": 0.0, "hand": 1.2}


def shown(load_nm: dict[str, float], grip_force_n: float | None, columns: int = 126, lines: int = 29) -> list[str]:
    watcher = Watcher(BrokerAddress(), ARM.name)
    watcher.arm_state = ArmState(
        t_ns=1,
        session="",
        last_seq=-1,
        stopped=False,
        position_rad=POSITION,
        velocity_rad_s={},
        load_nm=load_nm,
        grip_force_n=grip_force_n,
        guard=GuardCounters(accepted=0, refused={}, expirations=0),
    )
    console = Console(width=columns, height=lines, record=True, file=StringIO())
    console.print(screen(watcher, ARM, "elbow_extension", 0.6, 1.0, "", columns))
    return console.export_text().splitlines()


def line_of(lines: list[str], name: str) -> str:
    return next(line for line in lines if name in line)


def test_an_arm_with_mass_shows_what_its_joints_bear_and_what_its_hand_grips_with() -> None:
    lines = shown({"elbow": 2.734, "hand": -0.1}, 21.6)
    assert "46°" in line_of(lines, "elbow  ")
    assert "2.73 N m" in line_of(lines, "elbow  ")
    assert "N m" not in line_of(lines, "wrist flexion")
    assert " 0°" in line_of(lines, "wrist rotation")
    assert "█████─────   22 N" in line_of(lines, "grip")


def test_an_arm_without_mass_bears_nothing_and_one_without_a_sensor_says_nothing_of_its_grip() -> None:
    assert not any("N m" in line for line in shown({}, 0.0))
    assert not any("grip" in line for line in shown({}, None))


def test_all_words_fit_the_usual_terminal() -> None:
    lines = shown({"elbow": 2.734, "wrist_rotation": -2.34}, 21.6, 80, 24)
    assert "elbow extension 60%" in line_of(lines, "wearer wants")
    assert "-2.34 N m" in line_of(lines, "wrist rotation")
    assert "22 N" in line_of(lines, "grip")
    keys = " ".join(lines[-3:])
    assert all(key in keys for key in ("1-6 move", "space STOP", "d off", "q quit"))
