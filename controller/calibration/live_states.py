"""How a calibration goes while the controller runs, as a table; every pair that is not in it changes nothing."""

from enum import StrEnum

from controller.contract.calibration import CalibrationAction as Action
from controller.contract.calibration import CalibrationPhase as Phase


class Turn(StrEnum):
    """What happens by itself."""

    RECORDED = "recorded"  # the last prompt is over
    SCORED = "scored"
    FITTED = "fitted"
    SWAPPED = "swapped"


# What goes wrong in one of the phases with work in them returns to where that work began.
TABLE: dict[tuple[Phase, Action | Turn], Phase] = {
    (Phase.IDLE, Action.START): Phase.RECORDING,
    (Phase.IDLE, Action.ADD): Phase.RECORDING,
    (Phase.IDLE, Action.BACK): Phase.SWAPPING,
    (Phase.RECORDING, Turn.RECORDED): Phase.SCORING,
    (Phase.RECORDING, Action.CANCEL): Phase.IDLE,
    (Phase.SCORING, Turn.SCORED): Phase.RECORDED,
    (Phase.SCORING, Action.CANCEL): Phase.IDLE,
    (Phase.RECORDED, Action.REDO): Phase.RECORDING,
    (Phase.RECORDED, Action.DELETE): Phase.RECORDED,
    (Phase.RECORDED, Action.FIT): Phase.FITTING,
    (Phase.RECORDED, Action.CANCEL): Phase.IDLE,
    (Phase.FITTING, Turn.FITTED): Phase.SHADOW,
    (Phase.FITTING, Action.CANCEL): Phase.IDLE,
    (Phase.SHADOW, Action.REDO): Phase.RECORDING,
    (Phase.SHADOW, Action.DELETE): Phase.RECORDED,
    (Phase.SHADOW, Action.SWAP): Phase.SWAPPING,
    (Phase.SHADOW, Action.CANCEL): Phase.IDLE,
    (Phase.SWAPPING, Turn.SWAPPED): Phase.IDLE,
}
