"""Speed in proportion to effort, normalised per class.

After Scheme et al. 2014, IEEE TNSRE 22(1):149-157 (+21 % and +40 % throughput): each class has its own span of
effort. The span runs from the rest level to the effort that was usual for the class in training, so that training
with steady contractions gives a usable span too (theirs needs ramps).
"""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class ProportionalSpeed:
    """`low` [classes]: effort that gives no speed; `high` [classes]: effort that gives full speed; signal's unit."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def factor(self, class_index: int, effort: float) -> float:
        """Return the share of full speed, 0..1, for `effort` (mean absolute value over the channels).

        An effort that is no finite number gives none.
        """
        low, high = float(self.low[class_index]), float(self.high[class_index])
        if not (high > low and low < effort < inf):
            return 0.0
        return min((effort - low) / (high - low), 1.0)
