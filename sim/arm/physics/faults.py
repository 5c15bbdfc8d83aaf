"""What can be broken in the arm itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ArmFaults:
    """`stuck`: joints whose motor does not turn. `encoder_noise_rad`: standard deviation of what every position is told
    off by. `link_lost`: the wire to motors and sensors is cut; the motors stand, the gears hold, no sensor is heard.
    """

    stuck: frozenset[str] = frozenset()
    encoder_noise_rad: float = 0.0
    link_lost: bool = False
