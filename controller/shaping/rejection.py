"""Rather do nothing than the wrong thing: decisions below their class's confidence move nothing.

Thresholds of 0.60-0.75 on a calibrated confidence gave the best throughput (Robertson et al., IEEE JBHI 2019). A class
whose mistakes are worse, or more frequent, gets a higher one (Scheme, Hudgins, Englehart 2013, IEEE TBME 60:1563-1570).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from controller.decoders.intent import Intent


def accepts(confidence: float, threshold: float) -> bool:
    """Return whether a decision of this confidence may move the arm. A confidence that is no number may not."""
    return threshold <= confidence < inf


@dataclass(slots=True)
class Rejection:
    """`thresholds` [classes]: the least confidence that may move the arm; replaced only between two decisions.

    `rest_index`: -1 for a model without such a class. `general`: the threshold of decisions that are not for one class.
    `farthest`: what is more unlike all training than this moves nothing, however sure: of several wrong classes one is
    always the likeliest.
    """

    thresholds: Sequence[float]
    rest_index: int
    general: float
    farthest: float = inf

    def may_move(self, intent: Intent) -> bool:
        """Return whether an intent that is not for one class, but for speeds of joints, may move the arm."""
        return accepts(intent.confidence, self.general) and intent.unlikeness <= self.farthest

    def accepted(self, intent: Intent) -> int:
        """Return the decided class, or -1 where it is rejected or there is none. Rest wins at once, however unsure."""
        decided = intent.class_index
        known = self.sure(intent) and intent.unlikeness <= self.farthest
        return decided if known or decided == self.rest_index else -1

    def sure(self, intent: Intent) -> bool:
        """Return whether the decision is sure enough to be learnt from: rest, too, needs its threshold for that."""
        decided = intent.class_index
        return 0 <= decided < len(self.thresholds) and accepts(intent.confidence, self.thresholds[decided])
