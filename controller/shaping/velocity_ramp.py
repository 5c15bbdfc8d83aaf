"""Velocity ramp: a class earns its speed by being decided again and again, so that a stray decision hardly moves.

Simon, Hargrove, Lock, Kuiken 2011, IEEE TBME 58(8):2360-2368: a counter per class goes up with each decision for
it and down with each other one; the speed is multiplied by counter / length.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class VelocityRamp:
    """`length`: decisions until full speed; `down`: how fast a class that is not decided loses what it earned."""

    class_count: int
    length: int
    down: int = 2
    _counters: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._counters = [0] * self.class_count

    def factor(self, class_index: int) -> float:
        """Count a decision for `class_index` (-1: none); return its share of full speed, 0..1."""
        counters = self._counters
        for index, count in enumerate(counters):
            if index == class_index:
                counters[index] = min(count + 1, self.length)
            elif count:
                counters[index] = max(count - self.down, 0)
        return counters[class_index] / self.length if class_index >= 0 else 0.0

    def change_length(self, length: int) -> None:
        """Take another length; each class keeps the share of full speed that it has earned, so that nothing jumps."""
        self._counters = [count * length // self.length for count in self._counters]
        self.length = length

    def reset(self) -> None:
        """Let every class start from nothing."""
        self._counters = [0] * self.class_count


def ramp_decisions(ramp_ms: float, hop_s: float) -> int:
    """Return how many decisions make `ramp_ms`; at least one, which is no ramp."""
    return max(round(ramp_ms / 1e3 / hop_s), 1)
