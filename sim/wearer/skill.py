"""What a wearer comes to know of the arm by using it: how fast, how late, and what is too short to move it."""

from dataclasses import dataclass, field
from math import exp

from sim.wearer.traits import WearerTraits

# Bounds of belief, so that one odd movement teaches nothing absurd.
_SPEED_RAD_S = (0.1, 5.0)
_IDLE_S = (0.0, 0.6)
_LAG_S = (0.0, 1.0)
# A beginner thinks that the arm follows at once, nearly.
_FIRST_LAG_S = 0.05


@dataclass(slots=True)
class Skill:
    """Beliefs per joint and way. A movement of effort e held for T s goes `speed` · e · (T - `idle`).

    `lag_s`: from contracting to the arm's beginning to move, as seen, without the wearer's own reaction. People adapt
    to a delay of what they see: at first they overshoot, with practice less (Beech et al. 2025, J Vis 25(6):8).
    """

    traits: WearerTraits
    lag_s: float = _FIRST_LAG_S
    trials: int = 0
    _speed_rad_s: dict[tuple[int, float], float] = field(default_factory=dict)
    _idle_s: dict[tuple[int, float], float] = field(default_factory=dict)

    @property
    def noise(self) -> float:
        """What practice leaves of a beginner's noise, as a multiple of the usual one."""
        excess = max(self.traits.novice - 1.0, 0.0)
        return 1.0 + excess * exp(-self.trials / self.traits.practice_trials)

    def speed_rad_s(self, joint: int, way: float) -> float:
        """Speed at full effort, as believed."""
        return self._speed_rad_s.get((joint, way), self.traits.speed_guess)

    def duration_s(self, joint: int, way: float, distance_rad: float, effort: float) -> float:
        """How long to contract for a distance."""
        return distance_rad / (self.speed_rad_s(joint, way) * effort) + self._idle_s.get((joint, way), 0.05)

    def went(self, joint: int, way: float, effort: float, held_s: float, distance_rad: float) -> None:
        """Learn from how far a movement really went; `distance_rad` is negative where it went the other way."""
        key = (joint, way)
        speed, idle_s = self.speed_rad_s(joint, way), self._idle_s.get(key, 0.05)
        reach = effort * max(held_s - idle_s, 0.02)
        wrong_rad = distance_rad - speed * reach
        # Normalised, so that long movements teach the speed and short ones what is too short.
        rate = self.traits.learning * wrong_rad
        self._speed_rad_s[key] = _within(speed + rate * reach / (reach * reach + 0.02), _SPEED_RAD_S)
        self._idle_s[key] = _within(idle_s - 0.3 * rate / (speed * effort), _IDLE_S)

    def followed_after(self, lag_s: float) -> None:
        """Learn how late the arm began to move."""
        self.lag_s = _within(self.lag_s + self.traits.learning * (lag_s - self.lag_s), _LAG_S)


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])
