import pytest

from clinic.home_log.motions import TAKEN_BACK_WITHIN_S, MotionCounter
from controller.safety.states import State
from tests.unit.clinic.home_log.reports import report

CLOSE, OPEN = {"hand": 0.5}, {"hand": -0.5}


class Moving:
    """A clock of 20 Hz and a counter."""

    def __init__(self) -> None:
        self.now_s = 10.0
        self.counter = MotionCounter()
        self.begun: list[str] = []
        self.taken_back: list[str] = []
        self.refused = 0

    def do(
        self, seconds: float, shaped: dict[str, float] | None = None, decided: str = "rest", **other: object
    ) -> None:
        for _ in range(round(seconds / 0.05)):
            self.now_s += 0.05
            counted = self.counter.take(self.now_s, report(shaped, decided, **other))  # type: ignore[arg-type]
            self.begun += counted.begun
            self.taken_back += counted.taken_back
            self.refused += counted.refused


@pytest.fixture
def moving() -> Moving:
    return Moving()


def test_a_motion_counts_once_however_long_it_lasts(moving: Moving) -> None:
    moving.do(5.0, CLOSE, "hand_close")
    moving.do(0.1)
    moving.do(1.0, CLOSE, "hand_close")
    assert moving.begun == ["hand_close"]
    moving.do(0.25)
    moving.do(1.0, CLOSE, "hand_close")
    assert moving.begun == ["hand_close", "hand_close"]
    assert moving.taken_back == []


def test_the_opposite_at_once_takes_it_back(moving: Moving) -> None:
    moving.do(0.5, CLOSE, "hand_close")
    moving.do(0.3)
    moving.do(1.0, OPEN, "hand_open")
    assert (moving.begun, moving.taken_back) == (["hand_close", "hand_open"], ["hand_close"])


def test_the_opposite_later_is_a_motion_of_its_own(moving: Moving) -> None:
    moving.do(TAKEN_BACK_WITHIN_S + 0.1, CLOSE, "hand_close")
    moving.do(1.0, OPEN, "hand_open")
    assert moving.taken_back == []


def test_another_joint_takes_nothing_back(moving: Moving) -> None:
    moving.do(0.3, CLOSE, "hand_close")
    moving.do(1.0, {"elbow": -0.5}, "elbow_extension")
    assert (moving.begun, moving.taken_back) == (["hand_close", "elbow_extension"], [])


def test_a_stop_takes_back_what_has_just_begun(moving: Moving) -> None:
    moving.do(0.5, CLOSE, "hand_close")
    assert moving.counter.stopped(moving.now_s) == "hand_close"
    assert moving.counter.stopped(moving.now_s) is None
    moving.do(TAKEN_BACK_WITHIN_S + 0.1, CLOSE, "hand_close")
    assert moving.counter.stopped(moving.now_s) is None


def test_what_the_wearer_marks_counts_once(moving: Moving) -> None:
    moving.do(0.5, CLOSE, "hand_close")
    moving.do(2.0)
    assert moving.counter.marked(moving.now_s, 10.0) == ("hand_close", True)
    assert moving.counter.marked(moving.now_s, 10.0) == ("hand_close", False)
    moving.do(20.0)
    assert moving.counter.marked(moving.now_s, 10.0) == ("", True)


def test_a_motion_taken_back_and_marked_counts_once(moving: Moving) -> None:
    moving.do(0.5, CLOSE, "hand_close")
    moving.counter.stopped(moving.now_s)
    assert moving.counter.marked(moving.now_s, 10.0) == ("hand_close", False)


@pytest.mark.parametrize("state", [State.READY, State.HOLDING, State.FAULT, State.IDLE])
def test_nothing_moves_outside_engaged(moving: Moving, state: State) -> None:
    moving.do(2.0, CLOSE, "hand_close", state=state)
    assert moving.begun == []


def test_a_wish_that_was_not_let_through_is_refused_once(moving: Moving) -> None:
    moving.do(1.0, {}, "hand_close", intent=CLOSE)
    assert moving.refused == 0
    moving.do(0.5)
    assert moving.refused == 1
    moving.do(0.1, {}, "hand_close", intent=CLOSE)
    moving.do(0.5)
    assert moving.refused == 1
    moving.do(0.3, {}, "hand_close", intent=CLOSE)
    moving.do(0.3, CLOSE, "hand_close")
    moving.do(0.5)
    assert moving.refused == 1


def test_decoders_without_classes_are_told_by_joint_and_way(moving: Moving) -> None:
    moving.do(0.5, {"hand": 0.5, "elbow": 0.02}, "none")
    moving.do(0.5)
    moving.do(0.5, {"elbow": -0.5, "hand": 0.5}, "none")
    assert moving.begun == ["hand+", "elbow- hand+"]


def test_many_motions_take_no_more_memory(moving: Moving) -> None:
    for _ in range(200):
        moving.do(0.05, CLOSE, "hand_close")
        moving.do(0.05, OPEN, "hand_open")
    assert len(moving.counter._recent) <= 16
