"""The states of control, as a table. Nothing moves outside `ENGAGED`; every pair not in the table changes nothing."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where control stands. Order of permission: only `ENGAGED` allows motion."""

    IDLE = "idle"  # no healthy input yet
    READY = "ready"  # input is fresh and decoded; motion not allowed
    ENGAGED = "engaged"  # motion allowed
    HOLDING = "holding"  # was engaged; input or link failed for a moment; holds still and may resume by itself
    FAULT = "fault"  # a person must clear it


class Event(StrEnum):
    """What may change the state."""

    INPUT_READY = "input ready"  # fresh, healthy, and a full window has been decoded
    INPUT_STALE = "input stale"  # newest sample older than `stale_after_ms`
    INPUT_DEAD = "input dead"  # newest sample older than `dead_after_ms`
    INPUT_BAD = "input bad"  # samples come but cannot be trusted
    LINK_LOST = "link lost"  # the broker is gone
    LOOP_LATE = "loop late"  # the control loop's own lag passed its bound
    MODEL_CHANGED = "model changed"  # what turns signals into wishes is another one now
    RESTED = "rested"  # fresh, healthy input and an intent at rest for `resume_rest_ms`
    ENGAGE = "engage"  # a person allows motion
    DISENGAGE = "disengage"  # a person ends it
    STOP = "stop"  # a person stops everything
    CLEAR = "clear"  # a person has seen the fault and clears it


TABLE: dict[tuple[State, Event], State] = {
    (State.IDLE, Event.INPUT_READY): State.READY,
    (State.READY, Event.INPUT_STALE): State.IDLE,
    (State.READY, Event.INPUT_DEAD): State.IDLE,
    (State.READY, Event.INPUT_BAD): State.IDLE,
    (State.READY, Event.ENGAGE): State.ENGAGED,
    (State.ENGAGED, Event.DISENGAGE): State.READY,
    (State.ENGAGED, Event.INPUT_STALE): State.HOLDING,
    (State.ENGAGED, Event.INPUT_BAD): State.HOLDING,
    (State.ENGAGED, Event.LINK_LOST): State.HOLDING,
    (State.ENGAGED, Event.MODEL_CHANGED): State.HOLDING,
    (State.ENGAGED, Event.LOOP_LATE): State.FAULT,
    (State.ENGAGED, Event.INPUT_DEAD): State.FAULT,
    (State.HOLDING, Event.INPUT_DEAD): State.FAULT,
    (State.HOLDING, Event.LOOP_LATE): State.FAULT,
    (State.HOLDING, Event.RESTED): State.ENGAGED,
    (State.HOLDING, Event.DISENGAGE): State.IDLE,
    (State.FAULT, Event.CLEAR): State.IDLE,
    **{(state, Event.STOP): State.FAULT for state in State},
}


@dataclass(slots=True)
class StateMachine:
    """Holds the state and why it is so. `changes` counts transitions, so that a watcher sees each one."""

    state: State = State.IDLE
    cause: str = "starting"
    since_ns: int = 0
    changes: int = 0

    def apply(self, event: Event, now_ns: int, cause: str = "") -> bool:
        """Follow the table; return whether the state changed. `cause` defaults to the event's name."""
        following = TABLE.get((self.state, event), self.state)
        if following is self.state:
            return False
        self.state, self.cause, self.since_ns = following, cause or event.value, now_ns
        self.changes += 1
        return True

    @property
    def allows_motion(self) -> bool:
        """True only in `ENGAGED`."""
        return self.state is State.ENGAGED
