from controller.decision_markers import MOST_WAITING, DecisionMarkers
from controller.safety.states import State

NAMES = ("rest", "hand_close")
MS = 1_000_000


def markers() -> DecisionMarkers:
    return DecisionMarkers(("hand", "wrist"), NAMES)


def test_only_what_changes_is_told_with_the_time_of_the_decision() -> None:
    log = markers()
    for n in range(3):
        log.decided(n * MS, State.READY, 0, [0.0, 0.0])
    log.decided(3 * MS, State.ENGAGED, 1, [0.2, -0.1])
    log.decided(4 * MS, State.ENGAGED, 1, [0.3, -0.2])
    assert log.take() == [
        (0, "state ready"),
        (0, "class rest"),
        (0, "moves nothing"),
        (3 * MS, "state engaged"),
        (3 * MS, "class hand_close"),
        (3 * MS, "moves hand+ wrist-"),
    ]
    assert log.take() == []


def test_where_nothing_was_decided_the_class_stays() -> None:
    log = markers()
    log.decided(0, State.READY, 1, [0.0, 0.0])
    log.take()
    log.decided(MS, State.FAULT, -1, [0.0, 0.0])
    log.decided(2 * MS, State.FAULT, 1, [0.0, 0.0])
    assert log.take() == [(MS, "state fault")]


def test_events_stand_in_order_of_time() -> None:
    log = markers()
    log.decided(5 * MS, State.READY, -1, [0.0, 0.0])
    log.event(2 * MS, "device: bench")
    log.event(9 * MS, "ready: input is there")
    assert [words for _, words in log.take()] == [
        "event device: bench",
        "state ready",
        "moves nothing",
        "event ready: input is there",
    ]


def test_each_decision_has_the_names_of_the_model_that_made_it() -> None:
    log = markers()
    log.decided(0, State.READY, 1, [0.0, 0.0])
    log.class_names = ("rest", "hand_open")
    log.decided(MS, State.READY, 1, [0.0, 0.0])
    assert [words for _, words in log.take() if words.startswith("class")] == ["class hand_close", "class hand_open"]


def test_what_finds_no_room_goes_and_is_told_the_newest_stays() -> None:
    log = markers()
    log.decided(0, State.READY, 0, [0.0, 0.0])
    log.take()
    for n in range(1, MOST_WAITING + 8):
        log.decided(n * MS, State.ENGAGED, n % 2, [0.0, 0.0])
    told = log.take()
    assert told[0] == (8 * MS, "missing 7")
    assert told[-1] == ((MOST_WAITING + 7) * MS, "class hand_close")
    assert len([words for _, words in told if words.startswith("missing")]) == 1
