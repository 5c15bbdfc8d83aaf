import io
import json

import pytest
from rich.console import Console

from cli.calibrate.again import read_answer
from cli.calibrate.scores import row_of, scores_for_scripts, show_scores
from controller.calibration.session_score import ScoredTrial, score_recording
from controller.calibration.trials import TrialName
from tests.unit.controller.streams import labelled_noise

CLOSE, OPEN = TrialName("hand_close", 1), TrialName("hand_open", 2)
KNOWN = [CLOSE, OPEN]


@pytest.fixture(scope="module")
def scored() -> list[ScoredTrial]:
    return score_recording(labelled_noise(), (20.0, 450.0))


def shown(scored: list[ScoredTrial], plain: bool) -> list[str]:
    console = Console(file=io.StringIO(), width=100)
    show_scores([row_of(trial) for trial in scored], console, plain)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_every_trial_has_a_line_with_its_verdict(scored: list[ScoredTrial]) -> None:
    for plain in (True, False):
        lines = shown(scored, plain)
        for trial in scored:
            (line,) = (line for line in lines if f"{trial.name} " in line or f"{trial.name}:" in line)
            assert trial.score.verdict.value in line


def test_scripts_get_json(scored: list[ScoredTrial]) -> None:
    told = json.loads(json.dumps(scores_for_scripts(scored)))
    assert [trial["trial"] for trial in told] == [str(trial.name) for trial in scored]
    assert {trial["verdict"] for trial in told} <= {"good", "usable", "redo"}


def test_answers_name_trials_to_redo_and_to_leave_out() -> None:
    assert read_answer("", KNOWN, [OPEN]) == ([], [])
    assert read_answer("r", KNOWN, [OPEN]) == ([OPEN], [])
    assert read_answer(" hand_close:1, -hand_open:2 ", KNOWN, []) == ([CLOSE], [OPEN])
    assert read_answer("r hand_open:2", KNOWN, [OPEN]) == ([OPEN], [])


@pytest.mark.parametrize(
    ("answer", "says"), [("y", "expected a trial as"), ("-", "expected a trial as"), ("hand_close:7", "there is no")]
)
def test_answers_that_cannot_be_meant_are_told(answer: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_answer(answer, KNOWN, [])
