"""A person who wants the arm somewhere and has only muscles to say so: one motion after the other, by sight.

A reach is a series of movements, each planned from what is seen, made, looked at, and corrected by the next (Meyer et
al. 1988, Psychol Rev 95(3):340-370, and the iterative corrections of Crossman & Goodeve discussed there).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from sim.errors import SimError
from sim.wearer.contraction import Contraction
from sim.wearer.in_turn import SWITCH_EFFORT, SWITCH_HOLD_S, JointsInTurn
from sim.wearer.sight import Sight
from sim.wearer.skill import Skill
from sim.wearer.traits import WearerTraits
from sim.wearer.ways import own_motions

# A joint that seems to have gone so far moves; less may be a look's error.
SEEN_MOVING_RAD = 0.03
# Slower than this, the arm stands.
STANDS_RAD_S = 0.05
# A movement that takes so much longer than planned is given up.
PATIENCE = 2.0
PATIENCE_S = 0.7
# An effort that suits somebody who is asked for a motion and not for a posture.
USUAL_EFFORT = 0.6


class _Doing(Enum):
    LOOKING = 0
    CHOOSING = 1
    SWITCHING = 2
    MOVING = 3
    WAITING = 4


@dataclass(slots=True)
class _Movement:
    """One movement of a joint: where it begins, as seen, and what is planned."""

    joint: int
    way: float
    effort: float
    from_rad: list[float]
    to_rad: float
    planned_s: float
    began_s: float = 0.0
    ended_s: float = 0.0
    seen_moving: bool = False
    switched: bool = False


@dataclass(slots=True)
class VirtualWearer:
    """`motions[0]` is `rest`. `speeds`: motion → joint → share of full speed, as `[motions]` of a run's file.

    `joints`: of the arm, in order; those that no motion moves are left alone. Pure and seeded: the same calls give the
    same activations. One motion at a time is meant; what spills is not. `in_turn`: for a decoder with two sites for
    several joints; `speeds` is then of no interest, and the joints are switched by contracting both muscles.
    Raises `SimError` for motions that move no joint.
    """

    motions: tuple[str, ...]
    speeds: Mapping[str, Mapping[str, float]]
    joints: tuple[str, ...]
    traits: WearerTraits = field(default_factory=WearerTraits)
    seed: int = 0
    in_turn: JointsInTurn | None = None
    now_s: float = 0.0
    movements: int = 0
    skill: Skill = field(init=False)
    _generator: np.random.Generator = field(init=False)
    _sight: Sight = field(init=False)
    _muscles: Contraction = field(init=False)
    _motion_for: dict[tuple[int, float], int] = field(init=False)
    _posture_rad: Mapping[str, float] = field(default_factory=dict)
    _within_rad: float = 0.0
    _motion: int = 0
    _doing: _Doing = _Doing.LOOKING
    _movement: _Movement | None = None
    _next_s: float = 0.0

    def __post_init__(self) -> None:
        if len(self.motions) < 2 or self.motions[0] != "rest":
            raise SimError("a wearer needs motions that begin with 'rest' and at least one more")
        if self.in_turn is None:
            self._motion_for = own_motions(self.motions, self.speeds, self.joints)
        else:
            self._motion_for = self.in_turn.shared_motions(self.motions, self.joints)
        if not self._motion_for:
            raise SimError("none of the wearer's motions moves a joint of this arm")
        self._generator = np.random.default_rng([self.seed, 1])
        self._sight = Sight(self.joints, self.traits, self._generator)
        self._muscles = Contraction(len(self.motions), self.traits, self._generator)
        self.skill = Skill(self.traits)

    @property
    def strength(self) -> float:
        """What tiredness has left of the wearer's strength, 0..1; muscles may change their signal with it."""
        return self._muscles.strength

    def want(self, posture_rad: Mapping[str, float], within_rad: float) -> None:
        """Want the joints there, each so near; what is wanted is understood a reaction time later."""
        self._posture_rad, self._within_rad, self._motion = posture_rad, within_rad, 0
        self._begin()

    def want_motion(self, motion: str) -> None:
        """Want to make a motion and keep on making it, whatever the arm does; `rest` is to relax."""
        if motion not in self.motions:
            raise SimError(f"the wearer knows no motion '{motion}'; there are: {', '.join(self.motions)}")
        self._posture_rad, self._motion = {}, self.motions.index(motion)
        self._begin()

    def relax(self) -> None:
        """Want nothing, at once: the trial is over."""
        self._posture_rad, self._motion = {}, 0
        self._muscles.relax()
        self._doing, self._movement = _Doing.LOOKING, None

    def step(self, step_s: float, position_rad: Mapping[str, float]) -> NDArray[np.float64]:
        """Let `step_s` pass with the joints at `position_rad`; return the activation 0..1 of each motion [motions]."""
        self.now_s += step_s
        self._sight.take(self.now_s, position_rad)
        if self.now_s >= self._next_s:
            if self._posture_rad:
                self._reach()
            elif self._motion and self._doing is _Doing.LOOKING:
                self._doing = _Doing.MOVING
                self._muscles.contract(self._motion, USUAL_EFFORT, self.skill.noise)
        return self._muscles.step(step_s)

    def _begin(self) -> None:
        self.skill.trials += 1
        self._muscles.relax()
        self._doing, self._movement = _Doing.LOOKING, None
        self._next_s = self.now_s + self.traits.reaction_s

    def _reach(self) -> None:
        if self._doing is _Doing.LOOKING or self._movement is None:
            self._choose()
        elif self._doing is _Doing.SWITCHING:
            self._muscles.relax()
            let_go_s = 0.0 if self.in_turn is None else self.in_turn.let_go_s
            self._doing, self._next_s = _Doing.CHOOSING, self.now_s + let_go_s
        elif self._doing is _Doing.CHOOSING:
            movement = self._movement
            if self.in_turn is not None and self.in_turn.joint != self.joints[movement.joint]:
                self._switch(self.in_turn)
                movement.switched = True
                return
            movement.began_s = self.now_s
            self._muscles.contract(self._motion_for[movement.joint, movement.way], movement.effort, self.skill.noise)
            self.movements += 1
            self._doing = _Doing.MOVING
        elif self._doing is _Doing.MOVING:
            if self._enough(self._movement):
                self._muscles.relax()
                self._movement.ended_s = self.now_s
                self._doing = _Doing.WAITING
                self._next_s = self.now_s + self.traits.reaction_s + self.skill.lag_s
        elif all(abs(speed) < STANDS_RAD_S for speed in self._sight.speed_rad_s(self.now_s)):
            self._see_what_became(self._movement)

    def _choose(self) -> None:
        """Plan a movement of the joint that is farthest off, or stay where all are near enough."""
        seen = self._sight.seen_rad(self.now_s)
        off = [(self._posture_rad.get(name, at) - at) for name, at in zip(self.joints, seen, strict=True)]
        possible = [index for index, gap in enumerate(off) if (index, 1.0 if gap > 0 else -1.0) in self._motion_for]
        if not possible:
            return
        joint = self._first_of(off, possible)
        distance, way = abs(off[joint]), 1.0 if off[joint] > 0 else -1.0
        if distance <= self.traits.content * self._within_rad:
            return
        traits = self.traits
        share = min(distance / traits.full_effort_rad, 1.0)
        effort = traits.least_effort + share * (traits.most_effort - traits.least_effort)
        timing = 1.0 + traits.timing_noise * self.skill.noise * float(self._generator.standard_normal())
        planned_s = max(self.skill.duration_s(joint, way, distance, effort) * timing, 0.05)
        self._movement = _Movement(joint, way, effort, seen, seen[joint] + off[joint], planned_s)
        self._doing, self._next_s = _Doing.CHOOSING, self.now_s + traits.choice_s

    def _first_of(self, off_rad: Sequence[float], possible: Sequence[int]) -> int:
        """Return the joint to move next: that which is farthest off, or that which takes fewest switches."""
        in_turn, enough_rad = self.in_turn, self.traits.content * self._within_rad
        if in_turn is None or all(abs(off_rad[index]) <= enough_rad for index in possible):
            return max(possible, key=lambda index: abs(off_rad[index]))
        far = [index for index in possible if abs(off_rad[index]) > enough_rad]
        return min(far, key=lambda index: in_turn.switches_to(self.joints[index]))

    def _switch(self, in_turn: JointsInTurn) -> None:
        """Contract both muscles together, to have the next joint; whether it worked shows when a joint moves."""
        pair = [self.motions.index(in_turn.forward), self.motions.index(in_turn.backward)]
        apart_s = self.traits.apart_s * self.skill.noise * float(self._generator.standard_normal())
        first, second = pair if apart_s > 0.0 else reversed(pair)
        self._muscles.contract_both(first, second, SWITCH_EFFORT, self.skill.noise, abs(apart_s))
        in_turn.switched()
        self._doing, self._next_s = _Doing.SWITCHING, self.now_s + SWITCH_HOLD_S

    def _enough(self, movement: _Movement) -> bool:
        """Return whether to stop: by plan until the arm is seen to move, then by sight and foresight."""
        elapsed_s, joint = self.now_s - movement.began_s, movement.joint
        if elapsed_s > PATIENCE * movement.planned_s + PATIENCE_S + self.skill.lag_s:
            return True
        seen, speed = self._sight.seen_rad(self.now_s), self._sight.speed_rad_s(self.now_s)
        gone = [abs(at - start) for at, start in zip(seen, movement.from_rad, strict=True)]
        progress = movement.way * (seen[joint] - movement.from_rad[joint])
        strayed = max((way for index, way in enumerate(gone) if index != joint), default=0.0)
        if strayed > max(2.0 * self._within_rad, progress, 2.0 * SEEN_MOVING_RAD):
            return True
        if progress < SEEN_MOVING_RAD or movement.way * speed[joint] < STANDS_RAD_S:
            return elapsed_s >= movement.planned_s
        if not movement.seen_moving:
            movement.seen_moving = True
            self.skill.followed_after(max(elapsed_s - self.traits.reaction_s, 0.0))
        ahead_rad = speed[joint] * (self.traits.reaction_s + self.skill.lag_s)
        return movement.way * (movement.to_rad - seen[joint] - ahead_rad) <= 0.0

    def _see_what_became(self, movement: _Movement) -> None:
        self._sight.look(self.now_s)
        seen = self._sight.seen_rad(self.now_s)
        went_rad = movement.way * (seen[movement.joint] - movement.from_rad[movement.joint])
        self._doing, self._movement = _Doing.LOOKING, None
        if self.in_turn is not None and not self._joint_was_right(self.in_turn, movement, seen):
            return
        held_s = movement.ended_s - movement.began_s
        self.skill.went(movement.joint, movement.way, movement.effort, held_s, went_rad)

    def _joint_was_right(self, in_turn: JointsInTurn, movement: _Movement, seen_rad: Sequence[float]) -> bool:
        """Return whether the joint that was meant had its turn; a movement of another one teaches nothing else."""
        gone = [abs(at - start) for at, start in zip(seen_rad, movement.from_rad, strict=True)]
        moved = max(range(len(gone)), key=gone.__getitem__)
        if gone[moved] > 2.0 * SEEN_MOVING_RAD:
            in_turn.saw_moving(self.joints[moved])
            return moved == movement.joint
        if movement.switched and not movement.seen_moving:
            in_turn.nothing_moved()
            return False
        return True
