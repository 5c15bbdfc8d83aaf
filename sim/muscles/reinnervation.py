"""What comes back after the operation: how strong and how independent each new nerve's muscle is, month by month.

First twitches are expected near 3 months, and the four transhumeral sites are ready for a prosthesis after 4 to 6; then
signals are trained to be found, told apart, held and graded (Sturma et al., JoVE 2021). The curves between are ours.
"""

import math
from dataclasses import dataclass

from sim.errors import SimError
from sim.muscles.preset import Muscle, WearerPreset

# Strength: a twitch at first, 60 % three months later, nearly all after nine.
_FIRST_STRENGTH = 0.05
_STRENGTH_MONTHS = 3.3
# Independence comes with training: at first other muscles answer as well.
_FIRST_INDEPENDENCE = 0.2
_INDEPENDENCE_MONTHS = 4.0
# Of an effort with no independence at all, how much goes to a muscle beside it, and how far "beside" reaches.
_SPILL = 0.6
_REACH_DEG = 70.0
# Motor units are few and large at first.
_FEWEST_UNITS = 0.15


@dataclass(frozen=True, slots=True)
class NerveProgress:
    """How far one nerve has come; all in [0, 1], 1 for a muscle with its own nerve."""

    strength: float
    independence: float
    units: float


def progress(muscle: Muscle, months: float) -> NerveProgress:
    """Return how far the nerve of `muscle` has come so many months after the operation. Raises `SimError`."""
    if not 0.0 <= months < math.inf:
        raise SimError(f"months after the operation are 0 or more, not {months:g}")
    if not muscle.reinnervated:
        return NerveProgress(1.0, 1.0, 1.0)
    since = months - muscle.first_twitch_month
    if since < 0.0:
        return NerveProgress(0.0, 0.0, 0.0)
    strength = 1.0 - (1.0 - _FIRST_STRENGTH) * math.exp(-since / _STRENGTH_MONTHS)
    independence = 1.0 - (1.0 - _FIRST_INDEPENDENCE) * math.exp(-since / _INDEPENDENCE_MONTHS)
    return NerveProgress(strength, independence, _FEWEST_UNITS + (1.0 - _FEWEST_UNITS) * strength)


def at_month(preset: WearerPreset, months: float) -> WearerPreset:
    """Return the wearer as she is so many months after the operation: the preset is how she ends up.

    A muscle whose nerve has not arrived is silent. Effort meant for one that has just come spills over to its
    neighbours. Raises `SimError` for negative months.
    """
    return preset.model_copy(
        update={"muscles": tuple(_at_month(muscle, preset.muscles, months) for muscle in preset.muscles)}
    )


def _at_month(muscle: Muscle, others: tuple[Muscle, ...], months: float) -> Muscle:
    now = progress(muscle, months)
    spill = {
        other.name: share
        for other in others
        if other is not muscle
        and (share := _spilled(muscle.coactivates.get(other.name, 0.0), now, muscle, other)) > 0.0
    }
    return muscle.model_copy(
        update={
            "full_effort_uv": muscle.full_effort_uv * now.strength,
            "motor_units": max(1, round(muscle.motor_units * now.units)),
            "coactivates": spill,
        }
    )


def _spilled(usual: float, now: NerveProgress, muscle: Muscle, other: Muscle) -> float:
    apart_deg = abs((muscle.angle_deg - other.angle_deg + 180.0) % 360.0 - 180.0)
    beside = _SPILL * math.exp(-apart_deg / _REACH_DEG)
    return usual + (1.0 - usual) * (1.0 - now.independence) * beside
