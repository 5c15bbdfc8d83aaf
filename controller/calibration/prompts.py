"""What the wearer is asked to do, when."""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.rest_class import REST


@dataclass(frozen=True, slots=True)
class Prompt:
    """From `start_s` to `end_s` (from the beginning of the session) do `class_name`; `repetition` counts from 1."""

    class_name: str
    start_s: float
    end_s: float
    repetition: int


def prompt_schedule(motions: Sequence[str], trials: int, hold_s: float, rest_s: float) -> list[Prompt]:
    """Return rest, motion, rest, motion, ...: every motion once per round, `trials` rounds, a rest at the end.

    Rounds, not blocks of one motion, so that tiring and warming up spread over all motions.
    """
    prompts: list[Prompt] = []
    now_s = 0.0
    for repetition in range(1, trials + 1):
        for motion in motions:
            for name, span_s in ((REST, rest_s), (motion, hold_s)):
                prompts.append(Prompt(name, now_s, now_s + span_s, repetition))
                now_s += span_s
    prompts.append(Prompt(REST, now_s, now_s + rest_s, trials))
    return prompts


def redo_schedule(trials: Sequence[tuple[str, int]], hold_s: float, rest_s: float) -> list[Prompt]:
    """Return rest, trial, rest, trial, ..., rest, for trials given as (class name, repetition); a rest is a rest."""
    prompts: list[Prompt] = []
    now_s, repetition = 0.0, 1
    for name, repetition in trials:
        for asked, span_s in ((REST, rest_s),) if name == REST else ((REST, rest_s), (name, hold_s)):
            prompts.append(Prompt(asked, now_s, now_s + span_s, repetition))
            now_s += span_s
    prompts.append(Prompt(REST, now_s, now_s + rest_s, repetition))
    return prompts
