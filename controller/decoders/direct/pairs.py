"""Direct control, each joint by two muscles of its own: four to six sites after TMR move several joints at once.

Kuiken et al. 2004, Prosthet Orthot Int 28:245-253; Miller et al. 2008, IEEE TNSRE 16(1):46-50. In each pair the first
muscle over its threshold has the joint until it lets go; the other one is not heard meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from controller.decoders.direct.site import Site
from controller.decoders.intent import Intent
from controller.decoders.reliability import AS_CLEAR, Reliability


class PairState(Enum):
    """Who has the joint."""

    REST = 0
    FORWARD = 1
    BACKWARD = 2


class Over(Enum):
    """Which site of a pair is over its threshold."""

    NONE = 0
    FORWARD = 1
    BACKWARD = 2
    BOTH = 3


# First over has it, until it lets go; from one direction to the other only by way of rest. Both out of rest in the same
# hop: nobody was first, so nothing moves until one has let go.
FIRST_OVER: dict[tuple[PairState, Over], PairState] = {
    (PairState.REST, Over.NONE): PairState.REST,
    (PairState.REST, Over.FORWARD): PairState.FORWARD,
    (PairState.REST, Over.BACKWARD): PairState.BACKWARD,
    (PairState.REST, Over.BOTH): PairState.REST,
    (PairState.FORWARD, Over.NONE): PairState.REST,
    (PairState.FORWARD, Over.FORWARD): PairState.FORWARD,
    (PairState.FORWARD, Over.BACKWARD): PairState.REST,
    (PairState.FORWARD, Over.BOTH): PairState.FORWARD,
    (PairState.BACKWARD, Over.NONE): PairState.REST,
    (PairState.BACKWARD, Over.FORWARD): PairState.REST,
    (PairState.BACKWARD, Over.BACKWARD): PairState.BACKWARD,
    (PairState.BACKWARD, Over.BOTH): PairState.BACKWARD,
}


def over(forward: float, backward: float) -> Over:
    """Say which drives are above nothing."""
    if forward > 0.0:
        return Over.BOTH if backward > 0.0 else Over.FORWARD
    return Over.BACKWARD if backward > 0.0 else Over.NONE


def clearness(own: float, other: float) -> float:
    """Return the share of `own` in the pull of both muscles: 1 alone, 0.5 where the other pulls as hard."""
    return own / (own + other) if own > 0.0 else 1.0


@dataclass(frozen=True, slots=True)
class Pair:
    """Two muscles of one joint: `forward` moves it one way, `backward` the other. `joint`: its place in the arm."""

    joint: int
    forward: Site
    backward: Site


@dataclass(slots=True)
class PairedSites:
    """Decoder for as many joints as there are pairs, all at once.

    Memory: `states`, one for each pair; `restart` forgets it. The intent has no class; its confidence is the
    `reliability` of the least clear joint that moves. Raises `ValueError` for two pairs on one joint.
    """

    pairs: Sequence[Pair]
    joint_count: int
    reliability: Reliability = AS_CLEAR
    states: list[PairState] = field(init=False)
    _intent: Intent = field(init=False)

    def __post_init__(self) -> None:
        joints = [pair.joint for pair in self.pairs]
        if len(set(joints)) < len(joints) or not all(0 <= joint < self.joint_count for joint in joints):
            raise ValueError(f"each pair needs a joint of its own within 0..{self.joint_count - 1}, got {joints}")
        self.states = [PairState.REST] * len(self.pairs)
        self._intent = Intent(np.zeros(self.joint_count), np.zeros(0), proportional=True)

    def decode(self, features: NDArray[np.float64]) -> Intent:
        """Decide every joint's speed. `features` [f] as the sites' columns name them."""
        intent, least_clear, moves = self._intent, 1.0, False
        for index, pair in enumerate(self.pairs):
            forward, backward = pair.forward.drive(features), pair.backward.drive(features)
            state = FIRST_OVER[self.states[index], over(forward, backward)]
            self.states[index] = state
            speed = 0.0
            if state is PairState.FORWARD:
                speed, moves = forward, True
                least_clear = min(least_clear, clearness(forward, backward))
            elif state is PairState.BACKWARD:
                speed, moves = -backward, True
                least_clear = min(least_clear, clearness(backward, forward))
            intent.direction[pair.joint] = speed
        intent.confidence = self.reliability.chance(least_clear) if moves else self.reliability.at_rest
        return intent

    def without_channels(self, bad: NDArray[np.bool_]) -> "PairedSites":
        """Return a decoder whose joints with a site marked in `bad` [ch] rest; the others go on as they are."""
        kept = [
            index
            for index, pair in enumerate(self.pairs)
            if not (bad[pair.forward.column] or bad[pair.backward.column])
        ]
        left = PairedSites([self.pairs[index] for index in kept], self.joint_count, self.reliability)
        left.states = [self.states[index] for index in kept]
        return left

    def learn_unlabelled(self, accepted: bool = True) -> None:
        """Learn nothing: this decoder stays as it was fitted."""

    def restart(self) -> None:
        """Nobody has a joint, as after a gap or a stop."""
        self.states = [PairState.REST] * len(self.pairs)

    def reset(self) -> None:
        """Nothing was learnt since the fit."""
