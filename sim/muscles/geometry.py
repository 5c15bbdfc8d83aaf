"""Where muscles, motor units and electrodes are: a round limb, seen from its end, and the way along it.

Millimetres. x and y are across the limb, with its axis at 0; z is along it, with 0 at the muscles' end-plates and
positive towards the hand. An angle of 0° is the front; a large radius makes a chest.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Half the length of the fibres, and how much it and the end-plate zone differ between units: the arm's muscles that TMR
# uses have fibres of 10-15 cm.
_HALF_FIBRE_MM = (50.0, 65.0)
_END_PLATE_SCATTER_MM = 5.0
# No fibre lies nearer than this to the fat.
_LEAST_DEPTH_MM = 1.0


@dataclass(frozen=True, slots=True)
class Limb:
    """The part of the body that the electrodes sit on: outer radius with skin, and skin and fat over the muscles."""

    radius_mm: float
    fat_mm: float


@dataclass(frozen=True, slots=True)
class MusclePlace:
    """A round muscle belly: where its middle is, how deep below the skin, and how thick it is."""

    angle_deg: float
    depth_mm: float
    radius_mm: float


@dataclass(frozen=True, slots=True)
class UnitPlaces:
    """Where the motor units of one muscle are. Arrays [units]; `z_mm` holds end-plate, near and far end [units, 3]."""

    x_mm: NDArray[np.float64]
    y_mm: NDArray[np.float64]
    z_mm: NDArray[np.float64]


def scatter_units(place: MusclePlace, limb: Limb, units: int, generator: np.random.Generator) -> UnitPlaces:
    """Return units spread evenly over the belly's cross-section, all of them inside the limb's muscle.

    The first of them are where they are, however many follow.
    """
    drawn = generator.uniform(0.0, 1.0, (units, 5))
    middle_mm = limb.radius_mm - place.depth_mm
    angle = np.deg2rad(place.angle_deg)
    radius_mm = place.radius_mm * np.sqrt(drawn[:, 0])
    turn = 2.0 * np.pi * drawn[:, 1]
    x_mm = middle_mm * np.cos(angle) + radius_mm * np.cos(turn)
    y_mm = middle_mm * np.sin(angle) + radius_mm * np.sin(turn)
    out = np.maximum(1.0, np.hypot(x_mm, y_mm) / (limb.radius_mm - limb.fat_mm - _LEAST_DEPTH_MM))
    end_plate_mm = _END_PLATE_SCATTER_MM * (2.0 * drawn[:, 2] - 1.0)
    near_mm = -(_HALF_FIBRE_MM[0] + (_HALF_FIBRE_MM[1] - _HALF_FIBRE_MM[0]) * drawn[:, 3])
    far_mm = _HALF_FIBRE_MM[0] + (_HALF_FIBRE_MM[1] - _HALF_FIBRE_MM[0]) * drawn[:, 4]
    return UnitPlaces(x_mm / out, y_mm / out, np.stack((end_plate_mm, near_mm, far_mm), axis=1))


def electrodes(
    limb: Limb, angle_deg: NDArray[np.float64], along_mm: NDArray[np.float64], distance_mm: float
) -> NDArray[np.float64]:
    """Return [sites, 2, 3]: x, y and z of both electrodes of each site, `distance_mm` apart along the limb."""
    angle = np.deg2rad(angle_deg)
    pairs = np.empty((len(angle), 2, 3))
    pairs[:, :, 0] = (limb.radius_mm * np.cos(angle))[:, np.newaxis]
    pairs[:, :, 1] = (limb.radius_mm * np.sin(angle))[:, np.newaxis]
    pairs[:, :, 2] = along_mm[:, np.newaxis] + 0.5 * distance_mm * np.array([-1.0, 1.0])
    return pairs
