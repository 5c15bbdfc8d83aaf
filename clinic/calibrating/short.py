"""The short calibration of a wearer alone: each motion once, under a minute with all that follows."""

from collections.abc import Sequence
from dataclasses import dataclass

# Prompts alone; scoring, fitting and two seconds of watching fit into what is left of a minute.
WHOLE_S = 42.0
# Of a contraction 0.7 s are left out (people lag the prompt), and half a second of windows is needed at the very least.
LEAST_HOLD_S, MOST_HOLD_S = 1.6, 3.0
# Rest may be shorter: there are many of them.
REST_OF_HOLD = 0.6
LEAST_REST_S = 1.2


@dataclass(frozen=True, slots=True)
class ShortPlan:
    """`whole_s`: of all prompts. `fits`: it is as short as promised; too many motions cannot be."""

    motions: tuple[str, ...]
    hold_s: float
    rest_s: float
    whole_s: float
    fits: bool


def plan_of(motions: Sequence[str]) -> ShortPlan:
    """Return holds as long as time allows."""
    count = max(len(motions), 1)
    hold_s = (WHOLE_S - LEAST_REST_S) / (count * (1.0 + REST_OF_HOLD))
    hold_s = round(min(max(hold_s, LEAST_HOLD_S), MOST_HOLD_S), 1)
    rest_s = round(max(REST_OF_HOLD * hold_s, LEAST_REST_S), 1)
    whole_s = round(count * (hold_s + rest_s) + rest_s, 1)
    return ShortPlan(tuple(motions), hold_s, rest_s, whole_s, whole_s <= WHOLE_S + MOST_HOLD_S)
