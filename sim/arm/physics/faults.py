"""What can be broken in the arm itself."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sim.errors import SimError


@dataclass(frozen=True, slots=True)
class ArmFaults:
    """What is broken; nothing, as it is made.

    `stuck`: joints whose motor does not turn. `encoder_noise_rad`: standard deviation of what every position is told
    off by. `link_lost`: the wire to motors and sensors is cut; the motors stand, the gears hold, no sensor is heard.
    """

    stuck: frozenset[str] = frozenset()
    encoder_noise_rad: float = 0.0
    link_lost: bool = False


def parse_faults(words: Sequence[str], joints: Sequence[str]) -> ArmFaults:
    """Return what `stuck=JOINT`, `encoder_noise=RAD` and `link_lost` say together; raises `SimError`."""
    faults = ArmFaults()
    for word in words:
        name, _, value = word.partition("=")
        if name == "stuck" and value in joints:
            faults = replace(faults, stuck=faults.stuck | {value})
        elif name == "encoder_noise" and (noise := _number(value)) is not None:
            faults = replace(faults, encoder_noise_rad=noise)
        elif word == "link_lost":
            faults = replace(faults, link_lost=True)
        else:
            raise SimError(
                f"expected a fault of the arm, stuck=JOINT ({', '.join(joints)}), encoder_noise=RAD (0 to 1) or "
                f"link_lost, got '{word}'"
            )
    return faults


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and 0.0 <= value <= 1.0 else None
