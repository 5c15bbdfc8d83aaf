"""Where the arm is to go, and in which order: drawn from a seed, the same for everybody who takes the test."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import sqrt

import numpy as np

from clinic.assessments.errors import AssessmentError
from controller.arm_config import JointConfig


@dataclass(frozen=True, slots=True)
class Target:
    """A posture. `offset_rad`: joint → how far from the start, only of the joints that are to move."""

    name: str
    posture_rad: dict[str, float]
    offset_rad: dict[str, float]


def start_posture(joints: Sequence[JointConfig]) -> dict[str, float]:
    """Return where every trial begins: each joint at its rest, or in the middle of its range."""
    return {
        joint.name: joint.rest_rad if joint.rest_rad is not None else (joint.min_rad + joint.max_rad) / 2
        for joint in joints
    }


def all_ways(
    joints: Sequence[JointConfig], moved: int, distance_rad: float, room_rad: float = 0.0, *, straight: bool = False
) -> list[Target]:
    """Return each choice of `moved` joints, each both ways, `distance_rad` away from the start.

    `straight`: the whole distance is the straight line in joint space; otherwise each joint goes that far. Ways that
    would end within `room_rad` of an end of a joint's range are left out. Raises `AssessmentError` when none is left.
    """
    if not 1 <= moved <= len(joints):
        raise AssessmentError(f"an arm with {len(joints)} joints can be asked for 1 to {len(joints)}, not {moved}")
    each = distance_rad / sqrt(moved) if straight else distance_rad
    start = start_posture(joints)
    targets = []
    for chosen in combinations(joints, moved):
        for signs in product((1.0, -1.0), repeat=moved):
            offset = {joint.name: sign * each for joint, sign in zip(chosen, signs, strict=True)}
            ends = [(joint, start[joint.name] + offset[joint.name]) for joint in chosen]
            if all(joint.min_rad + room_rad <= end <= joint.max_rad - room_rad for joint, end in ends):
                name = " ".join(f"{joint}{'+' if part > 0 else '-'}" for joint, part in offset.items())
                targets.append(Target(name, start | {joint.name: end for joint, end in ends}, offset))
    if not targets:
        raise AssessmentError(
            f"no joint has room for a target {distance_rad:g} rad from its start: take a shorter distance"
        )
    return targets


def drawn(targets: Sequence[Target], repetitions: int, seed: int) -> list[Target]:
    """Return every target `repetitions` times, each round in an order of its own."""
    if repetitions < 1:
        raise AssessmentError(f"a test needs at least 1 repetition, not {repetitions}")
    generator = np.random.default_rng(seed)
    return [targets[index] for _ in range(repetitions) for index in generator.permutation(len(targets))]
