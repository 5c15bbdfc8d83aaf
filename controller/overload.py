"""When decisions take longer than the samples they rest on: decide less often, say so, then hold."""

from dataclasses import dataclass, field
from enum import StrEnum

# A decision that was late once was interrupted; ten in a row, 100 ms at a hop of 10 ms, are a computer too slow.
LATE_IN_A_ROW = 10
# To decide more often again is tried rarely: 200 decisions are 2 to 8 s at a hop of 10 ms.
EASY_ENOUGH = 200
# A decision that was not easy takes so many back: on a busy machine one in a hundred is interrupted for some ms, and a
# count that began anew with each would never come to its end. With one in twenty it stays where it is.
HARD_TAKES = 20
# ... and only when a decision would take at most half of the time it then gets.
EASY_SHARE = 0.5
# Every hop, every second, every fourth.
STRIDES = (1, 2, 4)


class Pace(StrEnum):
    """What changed with a decision."""

    SLOWER = "slower"
    HOLDS = "holds"
    RESUMES = "resumes"
    FASTER = "faster"


@dataclass(slots=True)
class Overload:
    """Follows how long the work of a decision takes, in the time of the samples it is for. Pure.

    `hop_ns`: length of a hop. `longest_ns`: no decision rests on samples further apart than that, so that the input
    never seems old for our own slowness. `stride`: every so many hops there is a decision. `holds`: even the longest
    stride is too short, and no decision may move anything.
    """

    hop_ns: int
    longest_ns: int
    holds: bool = False
    _strides: tuple[int, ...] = field(init=False)
    _level: int = 0
    _hops: int = 0
    _work_ns: int = 0
    _late: int = 0
    _easy: int = 0

    def __post_init__(self) -> None:
        self._strides = tuple(stride for stride in STRIDES if stride == 1 or stride * self.hop_ns <= self.longest_ns)

    @property
    def stride(self) -> int:
        """Every so many hops there is a decision."""
        return self._strides[self._level]

    @property
    def words(self) -> str:
        """The pace in words for people."""
        if self.holds:
            return "too slow: decisions take longer than the time there is for them; nothing moves until they do not"
        if self.stride > 1:
            return f"too slow to decide at every hop: decides at every {'second' if self.stride == 2 else 'fourth'} one"
        return "decides at every hop"

    def due(self) -> bool:
        """Count a hop that has come; return whether its decision is due."""
        self._hops += 1
        return self._hops >= self.stride

    def worked(self, work_ns: int) -> None:
        """Count the time that was spent on hops without a decision."""
        self._work_ns += work_ns

    def decided(self, work_ns: int) -> Pace | None:
        """Count the time until a decision was out and done with; return what changes by it, if anything."""
        work_ns += self._work_ns
        self._work_ns = self._hops = 0
        # Not the time of all hops that came together: who is too slow finds several each time, and would seem quick.
        allowed_ns = self.stride * self.hop_ns
        self._late = self._late + 1 if work_ns > allowed_ns else 0
        easy = work_ns <= self._easy_ns(allowed_ns)
        self._easy = self._easy + 1 if easy else max(self._easy - HARD_TAKES, 0)
        if self._late >= LATE_IN_A_ROW:
            return self._step_down()
        if self._easy >= EASY_ENOUGH:
            return self._step_up()
        return None

    def restart(self) -> None:
        """Begin a new stream: what was counted belongs to the old one, what was learnt of our speed stays."""
        self._work_ns = self._hops = self._late = self._easy = 0

    def _easy_ns(self, allowed_ns: int) -> float:
        """Return the work that would leave room at the pace that comes next."""
        if self.holds or self._level == 0:
            return EASY_SHARE * allowed_ns
        return EASY_SHARE * allowed_ns * self._strides[self._level - 1] / self.stride

    def _step_down(self) -> Pace | None:
        self._late = self._easy = 0
        if self._level + 1 < len(self._strides):
            self._level += 1
            return Pace.SLOWER
        if self.holds:
            return None
        self.holds = True
        return Pace.HOLDS

    def _step_up(self) -> Pace | None:
        self._late = self._easy = 0
        if self.holds:
            self.holds = False
            return Pace.RESUMES
        if self._level == 0:
            return None
        self._level -= 1
        return Pace.FASTER
