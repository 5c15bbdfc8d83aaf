from pathlib import Path

import numpy as np
import pytest

from controller.evaluation.decision_time import DecisionTime
from controller.evaluation.dropped_channels import DroppedScore
from controller.evaluation.error_rate import StreamScore
from controller.evaluation.errors import EvaluationError
from controller.evaluation.jobs import Job, PersonScore, Plan, Result, jobs_of
from controller.evaluation.summary import Summary, summarise
from controller.evaluation.transitions import Transitions

ANNA, BERT = Path("data/sub1.npz"), Path("data/sub2.npz")
TEST = "longterm-8-other-days"


def stream(session: int, windows: int, *wrong: int) -> tuple[StreamScore, ...]:
    return tuple(
        StreamScore(session, windows, count, np.array([[windows - count, count], [0, 0]], dtype=np.int64))
        for count in wrong
    )


def person(*streams: tuple[StreamScore, ...]) -> PersonScore:
    return PersonScore(("rest", "fist"), {2: "2 I", 3: "3 O"}, streams)


def of_test(path: Path, what: str = TEST) -> Job:
    return Job("test", what, "longterm_myo", path)


def summary_of(*done: tuple[Job, Result]) -> Summary:
    plan = Plan({"longterm_myo": [ANNA, BERT]}, "some-decoder")
    return summarise(plan, [job for job, _ in done], [result for _, result in done])


def test_sessions_count_alike_and_so_do_people() -> None:
    summary = summary_of(
        (of_test(ANNA), person(stream(2, 10, 5, 1), stream(3, 1000, 0, 0))),
        (of_test(BERT), person(stream(2, 100, 10, 3))),
    )
    test = summary["tests"][TEST]
    assert test["error_percent"] == 4.0
    assert test["error_percent_without_adaptation"] == 17.5
    assert test["people"] == {"sub1": 5.0, "sub2": 3.0}
    assert test["people_without_adaptation"] == {"sub1": 25.0, "sub2": 10.0}
    assert test["sessions"] == {"sub1": {"2 I": 10.0, "3 O": 0.0}, "sub2": {"2 I": 3.0}}
    assert test["windows"] == 1110
    assert test["confusion"] == {"classes": ["rest", "fist"], "windows": [[1106, 4], [0, 0]]}
    assert (test["goal_percent"], test["libemg_percent"]) == (4.2, 6.3)
    assert summary["adaptation"]


def test_a_decoder_that_does_not_adapt_has_one_error() -> None:
    summary = summary_of((of_test(ANNA), person(stream(2, 10, 5))), (of_test(BERT), person(stream(2, 10, 0))))
    test = summary["tests"][TEST]
    assert test["error_percent"] == 25.0
    assert "error_percent_without_adaptation" not in test
    assert not summary["adaptation"]


def test_who_and_what_is_missing_is_noted() -> None:
    summary = summary_of((of_test(ANNA), person(stream(2, 10, 5))), (of_test(BERT), person()))
    assert summary["notes"] == ["myo_readings: no such folder, left out", f"{TEST}: recorded too little for it: sub2"]
    assert list(summary["tests"][TEST]["people"]) == ["sub1"]


def test_nothing_at_all_is_an_error() -> None:
    with pytest.raises(EvaluationError, match=r"nobody has recorded enough.*sub1, sub2"):
        summary_of((of_test(ANNA), person()), (of_test(BERT), person()))


def dropped(path: Path, dead_count: int, *scores: DroppedScore) -> tuple[Job, Result]:
    return Job("dropped", "longterm-8-same-day", "longterm_myo", path, dead_count), list(scores)


def test_the_worst_pair_is_what_must_hold() -> None:
    something = (of_test(ANNA), person(stream(2, 10, 5)))
    whole, pairs = DroppedScore((), 1.0, 1.0), ((0, 1), (0, 2))
    anna = [DroppedScore(pair, 40.0, error) for pair, error in zip(pairs, (1.0, 7.0), strict=True)]
    bert = [DroppedScore(pair, 20.0, error) for pair, error in zip(pairs, (3.0, 2.0), strict=True)]
    found = summary_of(
        something,
        dropped(ANNA, 0, whole),
        dropped(BERT, 0, whole),
        dropped(ANNA, 2, *anna),
        dropped(BERT, 2, *bert),
    )["dropped_channels"]
    two = found["counts"]["2"]
    assert (two["sets"], two["error_percent"]) == (2, 30.0)
    assert two["by_set_dropping"] == {"1+2": 2.0, "1+3": 4.5}
    assert (two["points_lost_dropping"], two["worst_points_lost_dropping"]) == (2.25, 3.5)
    assert two["people_worst_points_lost_dropping"] == {"sub1": 6.0, "sub2": 2.0}
    assert found["any_two_within_bound"]


def test_a_decoder_that_cannot_drop_is_not_judged() -> None:
    found = summary_of(
        (of_test(ANNA), person(stream(2, 10, 5))),
        dropped(ANNA, 0, DroppedScore((), 1.0, 1.0)),
        dropped(ANNA, 2, DroppedScore((0, 1), 30.0, None)),
    )["dropped_channels"]
    assert found["any_two_within_bound"] is None
    assert found["counts"]["2"]["error_percent_dropping"] is None
    assert found["counts"]["2"]["points_lost"] == 29.0


def test_delays_and_rates_of_all_people_are_put_together() -> None:
    one = Transitions([0.2, 0.4], [0.5], 1, 0, rest_s=30.0, activations=2, quiet_s=60.0, quiet_activations=0)
    two = Transitions([0.6], [], 0, 2, rest_s=30.0, activations=1)
    jobs = [Job("transitions", "same session", "myo_readings", path) for path in (ANNA, BERT)]
    something = (of_test(ANNA), person(stream(2, 10, 5)))
    found = summary_of(something, (jobs[0], one), (jobs[1], two))["transitions"]["same session"]
    assert (found["onset"]["p50_s"], found["onset"]["missed"], found["offset"]["missed"]) == (0.4, 1, 2)
    assert found["false_activations_per_minute"] == 3.0
    assert found["false_activations_per_minute_in_rest_recordings"] == 0.0
    assert found["rest_minutes"] == 1.0
    assert found["false_movements_per_minute"] is None  # nobody shaped anything
    assert found["false_movement_speed_percent"] is None


def test_how_often_and_how_fast_the_arm_would_move_in_rest() -> None:
    one = Transitions(rest_s=30.0, shaped_s=30.0, movements=2, way_s=0.6, quiet_s=60.0, quiet_shaped_s=60.0)
    two = Transitions(rest_s=30.0, shaped_s=30.0, movements=1, way_s=0.3, quiet_shaped_s=60.0, quiet_movements=4)
    jobs = [Job("transitions", "same session", "myo_readings", path) for path in (ANNA, BERT)]
    something = (of_test(ANNA), person(stream(2, 10, 5)))
    found = summary_of(something, (jobs[0], one), (jobs[1], two))["transitions"]["same session"]
    assert (found["false_movements_per_minute"], found["false_movement_speed_percent"]) == (3.0, 1.5)
    assert found["false_movements_per_minute_in_rest_recordings"] == 2.0
    assert found["false_movement_speed_percent_in_rest_recordings"] == 0.0


def test_time_is_told_apart_from_results() -> None:
    time_us = DecisionTime(1.0, 2.0, 3.0, None, None)
    job = Job("time", TEST, "longterm_myo", ANNA)
    summary = summary_of((of_test(ANNA), person(stream(2, 10, 5))), (job, time_us))
    assert summary["time_per_decision_us"]["decide_p50"] == 2.0


def test_the_work_covers_every_person_in_every_test() -> None:
    plan = Plan({"longterm_myo": [ANNA, BERT], "myo_readings": [ANNA]}, "td4-lda")
    jobs = jobs_of(plan)
    tests = [(job.what, job.path) for job in jobs if job.kind == "test"]
    assert len(tests) == len(set(tests)) == 6 * 2 + 2
    assert [job.kind for job in jobs][-1] == "time"
    assert {(job.dead_count, job.path) for job in jobs if job.kind == "dropped"} == {
        (count, path) for count in range(4) for path in (ANNA, BERT)
    }
    assert [job.what for job in jobs_of(Plan({"myo_readings": [ANNA]}, "td4-lda")) if job.kind == "dropped"] == [
        "myo-same-session"
    ] * 4
