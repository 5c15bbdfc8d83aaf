"""Majority vote over the last decisions. Optional: its delay eats what it gains.

Simon & Hargrove 2011 found no significant gain over no vote (p > 0.6), the velocity ramp beat both; off by default.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class MajorityVote:
    """Most frequent of the last `length` (odd) decisions; of several the one decided last.

    Rest is not voted on: a decision for `rest_index` is rest at once, and what was before counts no more. Memory: the
    decisions since then; `reset` forgets them.
    """

    length: int
    class_count: int
    rest_index: int
    _counts: list[int] = field(init=False)
    _decisions: list[int] = field(init=False)

    def __post_init__(self) -> None:
        if self.length < 1 or self.length % 2 == 0:
            raise ValueError(f"a vote needs an odd number of decisions, got {self.length}")
        self.reset()

    @property
    def delay_decisions(self) -> float:
        """How many decisions later a change between two motions is seen: (length - 1) / 2; times the hop, add it."""
        return (self.length - 1) / 2

    def vote(self, class_index: int) -> int:
        """Count a decision (-1: none) and return the class that the vote is for, -1 while it is for none."""
        if self.length == 1:
            return class_index
        if class_index == self.rest_index:
            self.reset()
            return class_index
        if len(self._decisions) == self.length:
            self._count(self._decisions.pop(0), -1)
        self._decisions.append(class_index)
        self._count(class_index, 1)
        most = max(self._counts)
        if most == 0:
            return -1
        return next(decided for decided in reversed(self._decisions) if decided >= 0 and self._counts[decided] == most)

    def reset(self) -> None:
        """Forget all decisions."""
        self._counts = [0] * self.class_count
        self._decisions = []

    def _count(self, class_index: int, by: int) -> None:
        if class_index >= 0:
            self._counts[class_index] += by
