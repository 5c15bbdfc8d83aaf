"""What a profile makes of decisions: shaped, then governed with the arm's limits, as if engaged from the beginning."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clinic.what_if.decided import Decided
from controller.arm_config import ArmConfig
from controller.config import RunConfig
from controller.configured_step import configured_step
from controller.contract.requests import ProfileValues
from controller.decoders.model import Model
from controller.profile import speed_shares
from controller.safety.governor import Governor
from controller.safety.states import Event, State, StateMachine
from controller.step import shaped

BY = "what-if"


@dataclass(frozen=True, slots=True)
class Moved:
    """One row per hop. `velocity` [n, joints]: what would have been commanded, rad/s; `engaged` [n]: nothing held it.

    `rejected` [n]: a motion was decided and not sure enough to move anything.
    """

    velocity: NDArray[np.float64]
    engaged: NDArray[np.bool_]
    rejected: NDArray[np.bool_]

    @property
    def moving(self) -> NDArray[np.bool_]:
        """Where any joint moves [n]."""
        found: NDArray[np.bool_] = np.any(self.velocity != 0.0, axis=1)
        return found


def move(model: Model, config: RunConfig, arm: ArmConfig, values: ProfileValues, decided: Decided) -> Moved:
    """Shape and govern what was decided. Positions and grip force are not known: ends of range do not slow it.

    The arm is engaged with the first decision, and again by a person as soon as that is possible after a fault, which
    half a second without samples is. Between two hops that are farther apart than one, time passes as it does live.
    """
    shaper = configured_step(model, config, arm, values).shaper
    safety = config.safety
    governor = Governor(arm.limits, safety.freshness, safety.resume_rest_ms, safety.soft_engage_ms, StateMachine())
    governor.limit_speed(speed_shares(values, arm))
    machine, hop_ns = governor.machine, round(decided.hop_s * 1e9)
    count, joints, rest = len(decided.t_s), len(arm.joints), shaper.rejection.rest_index
    velocity, engaged = np.zeros((count, joints)), np.zeros(count, dtype=np.bool_)
    rejected = np.zeros(count, dtype=np.bool_)
    # The controller's clock may not stand at zero: nothing was before.
    now_ns = last_ns = hop_ns
    begun = False
    for row, (t_s, step) in enumerate(decided.steps()):
        now_ns = round(t_s * 1e9) + hop_ns
        while now_ns - last_ns > hop_ns * 3 // 2:
            last_ns += hop_ns
            governor.tick(last_ns)
        last_ns = now_ns
        wanted = shaped(shaper, step)
        intent = step.intent
        if intent is None:
            governor.tick(now_ns)
        else:
            governor.decide(wanted, step.healthy, now_ns, now_ns)
            if intent.proportional:
                rejected[row] = bool(intent.direction.any()) and not shaper.rejection.may_move(intent)
            else:
                rejected[row] = intent.class_index not in (-1, rest) and shaper.rejection.accepted(intent) < 0
            if not begun and machine.state is State.READY:
                # Whoever engaged was at rest before the excerpt begins.
                begun = machine.apply(Event.ENGAGE, now_ns, BY)
            elif machine.state is State.READY:
                governor.request(Event.ENGAGE, now_ns, BY)
        if machine.state is State.FAULT:
            governor.request(Event.CLEAR, now_ns, BY)
        velocity[row] = governor.last.velocity_rad_s
        engaged[row] = machine.state is State.ENGAGED
    return Moved(velocity, engaged, rejected)
