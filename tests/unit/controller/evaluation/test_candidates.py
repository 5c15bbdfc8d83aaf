from collections.abc import Sequence

import numpy as np
import pytest

from controller.calibration.batch import segment_features
from controller.calibration.fit import FitSettings, fit_model
from controller.calibration.trials import rows_of
from controller.errors import CalibrationError, ControllerError
from controller.evaluation.candidate import HealthWatcher, Labelled, LabelledLearner, Mover, UnlabelledLearner
from controller.evaluation.candidates import candidate, candidate_names
from controller.evaluation.candidates.product import REJECTION_THRESHOLD
from controller.evaluation.data_sets import DATA_SETS
from controller.evaluation.folds import Stream
from controller.evaluation.person import Person
from controller.step import control_step, feature_path
from drivers.recordings.recording import Recording
from tests.unit.controller.evaluation.made_people import write_people

NAMES = ("gaussian", "td4-lda", "td6-lda", "td4-ar4-lda", "log-moments-lda", "log-covariance-lda")


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Person:
    data = write_people(tmp_path_factory.mktemp("longterm"), readings=0)
    return DATA_SETS["longterm_myo"].load(data / "longterm_myo/sub1.npz")


def trials(person: Person, repetitions: Sequence[int]) -> Recording:
    return person.recording.select(sessions=(1,), repetitions=tuple(repetitions))


def test_the_default_is_the_first() -> None:
    assert candidate_names() == NAMES
    assert [candidate(name).name for name in NAMES] == list(NAMES)


def test_an_unknown_decoder_is_named_with_the_known() -> None:
    with pytest.raises(ControllerError, match=r"no decoder 'svm'.*td4-lda"):
        candidate("svm")


@pytest.mark.parametrize("name", NAMES)
def test_windows_are_whole_and_end_where_they_say(person: Person, name: str) -> None:
    fitted = candidate(name).fit([Labelled(trials(person, (1, 2, 3)))], person.frame)
    recording = trials(person, (4,))
    windows = fitted.windows(recording)
    # 250 ms in 1.5 s at 200 Hz, every 50 ms.
    expected = [300 * trial + row for trial in range(8) for row in range(49, 300, 10)]
    assert windows.newest_row.tolist() == expected
    # What came in other segments leaves no trace.
    second = rows_of(recording, (np.arange(len(recording)) >= 300) & (np.arange(len(recording)) < 600))
    assert np.array_equal(fitted.windows(second).vectors, windows.vectors[26:52])


@pytest.mark.parametrize("name", NAMES)
def test_motions_that_differ_are_told_apart(person: Person, name: str) -> None:
    fitted = candidate(name).fit([Labelled(trials(person, (1, 2, 3)))], person.frame)
    recording = trials(person, (4,))
    windows, decoder = fitted.windows(recording), fitted.decoder()
    decided = [int(decoder.decide(vector).argmax()) for vector in windows.vectors]
    assert np.mean(decided == recording.class_of_sample[windows.newest_row]) > 0.9


@pytest.mark.parametrize("name", NAMES)
def test_decoders_of_one_fit_share_no_memory(person: Person, name: str) -> None:
    fitted = candidate(name).fit([Labelled(trials(person, (1, 2, 3)))], person.frame)
    recording = trials(person, (4,))
    windows, used = fitted.windows(recording), fitted.decoder()
    if isinstance(used, LabelledLearner):
        used.learn_labelled(windows.vectors, recording.class_of_sample[windows.newest_row])
    for vector in windows.vectors:
        used.decide(vector)
        if isinstance(used, UnlabelledLearner):
            used.learn(vector)
    first, second = (fitted.decoder().decide(windows.vectors[0]).copy() for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("name", NAMES)
def test_a_class_that_was_never_recorded_is_named(person: Person, name: str) -> None:
    recording = trials(person, (1, 2, 3))
    part = rows_of(recording, recording.class_of_sample != 3)
    with pytest.raises(CalibrationError, match="class 'RD' has"):
        candidate(name).fit([Labelled(part)], person.frame)


@pytest.mark.parametrize(
    ("name", "decoder", "feature_set"),
    [("td4-lda", "lda", "td4"), ("log-moments-lda", "lda", "auto"), ("gaussian", "gaussian", "auto")],
)
def test_it_decides_what_calibrate_and_run_would(person: Person, name: str, decoder: str, feature_set: str) -> None:
    recording = trials(person, (1, 2, 3))
    fitted = candidate(name).fit([Labelled(recording)], person.frame)
    # The whole first window of each trial is left out of the noise level, as where people have to settle.
    settings = FitSettings(
        decoder=decoder, feature_set=feature_set, ring=True, window_ms=250.0, hop_ms=50.0, settle_ms=245.0
    )
    model = fit_model(recording, settings, "test")
    windows, batch = fitted.windows(recording), segment_features(feature_path(model), recording)
    assert np.array_equal(windows.vectors, batch.vectors)
    assert np.array_equal(windows.newest_row, batch.newest_row)
    step = control_step(model, np.zeros((8, 1)), [1.0], rejection_threshold=REJECTION_THRESHOLD, ramp_ms=300.0)
    evaluated = fitted.decoder()
    for vector in windows.vectors:
        intent = step.listening.whole.decode(vector)
        assert np.array_equal(evaluated.decide(vector), intent.scores)
        step.listening.whole.learn_unlabelled(step.shaper.rejection.sure(intent))
        if isinstance(evaluated, UnlabelledLearner):
            evaluated.learn(vector)


def test_the_gaussian_learns_and_the_others_do_not(person: Person) -> None:
    learners = []
    for name in NAMES:
        decoder = candidate(name).fit([Labelled(trials(person, (1, 2, 3)))], person.frame).decoder()
        assert isinstance(decoder, UnlabelledLearner) == isinstance(decoder, LabelledLearner)
        if isinstance(decoder, UnlabelledLearner):
            learners.append(name)
    assert learners == ["gaussian"]


def test_a_part_of_weight_two_counts_twice(person: Person) -> None:
    old, new = trials(person, (1, 2)), trials(person, (3,))
    weighted = candidate("log-covariance-lda").fit([Labelled(old), Labelled(new, 2)], person.frame)
    twice = candidate("log-covariance-lda").fit([Labelled(old), Labelled(new), Labelled(new)], person.frame)
    vector = weighted.windows(new).vectors[0]
    assert weighted.decoder().decide(vector) == pytest.approx(twice.decoder().decide(vector))


def test_the_arm_moves_no_more_often_than_the_decoder_decides_so_and_stands_where_nothing_is_decided(
    person: Person,
) -> None:
    fitted = candidate("td4-lda").fit([Labelled(trials(person, (1, 2, 3)))], person.frame)
    recording = trials(person, (4,))
    decided = recording.class_of_sample != 2
    stream = Stream(1, False, recording, None, decided, decided)
    assert isinstance(fitted, Mover)
    assert isinstance(fitted, HealthWatcher)
    rows, speed = fitted.move(stream, learn=True)
    assert np.array_equal(rows, fitted.windows(recording).newest_row)
    assert np.array_equal(np.isnan(speed), ~decided[rows])
    known = speed[decided[rows]]
    assert known.min() >= 0.0
    assert 0.0 < known.max() <= 1.0
    _, class_index = fitted.decide_with_health(stream, learn=True)
    assert not speed[class_index == 0].any()
