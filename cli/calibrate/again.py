"""Which trials to do again, and which to leave out: asked at a terminal, or given."""

import sys
from collections.abc import Sequence

from rich.console import Console

from controller.calibration.trials import TrialName, trial_name

QUESTION = (
    "Do trials again? Enter: no; [bold]r[/]: those marked redo; or name them, such as [bold]hand_close:2[/] "
    "([bold]-hand_close:2[/] leaves one out): "
)


def can_ask(console: Console) -> bool:
    """Return whether somebody sits there who can answer."""
    return console.is_terminal and sys.stdin.isatty()


def ask_again(
    known: Sequence[TrialName], marked: Sequence[TrialName], console: Console
) -> tuple[list[TrialName], list[TrialName]]:
    """Ask until the answer can be understood; return the trials to redo and those to leave out."""
    while True:
        try:
            return read_answer(console.input(QUESTION), known, marked)
        except EOFError:
            return [], []
        except ValueError as error:
            console.print(str(error), style="red", highlight=False)


def read_answer(
    answer: str, known: Sequence[TrialName], marked: Sequence[TrialName]
) -> tuple[list[TrialName], list[TrialName]]:
    """Return the trials to redo and those to leave out. Raises `ValueError`, saying what can be answered."""
    redo: list[TrialName] = []
    leave_out: list[TrialName] = []
    for word in answer.replace(",", " ").split():
        if word == "r":
            redo += marked
            continue
        name = trial_name(word.removeprefix("-"))
        if name not in known:
            raise ValueError(f"there is no trial {name}; there are {', '.join(str(one) for one in known)}")
        (leave_out if word.startswith("-") else redo).append(name)
    return list(dict.fromkeys(redo)), list(dict.fromkeys(leave_out))
