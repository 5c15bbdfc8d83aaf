"""Motion and rest tests against streams of decisions whose figures were reckoned by hand."""

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.assessments.assessment import Phase
from clinic.assessments.errors import AssessmentError
from clinic.assessments.motion_test import MotionSettings, MotionTest
from clinic.assessments.rest_test import RestTest

ONE = MotionSettings(right_s=0.5, time_limit_s=5.0, repetitions=1)


def one_motion(settings: MotionSettings = ONE) -> MotionTest:
    return MotionTest(("rest", "open"), settings)


def test_selection_and_completion_by_hand() -> None:
    test = one_motion()
    test.begin(10.0)
    decided = ["rest"] * 3 + ["close"] * 2 + ["open"] * 3 + ["close"] * 1 + ["open"] * 3
    # Onset at 10.3 s; first right one at 10.5 s; right from 10.5 to 10.8 and from 10.9 on: 0.5 s at 11.1 s.
    ended = [test.feed(10.0 + 0.1 * index, {}, motion) for index, motion in enumerate(decided)]
    assert ended == [False] * 11 + [True]
    trial = test.trials[0]
    assert trial.selection_s == pytest.approx(0.2)
    assert trial.completion_s == pytest.approx(0.8)
    assert trial.right_share == pytest.approx(0.5 / 0.8)


def test_the_window_is_added_to_both_times_where_that_is_asked_for() -> None:
    test = one_motion(MotionSettings(right_s=0.2, added_s=0.15, repetitions=1))
    test.begin(0.0)
    for index in range(3):
        test.feed(0.1 * index, {}, "open")
    assert (test.trials[0].selection_s, test.trials[0].completion_s) == pytest.approx((0.15, 0.35))


def test_the_limit_counts_from_the_onset_and_from_the_prompt_where_there_is_none() -> None:
    for first, selected in (("close", None), ("rest", None)):
        test = one_motion()
        test.begin(0.0)
        index = 0
        while not test.feed(index / 10, {}, "rest" if index < 10 else first):
            index += 1
        assert not test.trials[0].completed
        assert test.trials[0].selection_s is selected
        assert index == (60 if first == "close" else 50)
        assert test.trials[0].right_share == (0.0 if first == "close" else None)


@given(st.lists(st.tuples(st.floats(0.001, 1.0), st.sampled_from(["rest", "open", "close", None])), max_size=80))
def test_no_motion_is_complete_without_its_right_decisions(steps: list[tuple[float, str | None]]) -> None:
    test = one_motion()
    test.begin(0.0)
    time_s, right_s, last = 0.0, 0.0, "rest"
    for step_s, decided in steps:
        time_s += step_s
        right_s += min(step_s, 0.2) if last == "open" else 0.0
        last = decided or "rest"
        if test.feed(time_s, {}, decided):
            break
    for trial in test.trials:
        if trial.completion_s is not None:
            assert right_s >= 0.5 - 1e-6
            assert trial.selection_s is not None
            assert 0.0 <= trial.selection_s <= trial.completion_s <= 5.0 + 1e-9
            assert trial.completion_s >= 0.5 - 1e-6
        assert trial.right_share is None or 0.0 <= trial.right_share <= 1.0


@given(st.floats(0.005, 0.2))
def test_the_sampling_does_not_change_when_a_motion_is_complete(step_s: float) -> None:
    test = one_motion()
    test.begin(0.0)
    index = 0
    while not test.feed(index * step_s, {}, "open"):
        index += 1
    assert test.trials[0].completion_s == pytest.approx(0.5, abs=1e-6)


def test_every_motion_but_rest_is_prompted_as_often_as_wanted() -> None:
    test = MotionTest(("rest", "open", "close"), MotionSettings(right_s=0.1, repetitions=2, seed=3))
    prompts = []
    time_s = 0.0
    while test.phase is not Phase.FINISHED:
        test.begin(time_s)
        prompts.append(test.wanted.motion)
        while not test.feed(time_s, {}, test.wanted.motion):
            time_s += 0.05
    assert sorted(prompts) == ["close", "close", "open", "open"]
    with pytest.raises(AssessmentError, match="finished"):
        test.begin(time_s)
    with pytest.raises(AssessmentError, match="other than rest"):
        MotionTest(("rest",), ONE)
    with pytest.raises(AssessmentError, match="time limit"):
        one_motion(MotionSettings(right_s=5.0, time_limit_s=5.0))


def test_what_is_no_sample_is_refused() -> None:
    test = one_motion()
    with pytest.raises(AssessmentError, match="begin one first"):
        test.feed(0.0, {}, "open")
    test.begin(1.0)
    with pytest.raises(AssessmentError, match="ends by itself"):
        test.begin(1.0)
    for bad_s in (nan, 0.9):
        with pytest.raises(AssessmentError, match="must come after"):
            test.feed(bad_s, {}, "open")
    test.feed(1.0, {}, "open")
    with pytest.raises(AssessmentError, match="must come after"):
        test.feed(1.0, {}, "open")


def test_what_moves_at_rest_is_added_up_over_joints_and_ways() -> None:
    test = RestTest(("elbow", "hand"), seconds=1.0)
    test.begin(0.0)
    for index in range(11):
        ended = test.feed(0.1 * index, {"elbow": 0.01 * (index % 2), "hand": 0.5})
    assert ended
    assert test.trials[0].travel_rad == pytest.approx({"elbow": 0.1, "hand": 0.0})
    assert test.trials[0].motion_rad == pytest.approx(0.1)
    assert test.trials[0].gaps == 0
    assert test.phase is Phase.FINISHED
    with pytest.raises(AssessmentError, match="one trial"):
        test.begin(2.0)
