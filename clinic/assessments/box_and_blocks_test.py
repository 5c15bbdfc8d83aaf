"""Box and blocks: how many blocks go over the partition, one at a time, within 60 s.

Mathiowetz, Volland, Kashman, Weber 1985, Am J Occup Ther 39(6):386-391: 150 cubes of 2.5 cm in one half of a box, a
partition of 15.2 cm; the fingertips have to cross it, and blocks that go together count as one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

from clinic.assessments.assessment import Phase
from clinic.assessments.errors import AssessmentError
from clinic.assessments.parameter import Parameter, told
from clinic.assessments.seen import HELD_N, Point, SeenThing, check_things
from clinic.assessments.trajectory import Trajectory

NAME = "box_and_blocks"
MATHIOWETZ = "Mathiowetz 1985"
# So high above where it lay a block is lifted; less is pushing.
LIFTED_M = 0.02


@dataclass(frozen=True, slots=True)
class BoxAndBlocksSettings:
    """`blocks`: how many there are. `partition_m`: where the partition stands, to the left; blocks go to the left."""

    blocks: int
    time_limit_s: float = 60.0
    partition_m: float = 0.0

    @property
    def parameters(self) -> list[Parameter]:
        """What the test was done with."""
        return [
            told("time", self.time_limit_s, 60.0, "s", MATHIOWETZ),
            told("blocks", self.blocks, 150, "", MATHIOWETZ),
        ]


@dataclass(frozen=True, slots=True)
class BoxAndBlocksTrial:
    """What became of the minute.

    `moved_at_s`: when each block that counts came to lie beyond the partition. `dropped`: blocks that were lifted and
    let go before it. `together`: blocks beyond it that do not count, because another of the same carry does.
    `grip_n`: the most that the hand pressed on a block. `unintended_rad`: way of all joints but the hand's.
    """

    duration_s: float
    moved_at_s: tuple[float, ...]
    dropped: int
    together: int
    grip_n: float
    travel_rad: dict[str, float]
    unintended_rad: float

    @property
    def moved(self) -> int:
        """Blocks that count."""
        return len(self.moved_at_s)


@dataclass(slots=True)
class BoxAndBlocksTest:
    """One trial. `joints`: of the arm; `hand`: the one that grips.

    A block is lifted while the hand presses on it, it touches nothing else, and it is 2 cm above where it lay. Once it
    lies on something without the hand, it has been moved or dropped.
    """

    joints: tuple[str, ...]
    hand: str
    settings: BoxAndBlocksSettings
    trials: list[BoxAndBlocksTrial] = field(default_factory=list)
    _began_s: float | None = None
    _way: Trajectory = field(init=False)
    _lay_m: list[float] = field(init=False)
    _lifted: set[int] = field(init=False)
    _moved_at_s: list[float] = field(init=False)
    _crossed: bool = False
    _credited: bool = False
    _dropped: int = 0
    _together: int = 0
    _grip_n: float = 0.0

    def __post_init__(self) -> None:
        if self.settings.blocks < 1 or not self.settings.time_limit_s > 0.0:
            raise AssessmentError(
                f"a test needs at least one block and more than 0 s, got {self.settings.blocks} and "
                f"{self.settings.time_limit_s:g} s"
            )
        if self.hand not in self.joints:
            raise AssessmentError(f"the hand '{self.hand}' must be one of the joints: {', '.join(self.joints)}")
        self._way = Trajectory(self.joints)
        self._lay_m, self._lifted, self._moved_at_s = [], set(), []

    @property
    def phase(self) -> Phase:
        """Where the test stands."""
        if self._began_s is not None:
            return Phase.RUNNING
        return Phase.FINISHED if self.trials else Phase.READY

    def begin(self, time_s: float) -> None:
        """Start the minute. Raises `AssessmentError` when it has started before."""
        if self._began_s is not None or self.trials:
            raise AssessmentError("this test has one trial, and it has begun")
        if not isfinite(time_s):
            raise AssessmentError(f"a trial begins at a time in s, got {time_s}")
        self._began_s = time_s

    def feed(
        self, time_s: float, position_rad: Mapping[str, float], tips_m: Point, things: Sequence[SeenThing]
    ) -> bool:
        """Take a sample; return whether the time is over. What comes after the limit does not count.

        Raises `AssessmentError` for what is no sample, which is then as if it had not come.
        """
        began_s = self._began_s
        if began_s is None:
            raise AssessmentError("no trial is running: begin one first")
        if time_s < began_s:
            raise AssessmentError(f"a sample must not come before the trial's beginning at {began_s:g} s")
        check_things(things, self.settings.blocks, tips_m)
        self._way.add(time_s, position_rad)
        elapsed_s = time_s - began_s
        if elapsed_s <= self.settings.time_limit_s:
            self._watch(elapsed_s, tips_m, things)
        if elapsed_s < self.settings.time_limit_s:
            return False
        self._end(elapsed_s)
        return True

    def _watch(self, elapsed_s: float, tips_m: Point, things: Sequence[SeenThing]) -> None:
        partition_m = self.settings.partition_m
        if not self._lay_m:
            self._lay_m = [thing.position_m[2] for thing in things]
        if tips_m[1] > partition_m:
            self._crossed = True
        elif self._crossed and not self._lifted:
            self._crossed = self._credited = False  # back for the next one
        for index, thing in enumerate(things):
            self._grip_n = max(self._grip_n, thing.pressed_n)
            _, across_m, height_m = thing.position_m
            held = thing.pressed_n >= HELD_N
            if held and not thing.on and height_m - self._lay_m[index] >= LIFTED_M:
                self._lifted.add(index)
            elif not held and thing.on:
                if index in self._lifted:
                    self._lifted.discard(index)
                    self._landed(elapsed_s, beyond=across_m > partition_m)
                self._lay_m[index] = height_m

    def _landed(self, elapsed_s: float, *, beyond: bool) -> None:
        if not beyond or not self._crossed:
            self._dropped += 1
        elif self._credited:
            self._together += 1
        else:
            self._moved_at_s.append(elapsed_s)
            self._credited = True

    def _end(self, duration_s: float) -> None:
        travel = self._way.travel_rad()
        self.trials.append(
            BoxAndBlocksTrial(
                duration_s,
                tuple(self._moved_at_s),
                self._dropped,
                self._together,
                self._grip_n,
                travel,
                sum(way for name, way in travel.items() if name != self.hand),
            )
        )
        self._began_s = None
