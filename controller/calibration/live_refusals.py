"""Why a calibration cannot do what is asked for now."""

from collections.abc import Sequence

from controller.calibration.live_recording import too_long
from controller.calibration.live_states import TABLE
from controller.calibration.prompts import Prompt
from controller.contract.calibration import (
    MOST_TRIALS,
    MOST_WITH_RESTS,
    TAKE_POSITION,
    CalibrationRequest,
    CalibrationState,
)
from controller.contract.calibration import CalibrationAction as Action
from controller.safety.states import State
from drivers.source import StreamInfo

RECORDS = (Action.START, Action.ADD, Action.REDO)


def why_not(
    request: CalibrationRequest,
    stands: CalibrationState,
    control: State,
    stream: StreamInfo | None,
    motions: Sequence[str],
    schedule: Sequence[Prompt],
) -> str:
    """Return the reason, or an empty string where nothing speaks against it.

    `stands`: the calibration; `control`: the controller's state; `motions`: of the configuration; `schedule`: what
    would be prompted.
    """
    action = request.action
    if (stands.phase, action) not in TABLE:
        return f"'{action.value}' is not possible while calibration is '{stands.phase.value}'"
    if action in (Action.REDO, Action.DELETE):
        known = [trial.trial for trial in stands.trials]
        unknown = sorted(set(request.trials) - set(known))
        if not request.trials or unknown:
            return f"name trials of {', '.join(known)}" + (f", not {', '.join(unknown)}" if unknown else "")
    if action not in RECORDS:
        return ""
    if control not in (State.IDLE, State.READY):
        return f"the controller is '{control.value}'; nothing may move while trials are recorded: disengage or clear"
    if stream is None:
        return "no device is open"
    unknown = sorted(set(request.motions) - set(motions))
    if unknown:
        return f"the configuration has no motion {', '.join(unknown)}, but {', '.join(motions)}"
    if action is Action.START and request.motions and set(request.motions) != set(motions):
        return "a model needs all motions of the configuration; 'add' takes some of them"
    prompted = sum(prompt.is_motion for prompt in schedule)
    if prompted == 0 and action is not Action.REDO:
        return "there is no motion to prompt"
    if prompted > MOST_TRIALS:
        return f"{prompted} trials are too many, at most {MOST_TRIALS}"
    named = len({(prompt.class_name, prompt.repetition) for prompt in schedule if prompt.class_name != TAKE_POSITION})
    if named > MOST_WITH_RESTS:
        return f"{named} trials with their rests are too many, at most {MOST_WITH_RESTS}; ask for fewer rounds"
    return too_long(stream, schedule)
