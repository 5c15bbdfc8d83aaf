"""A motion begins when it is clear and lasts; it goes on with less. So noise, and a twitch at rest, move nothing.

Two thresholds, the higher one to begin (as in the detection of contractions: Hodges & Bui 1996, Electroencephalogr Clin
Neurophysiol 101:511-519, who ask for 10 to 50 ms above a level). Figures: docs/decisions/0021.
"""

from dataclasses import dataclass, field
from math import inf

# A computer in need decides on every second hop or fewer. What lies between two decisions for the same way counts with
# the later one, up to so many hops; after a longer silence nobody knows what was meant meanwhile.
MOST_HOPS = 5
# What a motion has earned beyond its beginning lets it go on through decisions for something else; after a second
# or so of motion ten of them.
MOST_TIMES = 3


@dataclass(frozen=True, slots=True)
class StartSettings:
    """What a motion takes to begin: for how long it must be decided, and what makes a decision clear.

    `threshold`: least confidence; `effort`: least share of full speed that the effort gives; `like_muscle`: whether it
    must sound like muscle (`emg.muscle_sound`). `rejected`: how unlike training a motion may be, begun or not
    (`Intent.unlikeness`).
    """

    start_ms: float = 0.0
    threshold: float = 0.0
    effort: float = 0.0
    like_muscle: bool = False
    rejected: float = inf

    def clear(self, confidence: float, speed: float) -> bool:
        """Return whether a decision is sure and strong enough to count towards a beginning."""
        return confidence >= self.threshold and speed >= self.effort


AT_ONCE = StartSettings()


@dataclass(slots=True)
class SteadyStart:
    """Counts hops per way of moving: up for each that was decided for it, `down` for each other one.

    `length`: a way that has earned more than these has begun. Until then only clear decisions count. 0: at once.
    `hops`: how many have passed since the last decision; they count against every other way, and for this one if the
    last decision was for it too.
    """

    way_count: int
    length: int
    down: int = 2
    _earned: list[int] = field(init=False)
    _counted: list[bool] = field(init=False)

    def __post_init__(self) -> None:
        self.reset()

    def only(self, way: int, *, clear: bool, hops: int = 1) -> bool:
        """Count a decision for one of the ways (-1: none) and against all others; return whether it has begun."""
        for other in range(self.way_count):
            if other != way:
                self.one(other, wished=False, clear=False, hops=hops)
        return way >= 0 and self.one(way, wished=True, clear=clear, hops=hops)

    def one(self, way: int, *, wished: bool, clear: bool, hops: int = 1) -> bool:
        """Count a decision for or against one way, whatever the others do; return whether it has begun."""
        if self.length == 0:
            return wished
        earned = self._earned[way]
        counts = wished and (clear or earned > self.length)
        if counts:
            more = min(hops, MOST_HOPS) if self._counted[way] else 1
            self._earned[way] = earned = min(earned + more, MOST_TIMES * self.length)
        elif earned:
            self._earned[way] = earned = max(earned - self.down * hops, 0)
        self._counted[way] = counts
        return wished and earned > self.length

    def reset(self) -> None:
        """Let every way begin anew."""
        self._earned = [0] * self.way_count
        self._counted = [False] * self.way_count
