"""Settings that people change in motion: the value in force follows in small steps, so that the speed does not jump."""

from collections.abc import Iterable
from dataclasses import dataclass, field

# Long enough not to be felt as a jerk, short enough to be seen as the answer to a hand on a slider.
SLEW_S = 0.3


@dataclass(slots=True)
class Slewed:
    """`values`: what is in force. Every change takes `decisions` decisions, in equal steps.

    `off_at_once`: zero is in force with the next decision, for gains: what is switched off moves no more.
    """

    values: list[float]
    decisions: int
    off_at_once: bool = False
    _targets: list[float] = field(init=False)
    _steps: list[float] = field(init=False)
    _left: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._targets = list(self.values)
        self._steps = [0.0] * len(self.values)

    def aim(self, targets: Iterable[float]) -> None:
        """Begin to go to `targets`, from what is in force now."""
        for index, target in enumerate(targets):
            self._targets[index] = target
            if self.off_at_once and target == 0.0:
                self.values[index] = 0.0
            self._steps[index] = (target - self.values[index]) / self.decisions
        self._left = self.decisions

    def advance(self) -> list[float]:
        """Go one decision further; return what is in force, overwritten by the next."""
        if self._left:
            if self._left == 1:
                self.settle()
            else:
                self._left -= 1
                for index, step in enumerate(self._steps):
                    self.values[index] += step
        return self.values

    def settle(self) -> None:
        """Be there at once: for when nothing moves, and so nothing can jump."""
        if self._left:
            self._left = 0
            self.values[:] = self._targets
