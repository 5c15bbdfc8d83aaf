"""How much too sure log likelihoods are: one number, found on trials that the model has not seen.

Windows overlap and tails are not normal, so likelihoods multiply evidence that is not independent. Divided by the
temperature that makes held-out labels likeliest, probabilities mean what they say (Guo et al. 2017, ICML 70:1321-1330).
"""

from math import exp, log

import numpy as np
from numpy.typing import NDArray

# What nine people's trials gave, and by what factor it varied. A few trials without an error would say 0: never unsure.
USUAL = 2.5
USUAL_FACTOR = 1.6
# Log of the temperatures among which the best is sought, and steps of the golden section: right to 1e-4.
SEARCHED = (-1.0, 4.0)
STEPS = 24
_GOLDEN = (5.0**0.5 - 1.0) / 2.0


def best_temperature(log_likelihood: NDArray[np.float64], labels: NDArray[np.int64], trials: int) -> float:
    """Return the likeliest temperature for `labels` [n] under log likelihoods [n, classes], from so many `trials`.

    A trial counts as one observation, for its windows succeed or fail together; the usual temperature is the prior.
    """
    low, high = SEARCHED
    for _ in range(STEPS):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if _cost(log_likelihood, labels, trials, left) < _cost(log_likelihood, labels, trials, right):
            high = right
        else:
            low = left
    return exp((low + high) / 2.0)


def _cost(log_likelihood: NDArray[np.float64], labels: NDArray[np.int64], trials: int, log_temperature: float) -> float:
    scaled = log_likelihood / exp(log_temperature)
    largest = scaled.max(axis=1)
    total = largest + np.log(np.exp(scaled - largest[:, None]).sum(axis=1))
    surprise = float(np.mean(total - scaled[np.arange(len(labels)), labels])) if len(labels) else 0.0
    unusual = (log_temperature - log(USUAL)) / log(USUAL_FACTOR)
    return trials * surprise + 0.5 * unusual**2
