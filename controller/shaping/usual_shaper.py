"""A shaper made of what a run's file says."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from controller.shaping.joint_ramp import JointRamp
from controller.shaping.majority_vote import MajorityVote
from controller.shaping.proportional_speed import ProportionalSpeed
from controller.shaping.rejection import Rejection
from controller.shaping.shaper import Shaper
from controller.shaping.slewed import SLEW_S, Slewed
from controller.shaping.steady_start import AT_ONCE, StartSettings, SteadyStart
from controller.shaping.velocity_ramp import VelocityRamp, ramp_decisions


def usual_shaper(
    directions: NDArray[np.float64],
    rest_index: int,
    effort_span: tuple[NDArray[np.float64], NDArray[np.float64]],
    hop_s: float,
    gain: Sequence[float],
    rejection_threshold: float,
    ramp_ms: float,
    start: StartSettings = AT_ONCE,
) -> Shaper:
    """Return a shaper with one threshold for all classes, no vote and no dead-band; `Shaper.tune` gives what else.

    `directions` [classes, joints]; `effort_span`: per class the effort of no speed and of full speed; `gain`: per
    joint. A motion begins at once unless `start` says otherwise.
    """
    classes = len(directions)
    start_hops = round(start.start_ms / 1e3 / hop_s)
    slew_decisions = max(round(SLEW_S / hop_s), 1)
    return Shaper(
        Rejection([rejection_threshold] * classes, rest_index, rejection_threshold, start.rejected),
        MajorityVote(1, classes, rest_index),
        VelocityRamp(classes, ramp_decisions(ramp_ms, hop_s)),
        JointRamp(len(gain), ramp_decisions(ramp_ms, hop_s)),
        ProportionalSpeed(*effort_span),
        Slewed([0.0], slew_decisions),
        Slewed(list(gain), slew_decisions, off_at_once=True),
        directions,
        SteadyStart(classes, start_hops),
        SteadyStart(2 * len(gain), start_hops),
        start,
    )
