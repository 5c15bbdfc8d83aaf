"""From a meant effort to the activation of every motion: imperfect aim, spill, tiredness, slow relaxing."""

from dataclasses import dataclass, field
from math import exp

import numpy as np
from numpy.typing import NDArray

from sim.wearer.traits import WearerTraits

# How fast the effort of one contraction wanders.
WANDER_S = 0.4


@dataclass(slots=True)
class Contraction:
    """Activation 0..1 of each motion. `strength`: what tiredness has left of it, 1 when fresh."""

    motion_count: int
    traits: WearerTraits
    generator: np.random.Generator
    strength: float = 1.0
    _activation: NDArray[np.float64] = field(init=False)
    _aimed: NDArray[np.float64] = field(init=False)
    _held: bool = False
    _since_relaxed_s: float = 0.0
    _wander: float = 0.0
    _later: tuple[int, float, float] | None = None  # a muscle that follows another: which, how much, in how many s

    def __post_init__(self) -> None:
        self._activation = np.zeros(self.motion_count)
        self._aimed = np.zeros(self.motion_count)

    def contract(self, motion: int, effort: float, noise: float) -> None:
        """Mean `motion` with `effort`; `noise` multiplies the usual errors."""
        tired = 1.0 + self.traits.tired_noise * (1.0 - self.strength)
        aimed = effort * (1.0 + self.traits.aim_noise * noise * tired * float(self.generator.standard_normal()))
        self._aimed = np.zeros(self.motion_count)
        # Motion 0 is rest: nothing spills into it.
        other = int(self.generator.integers(1, self.motion_count))
        spilt = self.traits.spill * noise * tired * abs(float(self.generator.standard_normal()))
        self._aimed[other] = effort * spilt
        self._aimed[motion] = min(max(aimed, 0.0), self.strength)
        self._held, self._wander, self._later = True, 0.0, None

    def contract_both(self, first: int, second: int, effort: float, noise: float, apart_s: float) -> None:
        """Mean two motions together; `second` comes `apart_s` later. Each has an error of its own."""
        self.contract(second, effort, noise)
        later = float(self._aimed[second])
        self.contract(first, effort, noise)
        self._later = second, later, apart_s

    def relax(self) -> None:
        """Stop meaning anything; a residue goes slowly."""
        self._later = None
        if self._held:
            self._held, self._since_relaxed_s = False, 0.0

    def step(self, step_s: float) -> NDArray[np.float64]:
        """Let time pass; return the activation [motions], overwritten by the next step."""
        traits = self.traits
        if self._later is not None:
            second, aimed, apart_s = self._later
            self._later = (second, aimed, apart_s - step_s)
            if apart_s <= 0.0:
                self._aimed[second], self._later = aimed, None
        if self._held:
            keep = exp(-step_s / WANDER_S)
            push = float(self.generator.standard_normal()) * traits.wander * (1.0 - keep * keep) ** 0.5
            self._wander = keep * self._wander + push
            wished = self._aimed * (1.0 + self._wander)
        else:
            self._since_relaxed_s += step_s
            wished = self._aimed * (traits.residue * exp(-self._since_relaxed_s / traits.residue_s))
        gap = wished - self._activation
        self._activation += gap * np.where(
            gap > 0.0, 1.0 - exp(-step_s / traits.rise_s), 1.0 - exp(-step_s / traits.fall_s)
        )
        np.clip(self._activation, 0.0, 1.0, out=self._activation)
        effort = float(self._activation.max())
        self.strength += step_s * (
            traits.recovery_per_s * (1.0 - self.strength) - traits.tiring_per_s * effort * self.strength
        )
        return self._activation
