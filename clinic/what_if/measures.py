"""What two profiles make of the same excerpt, in figures that a person can weigh."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clinic.what_if.decided import Decided
from clinic.what_if.moved import Moved
from controller.safety.limits import JointLimits

# A decision for a motion that does not last so long is no movement; pauses up to this are part of one.
SHORTEST_S = 0.1
# Of the joint's fastest: above this it moves at full speed.
FULL_SHARE = 0.99


@dataclass(frozen=True, slots=True)
class Movement:
    """Decided for in rows `first` to `end`: a class, or a way of `joint` where a decoder decides for joints."""

    first: int
    end: int
    class_index: int
    joint: int = -1
    way: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one profile. `false_count`, `false_s`: movements that began at rest, and how long the arm then moved at rest.

    `at_rest` is where the median effort of the second around is no higher than the rest level of the calibration: a
    twitch, a noise, or a wanted contraction shorter than half a second. `full_speed_s` per joint. `rejected_share` of
    the decisions for a motion. `onset_ms`: median of the movements that moved the arm; `unmoved`: those that did not.
    """

    moving_s: float
    engaged_s: float
    false_count: int
    false_s: float
    full_speed_s: tuple[float, ...]
    rejected_share: float
    onset_ms: float | None
    unmoved: int


def movements(decided: Decided, counted: NDArray[np.bool_]) -> list[Movement]:
    """Return what was decided to move, in the order of its beginning; of what began while `counted` [n]."""
    shortest = round(SHORTEST_S / decided.hop_s)
    found: list[Movement] = []
    by_joint = decided.proportional & decided.ready
    by_class = decided.ready & ~decided.proportional & np.any(decided.direction != 0.0, axis=1)
    for index in np.unique(decided.class_index[by_class]).tolist():
        if index >= 0:
            rows = by_class & (decided.class_index == index)
            found += [Movement(first, end, index) for first, end in _spans(rows, shortest)]
    for joint in range(decided.direction.shape[1]):
        for way in (1, -1):
            rows = by_joint & (np.sign(decided.direction[:, joint]) == way)
            found += [Movement(first, end, -1, joint, way) for first, end in _spans(rows, shortest)]
    return sorted((one for one in found if counted[one.first]), key=lambda one: one.first)


def onset_ms(movement: Movement, decided: Decided, moved: Moved) -> float | None:
    """Return how long after its first decision the arm moves that way; None where it does not."""
    direction = decided.direction[movement.first]
    if movement.joint >= 0:
        direction = np.zeros_like(direction)
        direction[movement.joint] = movement.way
    velocity = moved.velocity[movement.first : movement.end]
    rows = np.flatnonzero(np.any(velocity * direction > 0.0, axis=1))
    if len(rows) == 0:
        return None
    return round(float(decided.t_s[movement.first + rows[0]] - decided.t_s[movement.first]) * 1e3, 3)


def figures(
    decided: Decided,
    moved: Moved,
    limits: tuple[JointLimits, ...],
    began: list[Movement],
    counted: NDArray[np.bool_],
) -> Figures:
    """Return the figures of one profile over the rows that are `counted` [n]."""
    hop_s, moving = decided.hop_s, moved.moving
    runs = false_movements(decided, moved, counted)
    fastest = FULL_SHARE * np.array([joint.max_speed_rad_s for joint in limits])
    full = (np.abs(moved.velocity) >= fastest) & counted[:, None]
    delays = [onset_ms(one, decided, moved) for one in began]
    some = [delay for delay in delays if delay is not None]
    meant = counted & decided.ready & np.any(decided.direction != 0.0, axis=1)
    return Figures(
        moving_s=round(float(np.count_nonzero(moving & counted)) * hop_s, 3),
        engaged_s=round(float(np.count_nonzero(moved.engaged & counted)) * hop_s, 3),
        false_count=len(runs),
        false_s=round(sum(int(np.count_nonzero(decided.at_rest[first:end])) for first, end in runs) * hop_s, 3),
        full_speed_s=tuple((np.count_nonzero(full, axis=0) * hop_s).round(3).tolist()),
        rejected_share=round(float(np.count_nonzero(moved.rejected & meant)) / max(int(np.count_nonzero(meant)), 1), 6),
        onset_ms=round(float(np.median(some)), 3) if some else None,
        unmoved=len(delays) - len(some),
    )


def false_movements(decided: Decided, moved: Moved, counted: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return first row and end of each time that the arm moved and the wearer had been at rest when it began."""
    return [(first, end) for first, end in _runs(moved.moving) if decided.at_rest[first] and counted[first]]


def _runs(rows: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield first and end of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], rows, [False])).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _spans(rows: NDArray[np.bool_], shortest: int) -> list[tuple[int, int]]:
    """Return runs of True, joined over pauses up to `shortest`; of those, the ones that are at least so long."""
    joined: list[tuple[int, int]] = []
    for first, end in _runs(rows):
        if joined and first - joined[-1][1] <= shortest:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((first, end))
    return [(first, end) for first, end in joined if end - first >= shortest]
