"""Whether the arm is worn: told from what the electrodes hear, without asking anybody."""

from statistics import median

from clinic.course.prompted_levels import USABLE
from controller.contract.signal import SignalReport
from drivers.source import Unit

# At least so many channels must be in order: one lifted electrode is no arm on the shelf.
GOOD_SHARE = 0.5
# Mean absolute value of electronics and skin at rest is some µV; below this nothing is connected, above it is no
# muscle. The bounds are ours.
LOWEST_UV, HIGHEST_UV = 0.3, 1500.0
MICROVOLT = Unit.MICROVOLT.value


def is_worn(report: SignalReport, unit: str) -> bool:
    """Return whether contact is good on half of the channels, and the typical level is one of skin.

    The level is judged for devices that send microvolts.
    """
    if not report.level:
        return False
    good = [level for level, word in zip(report.level, report.health, strict=False) if word in USABLE]
    if len(good) < GOOD_SHARE * len(report.level):
        return False
    return unit != MICROVOLT or LOWEST_UV <= median(good) <= HIGHEST_UV
