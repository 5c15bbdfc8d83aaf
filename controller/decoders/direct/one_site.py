"""Direct control of one joint by one muscle: a quick strong pull moves one way, a gentle one the other.

Three states from one site, after Dorcas & Scott 1966, Med Biol Eng 4:367-370. The direction is decided once, shortly
after the muscle sets in, and kept until it lets go; then the pull sets the speed.
"""

from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from controller.decoders.direct.pairs import PairedSites
from controller.decoders.direct.site import Site
from controller.decoders.intent import Decoder, Intent
from controller.decoders.reliability import AS_CLEAR, Reliability


class OneSiteState(Enum):
    """What the muscle is doing."""

    REST = 0
    RISING = 1  # over the threshold, the direction not yet decided
    STRONG = 2
    GENTLE = 3


class Pull(Enum):
    """How the muscle pulls in one hop."""

    NONE = 0
    GENTLE = 1
    STRONG = 2


_S = OneSiteState
WHILE_RISING: dict[tuple[OneSiteState, Pull], OneSiteState] = {
    (_S.REST, Pull.NONE): _S.REST,
    (_S.REST, Pull.GENTLE): _S.RISING,
    (_S.REST, Pull.STRONG): _S.STRONG,
    (_S.RISING, Pull.NONE): _S.REST,
    (_S.RISING, Pull.GENTLE): _S.RISING,
    (_S.RISING, Pull.STRONG): _S.STRONG,
    (_S.STRONG, Pull.NONE): _S.REST,
    (_S.STRONG, Pull.GENTLE): _S.STRONG,
    (_S.STRONG, Pull.STRONG): _S.STRONG,
    (_S.GENTLE, Pull.NONE): _S.REST,
    (_S.GENTLE, Pull.GENTLE): _S.GENTLE,
    (_S.GENTLE, Pull.STRONG): _S.GENTLE,
}


@dataclass(slots=True)
class OneSite:
    """Decoder for one joint. A pull that reaches `strong_drive` within `decide_hops` moves forward, else backward.

    The gentle direction waits for `decide_hops` (100 ms and more, the window included): add it to the delay shown.
    Memory: `state`, `waited`; `restart` forgets it.
    """

    joint: int
    site: Site
    joint_count: int
    decide_hops: int
    strong_drive: float = 0.6
    reliability: Reliability = AS_CLEAR
    state: OneSiteState = OneSiteState.REST
    waited: int = 0
    _intent: Intent = field(init=False)

    def __post_init__(self) -> None:
        if not 0 <= self.joint < self.joint_count:
            raise ValueError(f"the joint must lie within 0..{self.joint_count - 1}, got {self.joint}")
        if self.decide_hops < 1 or not 0.0 < self.strong_drive <= 1.0:
            raise ValueError(f"expected a time to decide and a drive in (0, 1], got {self.decide_hops} hops")
        self._intent = Intent(np.zeros(self.joint_count), np.zeros(0), proportional=True)

    def decode(self, features: NDArray[np.float64]) -> Intent:
        """Decide the joint's speed; the others rest."""
        drive = self.site.drive(features)
        pull = Pull.NONE if drive <= 0.0 else Pull.STRONG if drive >= self.strong_drive else Pull.GENTLE
        before = self.state
        state = WHILE_RISING[before, pull]
        if state is OneSiteState.RISING:
            self.waited = self.waited + 1 if before is OneSiteState.RISING else 0
            if self.waited >= self.decide_hops:
                state = OneSiteState.GENTLE
        self.state = state
        sign = {OneSiteState.STRONG: 1.0, OneSiteState.GENTLE: -1.0}.get(state, 0.0)
        self._intent.direction[self.joint] = sign * drive
        self._intent.confidence = self.reliability.chance(1.0) if sign else self.reliability.at_rest
        return self._intent

    def without_channels(self, bad: NDArray[np.bool_]) -> Decoder:
        """Return a decoder at rest where the site is marked in `bad` [ch]."""
        return PairedSites([], self.joint_count, self.reliability) if bad[self.site.column] else self

    def learn_unlabelled(self, accepted: bool = True) -> None:
        """Learn nothing: this decoder stays as it was fitted."""

    def restart(self) -> None:
        """Rest, as after a gap or a stop."""
        self.state, self.waited = OneSiteState.REST, 0

    def reset(self) -> None:
        """Nothing was learnt since the fit."""
