"""One muscle site as a handle: its level, from where it counts to where it is full."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.errors import CalibrationError

# Above 99 % of the rest, and above what the site picks up from other motions most of the time: crosstalk is what makes
# direct control move two joints at once where one was meant.
REST_PERCENTILE, CROSSTALK_PERCENTILE = 99.0, 75.0
# One window of rest in a hundred is louder than that, which at 100 decisions a second is one in each second.
REST_MARGIN = 1.3
# Full speed at the effort that was usual in training, as for class-normalised speed (Scheme et al. 2014).
FULL_PERCENTILE = 80.0
# A site whose full effort is not this many times its threshold cannot be graded by its wearer.
LEAST_SPAN = 1.5


@dataclass(frozen=True, slots=True)
class Site:
    """`column` of the feature vector holds the root of the site's mean absolute value (td4: the channel's number).

    `threshold` and `full`: levels in the signal's unit that give no drive and full drive.
    """

    column: int
    threshold: float
    full: float

    def drive(self, features: NDArray[np.float64]) -> float:
        """Return how hard the wearer pulls here, 0 (at or below the threshold) to 1. What is no number pulls not."""
        level = float(features[self.column]) ** 2
        if not self.threshold < level < math.inf:
            return 0.0
        return min(max((level - self.threshold) / (self.full - self.threshold), 0.0), 1.0)


def fit_site(
    column: int,
    rest: NDArray[np.float64],
    own: NDArray[np.float64],
    others: NDArray[np.float64],
    name: str,
) -> Site:
    """Set a site's span from its levels [n] at rest, in its own motion, and in the motions of the other sites.

    Percentiles, so that a bad trial decides little. Raises `CalibrationError` with a sentence for the wearer.
    """
    if len(rest) == 0 or len(own) == 0:
        raise CalibrationError(f"site '{name}' has no level at rest or in its own motion; record both")
    threshold = REST_MARGIN * float(np.percentile(rest, REST_PERCENTILE))
    full = float(np.percentile(own, FULL_PERCENTILE))
    if not full > LEAST_SPAN * threshold:
        raise CalibrationError(
            f"site '{name}': its motion reaches {full:.3g} and rest alone {threshold:.3g}; "
            "contract a little harder, rest more quietly, or move the electrode over the muscle"
        )
    crosstalk = float(np.percentile(others, CROSSTALK_PERCENTILE)) if len(others) else 0.0
    if not full > LEAST_SPAN * crosstalk:
        raise CalibrationError(
            f"site '{name}': its own motion reaches {full:.3g} and other motions {crosstalk:.3g}; "
            "move the electrode, or practise to contract this muscle alone"
        )
    return Site(column, max(threshold, crosstalk), full)
