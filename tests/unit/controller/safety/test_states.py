import itertools

import pytest

from controller.safety.states import TABLE, Event, State, StateMachine

S, E = State, Event
ARROWS = [
    (S.IDLE, E.INPUT_READY, S.READY),
    (S.READY, E.INPUT_STALE, S.IDLE),
    (S.READY, E.INPUT_DEAD, S.IDLE),
    (S.READY, E.INPUT_BAD, S.IDLE),
    (S.READY, E.ENGAGE, S.ENGAGED),
    (S.ENGAGED, E.DISENGAGE, S.READY),
    (S.ENGAGED, E.INPUT_STALE, S.HOLDING),
    (S.ENGAGED, E.INPUT_BAD, S.HOLDING),
    (S.ENGAGED, E.LINK_LOST, S.HOLDING),
    (S.ENGAGED, E.MODEL_CHANGED, S.HOLDING),
    (S.ENGAGED, E.LOOP_LATE, S.FAULT),
    (S.ENGAGED, E.INPUT_DEAD, S.FAULT),
    (S.HOLDING, E.INPUT_DEAD, S.FAULT),
    (S.HOLDING, E.LOOP_LATE, S.FAULT),
    (S.HOLDING, E.RESTED, S.ENGAGED),
    (S.HOLDING, E.DISENGAGE, S.IDLE),
    (S.FAULT, E.CLEAR, S.IDLE),
    *((state, E.STOP, S.FAULT) for state in S),
]


@pytest.mark.parametrize(("state", "event", "following"), ARROWS)
def test_each_arrow(state: State, event: Event, following: State) -> None:
    machine = StateMachine(state)
    assert machine.apply(event, 7, "why") is (following is not state)
    assert machine.state is following


def test_there_is_no_other_arrow() -> None:
    assert {(state, event): following for state, event, following in ARROWS} == TABLE


def test_every_other_pair_changes_nothing() -> None:
    for state, event in itertools.product(State, Event):
        if (state, event) not in TABLE:
            machine = StateMachine(state, "before", 1)
            assert not machine.apply(event, 2)
            assert (machine.state, machine.cause, machine.since_ns, machine.changes) == (state, "before", 1, 0)


def test_a_change_is_remembered_with_cause_and_time() -> None:
    machine = StateMachine(State.READY)
    machine.apply(Event.ENGAGE, 42)
    assert (machine.cause, machine.since_ns, machine.changes) == ("engage", 42, 1)
    machine.apply(Event.STOP, 43, "stopped by anna")
    assert (machine.cause, machine.since_ns, machine.changes) == ("stopped by anna", 43, 2)


def _reachable(start: State, without: set[Event]) -> set[State]:
    reached = {start}
    while True:
        more = {
            following
            for (state, event), following in TABLE.items()
            if state in reached and event not in without and following not in reached
        }
        if not more:
            return reached
        reached |= more


def test_motion_is_allowed_in_engaged_alone() -> None:
    assert [state for state in State if StateMachine(state).allows_motion] == [State.ENGAGED]


def test_motion_needs_a_person_to_engage() -> None:
    for start in (State.IDLE, State.READY, State.FAULT):
        assert State.ENGAGED not in _reachable(start, without={Event.ENGAGE})


def test_a_fault_is_left_only_by_a_person() -> None:
    assert _reachable(State.FAULT, without={Event.CLEAR}) == {State.FAULT}


def test_holding_resumes_only_after_rest() -> None:
    assert State.ENGAGED not in _reachable(State.HOLDING, without={Event.RESTED, Event.ENGAGE})
