"""Where the arm was when, and how far it went."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clinic.assessments.errors import AssessmentError


@dataclass(slots=True)
class Trajectory:
    """Joint positions over time. `joints`: their order. Grows by `add`; what it refuses leaves it unchanged."""

    joints: tuple[str, ...]
    _times_s: list[float] = field(default_factory=list)
    _rows: list[tuple[float, ...]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._times_s)

    @property
    def times_s(self) -> NDArray[np.float64]:
        """Times [n]."""
        return np.array(self._times_s)

    @property
    def positions_rad(self) -> NDArray[np.float64]:
        """Positions [n, joints]."""
        return np.array(self._rows).reshape(-1, len(self.joints))

    @property
    def newest_s(self) -> float:
        """Time of the newest sample; -inf before the first."""
        return self._times_s[-1] if self._times_s else -math.inf

    def add(self, time_s: float, position_rad: Mapping[str, float]) -> tuple[float, ...]:
        """Append a sample and return its row. Raises `AssessmentError` for what cannot be one."""
        if not math.isfinite(time_s):
            raise AssessmentError(f"a sample needs a time in s, got {time_s}")
        if not time_s > self.newest_s:
            raise AssessmentError(f"a sample must come after the last one, at {self.newest_s:g} s; got {time_s:g} s")
        missing = [name for name in self.joints if name not in position_rad]
        if missing:
            raise AssessmentError(f"a sample needs every joint of the test; {', '.join(missing)} is missing")
        row = tuple(float(position_rad[name]) for name in self.joints)
        for name, value in zip(self.joints, row, strict=True):
            if not math.isfinite(value):
                raise AssessmentError(f"the position of joint '{name}' must be a finite angle in rad, got {value}")
        self._times_s.append(time_s)
        self._rows.append(row)
        return row

    def path_rad(self) -> float:
        """Length of the way in joint space, in rad: the Euclidean distances between samples, added up."""
        return float(np.sqrt((np.diff(self.positions_rad, axis=0) ** 2).sum(axis=1)).sum())

    def straight_rad(self) -> float:
        """Euclidean distance from the first to the last sample, in rad."""
        return math.dist(self._rows[0], self._rows[-1]) if self._rows else 0.0

    def travel_rad(self) -> dict[str, float]:
        """Way of each joint, both directions added, in rad."""
        travel = np.abs(np.diff(self.positions_rad, axis=0)).sum(axis=0)
        return dict(zip(self.joints, travel.tolist(), strict=True))

    def path_efficiency(self) -> float | None:
        """Straight line over the way really taken, from the first to the last sample; None where nothing moved.

        In [0, 1] by the triangle inequality, because the line ends where the arm did and not in the target's middle.
        """
        path = self.path_rad()
        # Sums of roundings may make the straight way the longer one.
        return min(self.straight_rad() / path, 1.0) if path > 0.0 else None
