"""What every test is to whoever runs it: a state machine that is fed and says what is wanted now."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

# What was not watched does not count: no dwell and no right decision lasts over a longer gap between two samples.
LONGEST_GAP_S = 0.2


class Phase(StrEnum):
    """Where a test stands."""

    READY = "ready"  # the next trial waits for `begin`
    RUNNING = "running"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the wearer is asked for now.

    `posture_rad`: where each joint is to be, empty where a motion alone is asked for; `within_rad`: how near. `motion`:
    the class that is to be decided, empty where a posture is asked for.
    """

    posture_rad: Mapping[str, float]
    within_rad: float
    motion: str = ""


class Assessment(Protocol):
    """One test, for a person or for a virtual wearer, live or on a virtual clock.

    Whoever runs it brings the arm to its start, calls `begin`, and then feeds every state of the arm until `feed`
    returns True: the trial has ended. Times are in s, of any one clock that does not go back.
    """

    @property
    def phase(self) -> Phase:
        """Where the test stands."""
        ...

    @property
    def wanted(self) -> Wanted:
        """What is asked for in the trial that runs or comes next. Raises `AssessmentError` when there is none."""
        ...

    def begin(self, time_s: float) -> None:
        """Start the next trial. Raises `AssessmentError` while one runs, and after the last."""
        ...

    def feed(self, time_s: float, position_rad: Mapping[str, float], decided: str | None = None) -> bool:
        """Take the arm's joints and the class decided last, at `time_s`; return whether this ended the trial.

        Raises `AssessmentError` for a time or a position that is no finite number, a time that does not come after the
        last one, and a joint that is missing; the sample is then as if it had not come.
        """
        ...
