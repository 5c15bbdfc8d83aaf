"""Clothespin relocation: how long it takes to bring three pins from a horizontal to a vertical bar.

Kyberd, Hussaini, Maillet 2018, J Rehabil Assist Technol Eng 5, doi 10.1177/2055668317750810: the time to move three
clothespins up to a vertical bar, or back down. Here: up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

from clinic.assessments.assessment import LONGEST_GAP_S, Phase
from clinic.assessments.errors import AssessmentError
from clinic.assessments.parameter import Parameter, told
from clinic.assessments.reach import ROUNDING_S
from clinic.assessments.seen import HELD_N, Point, SeenThing, check_things
from clinic.assessments.trajectory import Trajectory

NAME = "clothespin"
KYBERD = "Kyberd 2018"


@dataclass(frozen=True, slots=True)
class ClothespinSettings:
    """`stay_s`: how long a pin has to stay where it was put. `to`, `back`: names of the bars; all else is a fall."""

    pins: int = 3
    stay_s: float = 0.5
    time_limit_s: float = 120.0
    pinch_n: float = 10.0
    to: str = "vertical"
    back: str = "horizontal"

    @property
    def parameters(self) -> list[Parameter]:
        """What the test was done with."""
        usual = ClothespinSettings()
        return [
            told("pins", self.pins, usual.pins, "", KYBERD),
            told("force that opens a pin", self.pinch_n, usual.pinch_n, "N", "ours"),
            told("stay", self.stay_s, usual.stay_s, "s", "ours"),
            told("time limit", self.time_limit_s, usual.time_limit_s, "s", "ours"),
        ]


@dataclass(frozen=True, slots=True)
class ClothespinTrial:
    """What became of the pins.

    `placed_at_s`: when each pin that is on the bar was let go there, in the order of time; `dropped`: pins that lie
    elsewhere. `grip_n`: the most that the hand pressed on a pin. `unintended_rad`: way of all joints that are neither
    the hand nor turn it.
    """

    pins: int
    duration_s: float
    placed_at_s: tuple[float, ...]
    dropped: int
    grip_n: float
    travel_rad: dict[str, float]
    unintended_rad: float

    @property
    def completion_s(self) -> float | None:
        """When the last pin was let go; None where one is missing."""
        return self.placed_at_s[-1] if len(self.placed_at_s) == self.pins else None


@dataclass(slots=True)
class ClothespinTest:
    """One trial. `joints`: of the arm; `meant`: those that the task asks to move, the hand and the wrist's rotation.

    A pin is on the bar while it touches it and the hand does not press on it, and has been put there once it has been
    so for `stay_s`. It is dropped once it lies, without the hand, on anything but the two bars; nobody hands it back.
    The trial ends when every pin is on the bar or dropped, or when the time is over.
    """

    joints: tuple[str, ...]
    meant: frozenset[str]
    settings: ClothespinSettings = field(default_factory=ClothespinSettings)
    trials: list[ClothespinTrial] = field(default_factory=list)
    _began_s: float | None = None
    _way: Trajectory = field(init=False)
    _since_s: list[float | None] = field(init=False)
    _fallen: set[int] = field(init=False)
    _grip_n: float = 0.0

    def __post_init__(self) -> None:
        settings = self.settings
        if settings.pins < 1 or not 0.0 < settings.stay_s < settings.time_limit_s:
            raise AssessmentError(
                f"a test needs at least one pin and 0 s < stay < time limit, got {settings.pins}, "
                f"{settings.stay_s:g} s and {settings.time_limit_s:g} s"
            )
        if unknown := sorted(self.meant - set(self.joints)):
            raise AssessmentError(f"the task moves {unknown[0]}, which is none of the joints: {', '.join(self.joints)}")
        self._way = Trajectory(self.joints)
        self._since_s, self._fallen = [None] * settings.pins, set()

    @property
    def phase(self) -> Phase:
        """Where the test stands."""
        if self._began_s is not None:
            return Phase.RUNNING
        return Phase.FINISHED if self.trials else Phase.READY

    def begin(self, time_s: float) -> None:
        """Start. Raises `AssessmentError` when it has started before."""
        if self._began_s is not None or self.trials:
            raise AssessmentError("this test has one trial, and it has begun")
        if not isfinite(time_s):
            raise AssessmentError(f"a trial begins at a time in s, got {time_s}")
        self._began_s = time_s

    def feed(
        self, time_s: float, position_rad: Mapping[str, float], tips_m: Point, things: Sequence[SeenThing]
    ) -> bool:
        """Take a sample; return whether it ended the trial.

        Raises `AssessmentError` for what is no sample, which is then as if it had not come.
        """
        began_s = self._began_s
        if began_s is None:
            raise AssessmentError("no trial is running: begin one first")
        if time_s < began_s:
            raise AssessmentError(f"a sample must not come before the trial's beginning at {began_s:g} s")
        check_things(things, self.settings.pins, tips_m)
        before_s = self._way.newest_s
        self._way.add(time_s, position_rad)
        elapsed_s = time_s - began_s
        if elapsed_s <= self.settings.time_limit_s + ROUNDING_S:
            self._watch(elapsed_s, things, unseen=time_s - before_s > LONGEST_GAP_S)
        stayed = self._stayed(elapsed_s)
        if len(stayed) + len(self._fallen) < self.settings.pins and elapsed_s < self.settings.time_limit_s:
            return False
        self._end(elapsed_s, stayed)
        return True

    def _watch(self, elapsed_s: float, things: Sequence[SeenThing], *, unseen: bool) -> None:
        for index, thing in enumerate(things):
            self._grip_n = max(self._grip_n, thing.pressed_n)
            held = thing.pressed_n >= HELD_N
            if held or self.settings.to not in thing.on:
                self._since_s[index] = None
            elif self._since_s[index] is None or unseen:
                self._since_s[index] = elapsed_s
            if not held and thing.on and not thing.on & {self.settings.to, self.settings.back}:
                self._fallen.add(index)

    def _stayed(self, elapsed_s: float) -> list[float]:
        since = [each for each in self._since_s if each is not None]
        return sorted(each for each in since if elapsed_s - each >= self.settings.stay_s - ROUNDING_S)

    def _end(self, duration_s: float, placed_at_s: Sequence[float]) -> None:
        travel = self._way.travel_rad()
        self.trials.append(
            ClothespinTrial(
                self.settings.pins,
                duration_s,
                tuple(placed_at_s),
                len(self._fallen),
                self._grip_n,
                travel,
                sum(way for name, way in travel.items() if name not in self.meant),
            )
        )
        self._began_s = None
