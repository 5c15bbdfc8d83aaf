"""From intent to wanted speed: rejection, vote, start, ramp, proportional speed, dead-band, gain."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from controller.decoders.intent import Intent
from controller.shaping.dead_band import dead_band
from controller.shaping.joint_ramp import JointRamp
from controller.shaping.majority_vote import MajorityVote
from controller.shaping.proportional_speed import ProportionalSpeed
from controller.shaping.rejection import Rejection
from controller.shaping.slewed import Slewed
from controller.shaping.steady_start import AT_ONCE, StartSettings, SteadyStart
from controller.shaping.velocity_ramp import VelocityRamp


@dataclass(slots=True)
class Shaper:
    """`directions` [classes, joints]: what each class means. `gain`: per joint; `width`: of the dead-band, one number.

    `class_gain`: per class, multiplied with the joints' gains. Speeds that a decoder gives joint by joint have that
    of the one class that moves the joint that way and nothing else, if there is one.
    `start`: per class, `joint_start`: per joint and way, forwards first. `clear`: what makes a decision for a
    class clear; for speeds of joints time and sound alone count, their decoders have a threshold of effort.

    Nothing is wanted of any joint as soon as the newest decision is rest, rejected or none: no vote and no ramp keeps
    the arm moving. A vote, too, moves no joint against what the newest decision means for it.
    """

    rejection: Rejection
    vote: MajorityVote
    ramp: VelocityRamp
    joint_ramp: JointRamp
    speed: ProportionalSpeed
    width: Slewed
    gain: Slewed
    directions: NDArray[np.float64]
    start: SteadyStart
    joint_start: SteadyStart
    clear: StartSettings = AT_ONCE
    class_gain: Slewed = field(init=False)
    _rows: list[list[float]] = field(init=False)
    _class_of_way: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._rows = self.directions.tolist()
        self.class_gain = Slewed([1.0] * len(self._rows), self.gain.decisions, off_at_once=True)
        self._class_of_way = _classes_of_ways(self._rows, len(self.gain.values))

    @property
    def still(self) -> list[float]:
        """Nothing wanted of any joint."""
        return [0.0] * len(self.gain.values)

    def shape(self, intent: Intent, effort: float, like_muscle: bool = True, hops: int = 1) -> list[float]:
        """Return the wanted share of full speed per joint, [-1, 1]; finite whatever comes.

        `like_muscle`: whether the signal sounds like muscle; without that no motion begins. `hops`: how many have come
        since the last decision, this one included.
        """
        like_muscle = like_muscle or not self.clear.like_muscle
        if intent.proportional:
            return self._each_joint(intent, like_muscle, hops)
        newest = self.rejection.accepted(intent)
        voted = self.vote.vote(newest)
        rests = newest < 0 or newest == self.rejection.rest_index
        speed = 0.0 if rests else self.speed.factor(voted, effort)
        clear = voted == newest and like_muscle and self.clear.clear(intent.confidence, speed)
        begun = self.start.only(-1 if rests else voted, clear=clear, hops=hops)
        share = self.ramp.factor(voted if begun else -1)
        if not begun:
            self._settle()
            return self.still
        share *= dead_band(speed, self.width.advance()[0]) * self.class_gain.advance()[voted]
        wanted = _wanted(self._rows[voted], share, self.gain.advance())
        return wanted if voted == newest else _not_against(wanted, self._rows[newest])

    def _each_joint(self, intent: Intent, like_muscle: bool, hops: int) -> list[float]:
        """Shape speeds that the decoder gives: each joint has its own ramp, and rest of a joint is rest at once."""
        speeds: list[float] = intent.direction.tolist()
        decided_rest = 0 <= intent.class_index == self.rejection.rest_index
        # One joint's speed that is no finite number makes all of them doubtful; it shows in their sum.
        moves = any(speeds) and isfinite(sum(speeds)) and not decided_rest and self.rejection.may_move(intent)
        if not moves:
            self._settle()
        gain, width = self.gain.advance(), self.width.advance()[0]
        class_gain = self.class_gain.advance()
        wanted = self.still
        for joint, speed in enumerate(speeds):
            wished = dead_band(speed, width) if moves else 0.0
            start = self.joint_start
            forwards = start.one(2 * joint, wished=wished > 0.0, clear=like_muscle, hops=hops)
            backwards = start.one(2 * joint + 1, wished=wished < 0.0, clear=like_muscle, hops=hops)
            if not forwards and not backwards:
                wished = 0.0
            share = self.joint_ramp.factor(joint, wished)
            meant = self._class_of_way[2 * joint + (wished < 0.0)]
            factor = gain[joint] if meant < 0 else gain[joint] * class_gain[meant]
            wanted[joint] = min(max(wished * share * factor, -1.0), 1.0)
        return wanted

    def tune(
        self,
        gain: Sequence[float],
        thresholds: Sequence[float],
        general_threshold: float,
        ramp_decisions: int,
        width: float,
        votes: int,
        class_gain: Sequence[float] | None = None,
    ) -> None:
        """Take other settings, between two decisions. What would make a motion jump follows within `SLEW_S`.

        `class_gain`: in the order of the classes; None: as before.
        """
        self.gain.aim(gain)
        if class_gain is not None:
            self.class_gain.aim(class_gain)
        self.width.aim((width,))
        self.rejection.thresholds, self.rejection.general = thresholds, general_threshold
        if ramp_decisions != self.ramp.length:
            self.ramp.change_length(ramp_decisions)
            self.joint_ramp.change_length(ramp_decisions)
        if votes != self.vote.length:
            self.vote = MajorityVote(votes, self.vote.class_count, self.vote.rest_index)

    def reset(self) -> None:
        """Forget what was earned: after a gap or a stop, speed is earned anew."""
        self.ramp.reset()
        self.joint_ramp.reset()
        self.start.reset()
        self.joint_start.reset()
        self.vote.reset()
        self._settle()

    def _settle(self) -> None:
        self.gain.settle()
        self.class_gain.settle()
        self.width.settle()


def _classes_of_ways(rows: list[list[float]], joints: int) -> list[int]:
    """Return for each joint and way, forwards first, the one class that means it alone; -1 where none or several do."""
    found: list[list[int]] = [[] for _ in range(2 * joints)]
    for index, row in enumerate(rows):
        moved = [joint for joint, part in enumerate(row) if part != 0.0]
        if len(moved) == 1:
            found[2 * moved[0] + (row[moved[0]] < 0.0)].append(index)
    return [classes[0] if len(classes) == 1 else -1 for classes in found]


def _wanted(direction: list[float], share: float, gain: list[float]) -> list[float]:
    return [min(max(part * share * each, -1.0), 1.0) for part, each in zip(direction, gain, strict=True)]


def _not_against(wanted: list[float], newest: list[float]) -> list[float]:
    return [0.0 if part * meant < 0.0 else part for part, meant in zip(wanted, newest, strict=True)]
