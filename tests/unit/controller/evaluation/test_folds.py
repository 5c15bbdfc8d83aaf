import numpy as np
import pytest

from controller.evaluation.data_sets import DATA_SETS
from controller.evaluation.folds import across_sessions, with_one_trial, within_session
from controller.evaluation.person import Person, settled
from controller.evaluation.suite import STANDARD
from drivers.recordings.recording import Recording
from tests.unit.controller.evaluation.made_people import write_people


@pytest.fixture(scope="module")
def longterm(tmp_path_factory: pytest.TempPathFactory) -> Person:
    data = write_people(tmp_path_factory.mktemp("longterm"), readings=0)
    return DATA_SETS["longterm_myo"].load(data / "longterm_myo/sub1.npz")


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> Person:
    data = write_people(tmp_path_factory.mktemp("readings"), longterm=0)
    return DATA_SETS["myo_readings"].load(data / "myo_readings/P01.npz")


def keys(recording: Recording) -> set[bytes]:
    return {row.tobytes() for row in recording.samples}


def test_no_row_is_in_training_and_test(longterm: Person) -> None:
    for fold in within_session(3)(longterm):
        (stream,) = fold.streams
        assert set(fold.training.repetition) == {1, 2, 3}
        assert set(stream.recording.repetition[stream.decided]) == {4}
        assert not keys(fold.training) & {row.tobytes() for row in stream.recording.samples[stream.decided]}
        assert not stream.new_donning


def test_each_day_is_split_by_itself(longterm: Person) -> None:
    folds = list(within_session(3)(longterm))
    assert [set(fold.training.session) for fold in folds] == [{1}, {2}]
    assert [fold.streams[0].session for fold in folds] == [1, 2]


def test_other_days_come_after_the_first(longterm: Person) -> None:
    (fold,) = across_sessions(longterm)
    (stream,) = fold.streams
    assert set(fold.training.session) == {1}
    assert set(stream.recording.session) == {2}
    assert stream.new_donning
    assert stream.labelled is None
    assert stream.decided.all()


def test_of_one_trial_the_labels_are_given_and_nothing_of_it_is_tested(longterm: Person) -> None:
    (fold,) = with_one_trial(longterm)
    (stream,) = fold.streams
    assert stream.labelled is not None
    assert set(stream.labelled.repetition) == {1}
    assert set(stream.labelled.class_of_sample) == set(range(8))
    assert set(stream.recording.repetition[stream.decided]) == {2, 3, 4}
    assert (stream.decided == stream.counted).all()


def test_what_nobody_asked_for_is_streamed_but_neither_trained_on_nor_counted(readings: Person) -> None:
    (fold,) = across_sessions(readings)
    (stream,) = fold.streams
    wanted = readings.recording.samples[readings.asked & (readings.recording.session == 1)]
    assert np.array_equal(fold.training.samples, wanted)
    asked = readings.asked[readings.recording.session == 2]
    assert stream.decided.all()
    assert (stream.counted <= asked).all()
    assert (stream.counted == (asked & settled(stream.recording, readings.frame))).all()


def test_the_stream_of_a_session_holds_only_what_counts_unless_all_is_asked_for(readings: Person) -> None:
    for whole in (False, True):
        for fold in within_session(4, whole=whole)(readings):
            (stream,) = fold.streams
            assert set(fold.training.repetition) == {1, 2, 3, 4}
            assert set(stream.recording.repetition[stream.counted]) == {5, 6}
            assert whole == bool((stream.decided != stream.counted).any())
            assert (stream.counted <= stream.decided).all()


def test_who_recorded_too_little_is_left_out(longterm: Person) -> None:
    with_22 = next(test for test in STANDARD if test.classes == 22)
    assert not list(with_22.folds(longterm))
    assert not list(within_session(4)(longterm))
    one_day = longterm.recording.select(sessions=(1,))
    alone = Person(one_day, np.ones(len(one_day), dtype=np.bool_), {1: "1"}, longterm.frame)
    assert not list(across_sessions(alone))
    assert not list(with_one_trial(alone))


def test_the_suite_is_in_the_order_of_the_table() -> None:
    assert [test.name for test in STANDARD] == [
        "longterm-8-same-day",
        "longterm-8-other-days",
        "longterm-8-one-trial",
        "longterm-22-same-day",
        "longterm-22-other-days",
        "longterm-22-one-trial",
        "myo-same-session",
        "myo-other-sessions",
    ]
