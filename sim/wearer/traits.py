"""What makes one virtual wearer unlike another. Where no source is named, the number is an assumption of this model."""

from dataclasses import dataclass, fields, replace

import numpy as np

from sim.errors import SimError


@dataclass(frozen=True, slots=True)
class WearerTraits:
    """Seconds, radians, and shares.

    `reaction_s`: from seeing to doing. `sight_noise_rad`: error of each look at a joint. `glance_s`: how long a look
    holds. `choice_s`: to choose the next motion. `content`: share of the tolerance that is good enough to stay at.

    `aim_noise`: standard deviation of a contraction's effort, as a share of it: noise grows with the command (Harris &
    Wolpert 1998, Nature 394:780-784). `wander`: the same within a contraction. `timing_noise`: of planned durations.
    `spill`: activation of one other motion, share of the effort. `least_effort`, `most_effort`: what is used of 0..1;
    `full_effort_rad`: the distance from which it is the most. `apart_s`: standard deviation of the time between two
    muscles that are to contract together.

    `rise_s`, `fall_s`: time constants of the activation. `residue`: share of the effort that is left at first after
    relaxing; `residue_s`: how slowly that goes.

    `novice`: the same noises before any practice, as a multiple; `practice_trials`: trials in which the excess falls
    to 1/e. `speed_guess`: rad/s at full effort that a beginner believes in. `learning`: share of each error that is
    learnt from.

    `tiring_per_s`: share of the strength that a second at full effort takes; `recovery_per_s`: share of what is missing
    that a second gives back. `tired_noise`: how much noisier nothing but tiredness makes.
    """

    reaction_s: float = 0.2
    sight_noise_rad: float = 0.015
    glance_s: float = 0.3
    choice_s: float = 0.1
    content: float = 0.6
    aim_noise: float = 0.15
    wander: float = 0.05
    timing_noise: float = 0.08
    spill: float = 0.08
    least_effort: float = 0.35
    most_effort: float = 0.8
    full_effort_rad: float = 0.5
    apart_s: float = 0.04
    rise_s: float = 0.05
    fall_s: float = 0.06
    residue: float = 0.08
    residue_s: float = 0.3
    novice: float = 1.8
    practice_trials: float = 10.0
    speed_guess: float = 1.0
    learning: float = 0.3
    tiring_per_s: float = 0.002
    recovery_per_s: float = 0.003
    tired_noise: float = 1.0

    def __post_init__(self) -> None:
        for trait in fields(self):
            value = getattr(self, trait.name)
            if not 0.0 <= value < float("inf"):
                raise SimError(f"the wearer's '{trait.name}' must be 0 or more and finite, got {value}")
        if not 0.0 < self.least_effort <= self.most_effort <= 1.0:
            raise SimError(
                f"efforts must keep 0 < least <= most <= 1, got {self.least_effort:g} and {self.most_effort:g}"
            )
        for name in ("reaction_s", "glance_s", "full_effort_rad", "rise_s", "fall_s", "residue_s", "practice_trials"):
            if getattr(self, name) == 0.0:
                raise SimError(f"the wearer's '{name}' must be above 0")


def somebody(seed: int, usual: WearerTraits | None = None) -> WearerTraits:
    """Return one person of many: reaction 150 to 250 ms; sight, aim and beliefs a third better or worse than usual."""
    usual = WearerTraits() if usual is None else usual
    generator = np.random.default_rng([seed, 0])
    spread = generator.uniform(2 / 3, 4 / 3, 5).tolist()
    return replace(
        usual,
        reaction_s=float(generator.uniform(0.15, 0.25)),
        sight_noise_rad=usual.sight_noise_rad * spread[0],
        aim_noise=usual.aim_noise * spread[1],
        spill=usual.spill * spread[2],
        speed_guess=usual.speed_guess * spread[3],
        residue=usual.residue * spread[4],
    )
