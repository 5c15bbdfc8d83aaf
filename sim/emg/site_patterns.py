"""Which sites each motion drives: smooth bumps around the limb, antagonists opposite each other."""

import numpy as np
from numpy.typing import NDArray

# von Mises concentration: a neighbour 45 degrees away gets 0.4 of the peak and one 90 degrees away 0.05, the overlap
# of a surface armband.
_CONCENTRATION = 3.0
# Co-contraction: every motion drives a second place a little, which keeps motions apart where few channels sample them.
_SECOND_BUMP = 0.25


def site_patterns(motion_count: int, channel_count: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """Return [motions, channels] in 0..1, the largest entry of each motion 1; motion 0 is rest and drives nothing.

    Channels sit evenly around the limb. Motions 1 and 2, 3 and 4 and so on are taken for antagonists.
    """
    patterns = np.zeros((motion_count, channel_count))
    channel_angles = 2 * np.pi * np.arange(channel_count) / channel_count
    pair_count = motion_count // 2  # rest needs no place
    for motion in range(1, motion_count):
        pair, side = divmod(motion - 1, 2)
        centre = np.pi * (pair / max(pair_count, 1) + side) + generator.normal(0, 0.08)
        second = centre + generator.uniform(0.4 * np.pi, 1.6 * np.pi)
        pattern = _bump(channel_angles, centre) + _SECOND_BUMP * _bump(channel_angles, second)
        patterns[motion] = pattern / pattern.max()
    return patterns


def _bump(angles: NDArray[np.float64], centre: float) -> NDArray[np.float64]:
    bump: NDArray[np.float64] = np.exp(_CONCENTRATION * (np.cos(angles - centre) - 1))
    return bump
