"""What carries the socket: the wearer's shoulder and trunk, as a point that goes where it is wished.

An assumption, not a body: there are no shoulder joints, and the socket does not turn while it is carried. Below
`PUSHES_N` nothing stops it; people do not drive a hand harder into a table, and so it gives way above. What is carried
feels the carrier's velocity, and things in the hand its acceleration.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# In m/s and m/s²; assumed. A way of 30 cm takes 0.8 s.
SPEED_M_S, ACCELERATION_M_S2 = 0.5, 2.5
# With what it pushes at most, in N, and how fast it gives way to more, in m/s per N; assumed.
PUSHES_N, GIVES_WAY_M_S_N = 15.0, 0.002


@dataclass(slots=True)
class Carrier:
    """Where the socket is, from where it began, in m. Straight lines, speeding up and slowing down evenly."""

    position_m: NDArray[np.float64]
    velocity_m_s: NDArray[np.float64]
    goal_m: NDArray[np.float64]

    @classmethod
    def at_rest(cls) -> "Carrier":
        """Return one that stands where it begins."""
        return cls(np.zeros(3), np.zeros(3), np.zeros(3))

    def step(self, step_s: float, pressed_n: NDArray[np.float64]) -> None:
        """Let `step_s` pass on the way to the goal. `pressed_n`: with what the arm is pushed forward, left and up."""
        way = self.goal_m - self.position_m
        distance = float(np.linalg.norm(way))
        # The speed from which it can still stop at the goal, with the step that it takes to notice.
        slack = ACCELERATION_M_S2 * step_s / 2
        most = min(SPEED_M_S, float(np.sqrt(slack**2 + 2 * ACCELERATION_M_S2 * distance)) - slack, distance / step_s)
        wished = way * (most / distance) if distance > 0.0 else np.zeros(3)
        change = wished - self.velocity_m_s
        size, largest = float(np.linalg.norm(change)), ACCELERATION_M_S2 * step_s
        # Slowing down may take a rounding more than speeding up.
        if size > 1.5 * largest:
            change *= 1.5 * largest / size
        self.velocity_m_s = self.velocity_m_s + change
        force_n = float(np.linalg.norm(pressed_n))
        if force_n > PUSHES_N:
            away = pressed_n / force_n
            against = min(float(self.velocity_m_s @ away), 0.0)
            gives_way = min(GIVES_WAY_M_S_N * (force_n - PUSHES_N), SPEED_M_S)
            self.velocity_m_s = self.velocity_m_s + (gives_way - against) * away
        self.position_m = self.position_m + self.velocity_m_s * step_s
