"""What stands between muscles and the governor, as the closed loop sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Interpreted:
    """`wanted`: share of full speed per joint, after shaping; `decided`: the class, None for none or a rejected one."""

    wanted: Sequence[float]
    healthy: bool
    decided: str | None


class Interpreter(Protocol):
    """Turns the activation of motions into a wish, once per hop of `hop_s`."""

    @property
    def hop_s(self) -> float:
        """Time between two decisions."""
        ...

    def interpret(self, activation: NDArray[np.float64]) -> Interpreted:
        """Take the activation [motions] of one hop, and decide."""
        ...
