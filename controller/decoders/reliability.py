"""How likely a decision means what it seems to: what held-out trials say of decisions as clear as this one."""

from dataclasses import dataclass
from math import exp, log

import numpy as np
from numpy.typing import NDArray

# Log odds of a clearness beyond these say nothing more: what is nineteen parts of twenty is as clear as can be.
MOST = 3.0
# The prior on offset and slope, in trials' worth of windows: takes hold where hardly anything was held out.
PRIOR, STEPS = 1.0, 30


@dataclass(frozen=True, slots=True)
class Reliability:
    """The chance that a decision is right is the logistic of `offset` + `slope` times the log odds of its clearness.

    `at_rest`: the chance that rest is right. Without trials to learn from, the chance is the clearness itself.
    """

    offset: float = 0.0
    slope: float = 1.0
    at_rest: float = 1.0

    def chance(self, clearness: float) -> float:
        """Return the calibrated chance, 0..1, of a decision with this clearness [0, 1]."""
        return 1.0 / (1.0 + exp(-(self.offset + self.slope * log_odds(clearness))))


# Nothing is known yet: the clearness is taken for the chance.
AS_CLEAR = Reliability()


def log_odds(share: float) -> float:
    """Return the logarithm of share / (1 - share), within plus and minus `MOST`."""
    if share >= 1.0:
        return MOST
    return min(max(log(share / (1.0 - share)), -MOST), MOST) if share > 0.0 else -MOST


def fit_reliability(
    clearness: NDArray[np.float64], right: NDArray[np.bool_], rest_right: NDArray[np.bool_]
) -> Reliability:
    """Fit to held-out decisions that moved (`clearness` [n], whether `right` [n]) and those for rest [m].

    Logistic regression (Platt 1999) by Newton's steps, drawn a little to "the clearness is the chance"; the slope is
    never below zero. Without decisions of one kind, that part stays as it is.
    """
    at_rest = float((rest_right.sum() + PRIOR) / (len(rest_right) + PRIOR))
    inputs = np.column_stack((np.ones(len(clearness)), [log_odds(share) for share in clearness.tolist()]))
    usual = np.array([0.0, 1.0])
    values = usual.copy()
    for _ in range(STEPS):
        chance = 1.0 / (1.0 + np.exp(-inputs @ values))
        gradient = inputs.T @ (right - chance) - PRIOR * (values - usual)
        curvature = (inputs * (chance * (1.0 - chance))[:, None]).T @ inputs + PRIOR * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        values += step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
    return Reliability(float(values[0]), max(float(values[1]), 0.0), at_rest)
