"""What the wearer is asked to do, when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.contract.calibration import TAKE_POSITION
from controller.rest_class import REST

# To lift an arm that wears a prosthesis, and let what lifts it settle; nothing is learnt from this time.
TAKE_POSITION_S = 3.0


@dataclass(frozen=True, slots=True)
class Prompt:
    """From `start_s` to `end_s` (from the beginning of the session) do `class_name`; `repetition` counts from 1.

    `position`: of the arm, empty where none was asked for. `TAKE_POSITION` as class asks for nothing but that.
    """

    class_name: str
    start_s: float
    end_s: float
    repetition: int
    position: str = ""

    @property
    def is_motion(self) -> bool:
        """Whether an effort is asked for."""
        return self.class_name not in (REST, TAKE_POSITION)


def prompt_schedule(
    motions: Sequence[str], trials: int, hold_s: float, rest_s: float, positions: Sequence[str] = ()
) -> list[Prompt]:
    """Return rest, motion, rest, motion, ...: every motion once per round, `trials` rounds, a rest at the end.

    Rounds, not blocks of one motion, so that tiring and warming up spread over all motions. In each of `positions` so
    many rounds, with time to take it before the first.
    """
    prompts: list[Prompt] = []
    for place, position in enumerate(positions or ("",)):
        _take_position(prompts, place * trials + 1, position)
        for repetition in range(place * trials + 1, (place + 1) * trials + 1):
            for motion in motions:
                _add(prompts, REST, rest_s, repetition, position)
                _add(prompts, motion, hold_s, repetition, position)
    _add(prompts, REST, rest_s, trials * max(len(positions), 1), positions[-1] if positions else "")
    return prompts


def redo_schedule(
    trials: Sequence[tuple[str, int]], hold_s: float, rest_s: float, positions: Mapping[int, str] | None = None
) -> list[Prompt]:
    """Return rest, trial, rest, trial, ..., rest, for trials given as (class name, repetition); a rest is a rest.

    `positions`: of the arm, by repetition, where any were asked for.
    """
    prompts: list[Prompt] = []
    taken, repetition = "", 1
    for name, repetition in trials:
        position = (positions or {}).get(repetition, "")
        if position != taken:
            _take_position(prompts, repetition, position)
            taken = position
        _add(prompts, REST, rest_s, repetition, position)
        if name != REST:
            _add(prompts, name, hold_s, repetition, position)
    _add(prompts, REST, rest_s, repetition, taken)
    return prompts


def _take_position(prompts: list[Prompt], repetition: int, position: str) -> None:
    if position:
        _add(prompts, TAKE_POSITION, TAKE_POSITION_S, repetition, position)


def _add(prompts: list[Prompt], name: str, span_s: float, repetition: int, position: str) -> None:
    now_s = prompts[-1].end_s if prompts else 0.0
    prompts.append(Prompt(name, now_s, now_s + span_s, repetition, position))
