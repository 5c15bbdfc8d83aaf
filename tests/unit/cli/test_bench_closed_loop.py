import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.bench import live_wearer
from cli.bench.closed_loop import Completed, LoopResult
from cli.bench.closed_loop_table import print_closed_loop
from cli.bench.live_wearer import LiveWearer
from cli.demo.watcher import Watcher
from cli.errors import UsageError
from cli.main import main
from clinic.assessments.intervals import share_interval
from clinic.assessments.tac_test import TacSettings, tac_test
from clinic.assessments.targets import start_posture
from controller.broker_address import BrokerAddress
from controller.config_file import load_arm
from controller.contract.arm_state import ArmState, GuardCounters
from controller.contract.status import ControllerStatus
from controller.safety.states import State
from sim.wearer.wearer import VirtualWearer

ARM = load_arm(Path(__file__).resolve().parents[3] / "configs/arms/transhumeral.toml")
START = start_posture(ARM.joints)
JOINTS = tuple(START)
SPEEDS = {"up": {"elbow": 1.0}, "down": {"elbow": -1.0}}


class Rig:
    """A wearer whose arm is where `moves` says, told whether a trial is running."""

    def __init__(self, moves: Callable[[bool], dict[str, float]], ended: str = "") -> None:
        self.watcher = Watcher(BrokerAddress(), ARM.name)
        self.steps = self.put_back = 0
        self._moves = moves
        self._test = tac_test(ARM.joints[:1], TacSettings(repetitions=1, time_limit_s=0.3, dwell_s=0.05))
        wearer = VirtualWearer(("rest", "up", "down"), SPEEDS, JOINTS)
        self.live = LiveWearer(wearer, self.watcher, START, self.drive, self.back, lambda: ended)
        self.say(State.ENGAGED)

    def say(self, state: State) -> None:
        self.watcher.status = ControllerStatus(status="running", session="0" * 16, state=state, cause="a test")

    def drive(self, _: object) -> None:
        self.steps += 1
        self.watcher.arm_state = ArmState(
            t_ns=time.monotonic_ns(),
            session="",
            last_seq=-1,
            stopped=False,
            position_rad=self._moves(self._test.phase == "running"),
            velocity_rad_s={},
            guard=GuardCounters(accepted=0, refused={}, expirations=0),
        )

    def back(self) -> None:
        self.put_back += 1

    def take(self) -> int:
        async def engage_and_take() -> None:
            await self.live.engage()
            await self.live.take(self._test)

        asyncio.run(engage_and_take())
        return sum(trial.completed for trial in self._test.trials)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_wearer, "RELAX_S", 0.03)
    monkeypatch.setattr(live_wearer, "SILENT_FOR_S", 0.25)
    monkeypatch.setattr(live_wearer, "PUT_BACK_WITHIN_S", 1.0)
    monkeypatch.setattr(live_wearer, "ENGAGED_WITHIN_S", 1.0)


def test_an_arm_that_stands_still_completes_nothing() -> None:
    rig = Rig(lambda _: START)
    assert rig.take() == 0
    # Twice before each of two targets: the second time for what was left of the motion before.
    assert rig.put_back == 4
    assert rig.steps > 10


def test_an_arm_that_is_not_put_back_says_so() -> None:
    rig = Rig(lambda _: START | {"elbow": 1.4})
    with pytest.raises(UsageError, match="the arm was not put back to its start"):
        rig.take()


def test_an_arm_that_lacks_a_joint_has_said_nothing() -> None:
    rig = Rig(lambda running: {"elbow": 0.8} if running else START)
    with pytest.raises(UsageError, match="the arm said nothing of its joints"):
        rig.take()


def test_a_controller_that_switches_off_ends_the_test() -> None:
    def moves(running: bool) -> dict[str, float]:
        if running:
            rig.say(State.FAULT)
        return START

    rig = Rig(moves)
    with pytest.raises(UsageError, match="switched off during the test: a test"):
        rig.take()


def test_a_process_that_ends_is_named_and_one_that_is_not_ready_too() -> None:
    with pytest.raises(UsageError, match="the arm ended"):
        Rig(lambda _: START, ended="the arm ended").take()
    rig = Rig(lambda _: START)
    rig.say(State.IDLE)
    with pytest.raises(UsageError, match=r"could not be engaged within 1 s: a test"):
        rig.take()


def result(agrees: bool) -> LoopResult:
    live = Completed(2, 2, 1.0, share_interval(2, 2), 1.5, 0.8, (1.0, 2.0))
    virtual = Completed(4, 0, 0.0, share_interval(0, 4), None, None, ())
    return LoopResult(3, 1, "embedded", live, virtual, agrees, None, 12.0, 900, 3, 0, 1)


def test_a_rate_outside_the_interval_is_an_exit_code_and_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_closed_loop(result(agrees=True), as_json=False) == 0
    said = capsys.readouterr()
    assert "2 of 2" in said.out
    assert said.err == ""
    assert print_closed_loop(result(agrees=False), as_json=True) == 1
    assert "virtual clock, 0%, lies outside the live interval 34% to 100%" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (["--targets", "0"], "--targets takes 1 or more, got 0"),
        (["--takes", "-1"], "--takes takes 1 or more, got -1"),
        (["--seed", "-1"], "--seed takes 0 or more, got -1"),
    ],
)
def test_what_makes_no_test_is_refused(option: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "closed-loop", *option]) == 2
    assert says in capsys.readouterr().err
