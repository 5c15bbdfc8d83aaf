from typing import Any

import pytest

from clinic.course.plan import CoursePlan, Transfer
from clinic.course.prompted_levels import MOST_ROWS, PromptedLevels, Session
from controller.contract.calibration import CalibrationPhase as Phase
from controller.contract.calibration import CalibrationPrompt, CalibrationState, TrialReport
from controller.contract.signal import SignalReport
from controller.safety.states import State

SESSION = "0123456789abcdef"
PLAN = CoursePlan(
    transfers=(
        Transfer(nerve="median", muscle="biceps", motion="hand_close", joint="hand", channel=1),
        Transfer(nerve="radial", muscle="triceps", motion="hand_open", joint="hand", channel=2),
        Transfer(nerve="ulnar", muscle="brachialis", motion="pronation", joint="wrist", channel=9),
    )
)


def report(*level: float, health: tuple[str, ...] = (), state: State = State.READY) -> SignalReport:
    return SignalReport(
        sample_index=0,
        t_ns=0,
        state=state,
        level=level,
        health=health or ("good",) * len(level),
        decided="rest",
        confidence=1.0,
        scores=(),
        effort=0.0,
        intent={},
        shaped={},
    )


def trial(name: str) -> TrialReport:
    return TrialReport(
        trial=name, verdict="good", sentence="", onset_s=0.2, signal_to_noise_db=9.0, effort_range=1.0, recognised=1.0
    )


class Sitting:
    """A clock, a controller that prompts, and a wearer whose levels answer."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.heard = PromptedLevels()
        self.trials: list[str] = []

    def state(self, phase: Phase, prompt: CalibrationPrompt | None = None, session: str = SESSION) -> Session | None:
        reports = tuple(trial(name) for name in self.trials)
        return self.heard.hear_state(
            self.now_s, CalibrationState(session=session, phase=phase, prompt=prompt, trials=reports)
        )

    def prompt(self, motion: str, number: int, *levels: float, late_s: float = 0.0, **asked: Any) -> None:
        lasts_s = 2.0
        self.state(
            Phase.RECORDING,
            CalibrationPrompt(motion=motion, trial=number, lasts_s=lasts_s, left_s=lasts_s - late_s, **asked),
        )
        for step in range(40):
            self.now_s += 0.05
            active = motion != "rest" and step >= 6
            self.heard.hear_signal(self.now_s, report(*(levels if active else (4.0,) * len(levels))))
        if motion != "rest" and f"{motion}:{number}" not in self.trials:
            self.trials.append(f"{motion}:{number}")

    def session(self, trials: int = 3, **asked: Any) -> None:
        for number in range(1, trials + 1):
            for motion, levels in (("hand_close", (40.0, 10.0)), ("hand_open", (8.0, 30.0))):
                self.prompt("rest", number, *levels)
                self.prompt(motion, number, *levels, **asked)
        self.state(Phase.RECORDED)


def test_a_fitted_calibration_gives_a_measure_of_each_site() -> None:
    sitting = Sitting()
    sitting.session()
    session = sitting.state(Phase.FITTING)
    assert session is not None
    measured = dict(session.measured(PLAN))
    assert {transfer.motion for transfer in measured} == {"hand_close", "hand_open"}
    close = measured[PLAN.transfers[0]]
    assert (close.rest, close.effort, close.repetitions, close.onsets) == (4.0, 40.0, 3, 3)
    assert close.onset_s == pytest.approx(0.35)
    assert close.onset_spread_s == pytest.approx(0.0, abs=1e-9)
    assert close.independence == pytest.approx(36.0 / 42.0)


def test_a_cancelled_one_gives_nothing() -> None:
    sitting = Sitting()
    sitting.session()
    assert sitting.state(Phase.IDLE) is None
    assert sitting.state(Phase.FITTING) is None


def test_a_deleted_trial_does_not_count_and_one_done_again_counts_once() -> None:
    sitting = Sitting()
    sitting.session()
    sitting.prompt("rest", 1, 4.0, 4.0)
    sitting.prompt("hand_close", 2, 400.0, 4.0)
    sitting.trials.remove("hand_close:3")
    sitting.state(Phase.RECORDED)
    session = sitting.state(Phase.FITTING)
    assert session is not None
    close = dict(session.measured(PLAN))[PLAN.transfers[0]]
    assert close.repetitions == 2
    assert close.effort == pytest.approx((40.0 + 400.0) / 2)


def test_a_second_fit_of_the_same_session_is_another_occasion() -> None:
    sitting = Sitting()
    sitting.session()
    first = sitting.state(Phase.FITTING)
    sitting.state(Phase.RECORDED)
    second = sitting.state(Phase.FITTING)
    assert first is not None
    assert second is not None
    assert first.key != second.key


def test_prompts_whose_beginning_was_missed_are_left_out() -> None:
    sitting = Sitting()
    sitting.prompt("rest", 1, 4.0, 4.0)
    sitting.prompt("hand_close", 1, 40.0, 4.0, late_s=0.5)
    sitting.state(Phase.RECORDED)
    session = sitting.state(Phase.FITTING)
    assert session is None or not session.efforts


def test_rising_efforts_and_taking_a_position_measure_something_else() -> None:
    sitting = Sitting()
    sitting.session(ramp=True)
    assert sitting.state(Phase.FITTING) is None


def test_another_controllers_state_is_history() -> None:
    sitting = Sitting()
    sitting.session()
    assert sitting.state(Phase.FITTING, session="f" * 16) is None


def test_a_site_whose_electrode_was_lifted_is_not_measured() -> None:
    sitting = Sitting()
    sitting.session()
    for _ in range(2000):
        sitting.heard._usable.take(report(1.0, 1.0, health=("lifted", "good")))
    session = sitting.state(Phase.FITTING)
    assert session is not None
    assert [transfer.motion for transfer, _ in session.measured(PLAN)] == ["hand_open"]


def test_a_prompt_that_never_ends_takes_no_more_memory() -> None:
    sitting = Sitting()
    sitting.prompt("rest", 1, 4.0)
    for _ in range(2 * MOST_ROWS):
        sitting.heard.hear_signal(sitting.now_s, report(4.0))
    assert len(sitting.heard._rests[0].values) == MOST_ROWS
