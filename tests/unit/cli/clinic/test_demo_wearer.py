"""What the demo's wearer means: prompts first, then tests, then what they like while the arm is on."""

from pathlib import Path

import pytest

from cli.clinic.demo_wearer import EFFORT, GENTLE, DemoWearer, towards
from cli.demo.headless import MOTION_S, ORDER, REST_S
from cli.loopback import MOTIONS, run_config_text
from clinic.app import create_clinic
from clinic.assess.progress import Progress
from clinic.settings import ClinicSettings
from controller.contract.calibration import CalibrationPhase, CalibrationPrompt, CalibrationState
from controller.contract.status import ControllerStatus
from controller.safety.states import State

MOVES = {motion: {joint: share} for motion, (joint, share) in MOTIONS.items()}


@pytest.fixture
def wearer(tmp_path: Path) -> DemoWearer:
    file = tmp_path / "run.toml"
    file.write_text(run_config_text("serial", tmp_path / "emg", "", "mqtt://127.0.0.1:1"), encoding="utf-8")
    clinic = create_clinic(ClinicSettings(run=file, store=str(tmp_path / "clinic.db")))
    return DemoWearer(clinic.link, clinic.assessments, MOVES, lambda _motion, _effort: None)


def hears_state(wearer: DemoWearer, state: State) -> None:
    status = ControllerStatus(status="running", session="0" * 16, state=state)
    wearer._hear("controller_status", status.encode())


def hears_prompt(wearer: DemoWearer, motion: str | None) -> None:
    prompt = None if motion is None else CalibrationPrompt(motion=motion, trial=1, lasts_s=3.0, left_s=2.0)
    state = CalibrationState(session="0" * 16, phase=CalibrationPhase.RECORDING, prompt=prompt)
    wearer._hear("calibration_state", state.encode())


def test_a_prompt_is_obeyed_and_one_for_no_motion_is_rest(wearer: DemoWearer) -> None:
    assert wearer.means(0.0) == ("rest", 0.0)
    hears_prompt(wearer, "hand_close")
    assert wearer.means(0.0) == ("hand_close", EFFORT)
    hears_prompt(wearer, "take position")
    assert wearer.means(0.0) == ("rest", 0.0)


def test_with_the_arm_on_one_motion_after_the_other_is_tried_with_rests_between(wearer: DemoWearer) -> None:
    hears_prompt(wearer, None)
    hears_state(wearer, State.ENGAGED)
    turn_s = MOTION_S + REST_S
    assert wearer.means(100.0) == ("rest", 0.0)
    begun_s = 100.0 + REST_S + 0.01
    assert [wearer.means(begun_s + turn * turn_s)[0] for turn in range(len(ORDER))] == list(ORDER)
    assert wearer.means(begun_s + MOTION_S) == ("rest", 0.0)
    hears_state(wearer, State.HOLDING)
    assert wearer.means(begun_s) == ("rest", 0.0)


def test_what_is_not_of_the_contract_changes_nothing(wearer: DemoWearer) -> None:
    hears_prompt(wearer, "hand_close")
    wearer._hear("calibration_state", b"{")
    wearer._hear("signal", b"\xff")
    assert wearer.means(0.0) == ("hand_close", EFFORT)


@pytest.mark.parametrize(
    ("elbow", "hand", "means"),
    [
        (0.0, 0.0, ("rest", 0.0)),
        (0.05, -0.05, ("rest", 0.0)),
        (0.8, 0.5, ("elbow_flexion", EFFORT)),
        (-0.3, 0.2, ("elbow_extension", GENTLE)),
        (0.05, -0.09, ("hand_open", GENTLE)),
    ],
)
def test_a_posture_is_gone_to_joint_by_joint_the_furthest_first(
    elbow: float, hand: float, means: tuple[str, float]
) -> None:
    test = Progress(
        posture_rad={"elbow": 1.0 + elbow, "hand": 0.5 + hand, "unseen": 9.0},
        position_rad={"elbow": 1.0, "hand": 0.5},
        within_rad=0.1,
    )
    assert towards(test, MOVES) == means


def test_a_joint_that_no_motion_brings_there_is_left_alone() -> None:
    test = Progress(posture_rad={"elbow": 1.0}, position_rad={"elbow": 0.0}, within_rad=0.1)
    assert towards(test, {"elbow_extension": {"elbow": -1.0}}) == ("rest", 0.0)
