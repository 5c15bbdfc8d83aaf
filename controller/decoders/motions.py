"""What the classes of a training mean for the joints of an arm."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Motions:
    """`joints`: of the arm, in its order. `speeds`: class → joint → share of full speed, -1 to 1.

    A class that is not named moves nothing, a joint that is not named does not move.
    """

    joints: tuple[str, ...]
    speeds: Mapping[str, Mapping[str, float]]

    def directions(self, class_names: tuple[str, ...]) -> NDArray[np.float64]:
        """Return [classes, joints]: what each of these classes means for each joint."""
        return np.array([[self.speeds.get(name, {}).get(joint, 0.0) for joint in self.joints] for name in class_names])
