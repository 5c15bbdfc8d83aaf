"""What a wearer sees: the arm as it was a reaction time ago, each joint a little wrong."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sim.wearer.traits import WearerTraits

# Over how long a speed is judged.
SPEED_OVER_S = 0.08


@dataclass(slots=True)
class Sight:
    """Delayed, noisy sight of the joints. The error of a look holds for a glance, then another look is taken."""

    joints: tuple[str, ...]
    traits: WearerTraits
    generator: np.random.Generator
    _past: deque[tuple[float, tuple[float, ...]]] = field(default_factory=deque)
    _error_rad: list[float] = field(init=False)
    _looked_s: float = -1e9

    def __post_init__(self) -> None:
        self._error_rad = [0.0] * len(self.joints)

    def take(self, now_s: float, position_rad: Mapping[str, float]) -> None:
        """Let the arm be there now."""
        self._past.append((now_s, tuple(position_rad[name] for name in self.joints)))
        # One entry from before the speed's span stays.
        while len(self._past) > 1 and self._past[1][0] <= now_s - self.traits.reaction_s - SPEED_OVER_S:
            self._past.popleft()
        if now_s - self._looked_s >= self.traits.glance_s:
            self.look(now_s)

    def look(self, now_s: float) -> None:
        """Look anew."""
        self._looked_s = now_s
        self._error_rad = self.generator.normal(0.0, self.traits.sight_noise_rad, len(self.joints)).tolist()

    def seen_rad(self, now_s: float) -> list[float]:
        """Where the joints seem to be, in their order."""
        return [at + error for at, error in zip(self._at(now_s - self.traits.reaction_s), self._error_rad, strict=True)]

    def speed_rad_s(self, now_s: float) -> list[float]:
        """How fast they seem to go."""
        late_s = now_s - self.traits.reaction_s
        pairs = zip(self._at(late_s), self._at(late_s - SPEED_OVER_S), strict=True)
        return [(after - before) / SPEED_OVER_S for after, before in pairs]

    def _at(self, when_s: float) -> tuple[float, ...]:
        """Return the newest positions that are not newer than `when_s`, or the oldest there are."""
        found = self._past[0][1]
        for stamp_s, row in self._past:
            if stamp_s > when_s + 1e-9:
                break
            found = row
        return found
