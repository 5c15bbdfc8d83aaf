"""Intervals of 95 % for a share and for a median: how much of a difference could be chance."""

from collections.abc import Sequence
from math import comb, sqrt

# Standard normal, two-sided 95 %.
Z = 1.959963984540054
CONFIDENCE = 0.95


def share_interval(part: int, whole: int) -> tuple[float, float]:
    """Return Wilson's interval (1927, J Am Stat Assoc 22:209-212), which holds for shares of 0 and 1 as well."""
    share = part / whole
    middle = share + Z * Z / (2 * whole)
    half = Z * sqrt(share * (1.0 - share) / whole + Z * Z / (4 * whole * whole))
    below = 1.0 + Z * Z / whole
    # Rounding must not leave the share itself outside, where it is 0 or 1.
    return min(max((middle - half) / below, 0.0), share), max(min((middle + half) / below, 1.0), share)


def median_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the values between which the median lies, whatever the distribution; None where they are too few.

    The order statistics that a fair coin says: of n values, k or fewer lie below the median in sum(comb(n, i)) / 2^n.
    """
    count, sorted_values = len(values), sorted(values)
    below, left_out = 0.0, -1
    for index in range(count):
        below += comb(count, index) / 2**count
        if 2.0 * below > 1.0 - CONFIDENCE:
            break
        left_out = index
    if left_out < 0:
        return None
    return sorted_values[left_out], sorted_values[count - 1 - left_out]
