"""Direct control of several joints in turn by one pair of muscles; contracting both together switches the joint.

The usual way with two electrodes, which Hahne et al. 2020 (PMC7318897) compare theirs with.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from controller.decoders.direct.pairs import Over, PairedSites, clearness, over
from controller.decoders.direct.site import Site
from controller.decoders.intent import Decoder, Intent
from controller.decoders.reliability import AS_CLEAR, Reliability


class TwoSiteState(Enum):
    """What the pair of muscles is doing."""

    REST = 0
    WAITING = 1  # one muscle is over its threshold: will the other follow?
    FORWARD = 2
    BACKWARD = 3
    SWITCHED = 4  # both came together: nothing moves until both have let go


_S = TwoSiteState
WHILE_WAITING: dict[tuple[TwoSiteState, Over], TwoSiteState] = {
    (_S.REST, Over.NONE): _S.REST,
    (_S.REST, Over.FORWARD): _S.WAITING,
    (_S.REST, Over.BACKWARD): _S.WAITING,
    (_S.REST, Over.BOTH): _S.SWITCHED,
    (_S.WAITING, Over.NONE): _S.REST,
    (_S.WAITING, Over.FORWARD): _S.WAITING,
    (_S.WAITING, Over.BACKWARD): _S.WAITING,
    (_S.WAITING, Over.BOTH): _S.SWITCHED,
    (_S.FORWARD, Over.NONE): _S.REST,
    (_S.FORWARD, Over.FORWARD): _S.FORWARD,
    (_S.FORWARD, Over.BACKWARD): _S.REST,
    (_S.FORWARD, Over.BOTH): _S.FORWARD,
    (_S.BACKWARD, Over.NONE): _S.REST,
    (_S.BACKWARD, Over.FORWARD): _S.REST,
    (_S.BACKWARD, Over.BACKWARD): _S.BACKWARD,
    (_S.BACKWARD, Over.BOTH): _S.BACKWARD,
    (_S.SWITCHED, Over.NONE): _S.REST,
    (_S.SWITCHED, Over.FORWARD): _S.SWITCHED,
    (_S.SWITCHED, Over.BACKWARD): _S.SWITCHED,
    (_S.SWITCHED, Over.BOTH): _S.SWITCHED,
}
# The waiting is over: who is over its threshold has the joint.
AFTER_WAITING: dict[Over, TwoSiteState] = {
    Over.NONE: _S.REST,
    Over.FORWARD: _S.FORWARD,
    Over.BACKWARD: _S.BACKWARD,
    Over.BOTH: _S.SWITCHED,
}


@dataclass(slots=True)
class TwoSites:
    """Decoder for the joints `joints`, one at a time, in that order and round again.

    `switch_hops`: how long after the first muscle the second may come to count as together (80 to 100 ms). So long
    every movement waits too: add it to the delay that is shown. 0 with a single joint: then nothing waits, and
    muscles that pull together move nothing. Memory: `state`, `active`, `waited`; `restart` forgets all but `active`.
    """

    joints: Sequence[int]
    forward: Site
    backward: Site
    joint_count: int
    switch_hops: int
    reliability: Reliability = AS_CLEAR
    state: TwoSiteState = TwoSiteState.REST
    active: int = 0
    waited: int = 0
    _intent: Intent = field(init=False)

    def __post_init__(self) -> None:
        if not self.joints or not all(0 <= joint < self.joint_count for joint in self.joints):
            raise ValueError(f"joints must lie within 0..{self.joint_count - 1}, got {list(self.joints)}")
        if self.switch_hops < 0 or (self.switch_hops == 0 and len(self.joints) > 1):
            raise ValueError(f"switching {len(self.joints)} joints needs a time to wait, got {self.switch_hops} hops")
        self._intent = Intent(np.zeros(self.joint_count), np.zeros(0), proportional=True)

    @property
    def joint(self) -> int:
        """The joint that the muscles have now."""
        return self.joints[self.active]

    def decode(self, features: NDArray[np.float64]) -> Intent:
        """Decide the active joint's speed; the others rest. `features` [f] as the sites' columns name them."""
        forward, backward = self.forward.drive(features), self.backward.drive(features)
        self._advance(over(forward, backward))
        intent = self._intent
        intent.direction[:] = 0.0
        intent.confidence = self.reliability.at_rest
        if self.state is TwoSiteState.FORWARD:
            intent.direction[self.joint] = forward
            intent.confidence = self.reliability.chance(clearness(forward, backward))
        elif self.state is TwoSiteState.BACKWARD:
            intent.direction[self.joint] = -backward
            intent.confidence = self.reliability.chance(clearness(backward, forward))
        return intent

    def without_channels(self, bad: NDArray[np.bool_]) -> Decoder:
        """Return a decoder at rest where one of the two sites is marked in `bad` [ch]: one muscle cannot turn back."""
        if not (bad[self.forward.column] or bad[self.backward.column]):
            return self
        return PairedSites([], self.joint_count, self.reliability)

    def learn_unlabelled(self, accepted: bool = True) -> None:
        """Learn nothing: this decoder stays as it was fitted."""

    def restart(self) -> None:
        """Rest, as after a gap or a stop. The active joint stays: who did not switch must not find another one."""
        self.state, self.waited = TwoSiteState.REST, 0

    def reset(self) -> None:
        """Begin with the first joint again."""
        self.restart()
        self.active = 0

    def _advance(self, now: Over) -> None:
        before = self.state
        state = WHILE_WAITING[before, now]
        if state is TwoSiteState.WAITING:
            self.waited = self.waited + 1 if before is TwoSiteState.WAITING else 0
            if self.waited >= self.switch_hops:
                state = AFTER_WAITING[now]
        if state is TwoSiteState.SWITCHED and before is not TwoSiteState.SWITCHED:
            self.active = (self.active + 1) % len(self.joints)
        self.state = state
