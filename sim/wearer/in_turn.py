"""Two muscles for several joints, one after the other: what somebody who switches between joints keeps in mind.

For the decoder `direct` with the scheme `two_site` (`controller/decoders/direct/two_sites.py`), which no display of the
active joint goes with: its wearer counts the switches, and finds out by the joint that moves where the count was wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.errors import SimError

# How hard and how long both muscles are contracted together.
SWITCH_EFFORT = 0.7
SWITCH_HOLD_S = 0.25
# A beginner lets go for so long before the next contraction, and for so much longer after one that came too early.
FIRST_LET_GO_S = 0.35
LONGER_S = 0.15
LONGEST_S = 1.0


@dataclass(slots=True)
class JointsInTurn:
    """`forward`, `backward`: the motions whose muscles serve all `joints`, which come in this order and round again.

    The joints are those of the decoder, in its order. `believed`: place in `joints` of the one taken to be active.
    `let_go_s`: how long both muscles are let go after a switch, which is learnt.
    Raises `SimError` where there is nothing to take turns with.
    """

    forward: str
    backward: str
    joints: Sequence[str]
    believed: int = 0
    let_go_s: float = FIRST_LET_GO_S

    def __post_init__(self) -> None:
        if self.forward == self.backward or not self.joints or len(set(self.joints)) < len(self.joints):
            raise SimError(
                f"taking turns needs two different motions and joints that are named once, not '{self.forward}', "
                f"'{self.backward}' and {list(self.joints)}"
            )

    def shared_motions(self, motions: Sequence[str], joints: Sequence[str]) -> dict[tuple[int, float], int]:
        """Return for each of the arm's joints that take turns, and each way, the motion to make.

        Raises `SimError` for a motion or a joint that is not there.
        """
        for name in (self.forward, self.backward):
            if name not in motions[1:]:
                raise SimError(f"the wearer knows no motion '{name}'; there are: {', '.join(motions[1:])}")
        if unknown := set(self.joints) - set(joints):
            raise SimError(f"this arm has no joint {' or '.join(sorted(unknown))} that could take its turn")
        ways = ((1.0, motions.index(self.forward)), (-1.0, motions.index(self.backward)))
        return {(joints.index(joint), way): motion for joint in self.joints for way, motion in ways}

    @property
    def joint(self) -> str:
        """The joint that is believed to be active."""
        return self.joints[self.believed]

    def switches_to(self, joint: str) -> int:
        """Return how many switches it takes from here, as believed."""
        return (self.joints.index(joint) - self.believed) % len(self.joints)

    def switched(self) -> None:
        """Believe that a switch has worked."""
        self.believed = (self.believed + 1) % len(self.joints)

    def saw_moving(self, joint: str) -> None:
        """Believe one's eyes: the joint that moves is the active one."""
        if joint in self.joints:
            self.believed = self.joints.index(joint)

    def nothing_moved(self) -> None:
        """Believe that the contraction after a switch came before both muscles had let go, and wait longer."""
        self.let_go_s = min(self.let_go_s + LONGER_S, LONGEST_S)
