import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.calibration.session_score import score_recording, trials_to_redo
from controller.calibration.trial_score_words import Verdict
from controller.calibration.trials import (
    TrialName,
    joined,
    trial_name,
    trial_names,
    with_redone,
    without_trials,
)
from controller.errors import CalibrationError
from drivers.recordings.recording import Recording
from drivers.source import StreamInfo
from tests.unit.controller.streams import labelled_noise

BAND = (20.0, 450.0)
CLOSE_2 = TrialName("hand_close", 2)


def quiet_trial(recording: Recording, name: TrialName) -> Recording:
    """Return the recording with a trial in which nothing was done."""
    rows = (recording.class_of_sample == recording.class_names.index(name.class_name)) & (
        recording.repetition == name.repetition
    )
    samples = recording.samples.copy()
    samples[rows] = np.random.default_rng(5).normal(0.0, 3.0, (int(rows.sum()), samples.shape[1]))
    return dataclasses.replace(recording, samples=samples)


@given(
    st.text(
        st.characters(codec="ascii", exclude_characters=":@,", categories=["L", "N", "P"]), min_size=1, max_size=20
    ),
    st.integers(0, 9999),
    st.integers(1, 9999),
)
def test_a_name_reads_as_it_is_written(motion: str, repetition: int, session: int) -> None:
    name = TrialName(motion, repetition, session)
    assert trial_name(str(name)) == name


@pytest.mark.parametrize("text", ["", "hand_close", ":2", "hand_close:", "hand_close:two", "hand_close:2@", "a:1:2"])
def test_what_is_no_name_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected a trial as MOTION:N, such as hand_close:2"):
        trial_name(text)


def test_trials_are_named_in_order_and_rests_of_a_round_share_a_name() -> None:
    names = [str(name) for name in trial_names(labelled_noise(trials=2))]
    assert names == ["rest:1", "hand_close:1", "hand_open:1", "rest:2", "hand_close:2", "hand_open:2"]


def test_leaving_out_takes_that_trial_alone_and_cuts_there() -> None:
    whole = labelled_noise()
    part = without_trials(whole, [CLOSE_2])
    assert CLOSE_2 not in trial_names(part)
    assert len(trial_names(part)) == len(trial_names(whole)) - 1
    assert len(part) == len(whole) - 1500
    kept = ~((whole.class_of_sample == 1) & (whole.repetition == 2))
    assert (part.samples == whole.samples[kept]).all()
    assert np.flatnonzero(np.diff(part.segment)).tolist() == [7499]
    assert without_trials(whole, []) is whole


def test_leaving_out_what_is_not_there_is_refused_with_what_is() -> None:
    with pytest.raises(CalibrationError, match=r"has no trial hand_close:9; it has rest:1, hand_close:1"):
        without_trials(labelled_noise(), [TrialName("hand_close", 9)])


def test_a_redone_trial_takes_the_place_of_the_old_one() -> None:
    whole = quiet_trial(labelled_noise(), CLOSE_2)
    assert trials_to_redo(score_recording(whole, BAND)) == [CLOSE_2]
    new = labelled_noise(seed=8, trials=2)
    rows = (new.repetition == 2) & (new.class_of_sample < 2)
    redone = dataclasses.replace(
        new,
        **{
            name: getattr(new, name)[rows]
            for name in ("samples", "class_of_sample", "repetition", "session", "segment")
        },
    )
    mended = with_redone(whole, redone, [CLOSE_2])
    assert trials_to_redo(score_recording(mended, BAND)) == []
    assert sorted(trial_names(mended)) == sorted(trial_names(whole))
    assert int(((mended.class_of_sample == 1) & (mended.repetition == 2)).sum()) == 1500


def test_a_redo_on_another_device_or_without_the_trial_leaves_the_first_recording() -> None:
    whole = labelled_noise()
    with pytest.raises(CalibrationError, match=r"8 channels at 1000 Hz instead of 4 .* the first recording stands"):
        with_redone(whole, labelled_noise(channels=8), [CLOSE_2])
    with pytest.raises(CalibrationError, match="has no trial hand_close:2"):
        with_redone(whole, labelled_noise(trials=1), [CLOSE_2])


def test_joining_speaks_of_classes_by_name() -> None:
    one = labelled_noise(trials=1)
    other = dataclasses.replace(
        one, class_names=("hand_open", "rest", "point"), class_of_sample=np.array([1, 2, 0])[one.class_of_sample]
    )
    both = joined([one, other])
    assert both.class_names == ("rest", "hand_close", "hand_open", "point")
    names = [both.class_names[index] for index in both.class_of_sample[len(one) :: 1500]]
    assert names == ["rest", "point", "rest", "hand_open"]
    assert both.segment[len(one)] != both.segment[len(one) - 1]


def test_every_trial_of_a_good_session_is_good() -> None:
    scored = score_recording(labelled_noise(), BAND)
    assert [trial.name for trial in scored] == trial_names(labelled_noise())
    # The noise begins with the prompt, sooner than anybody can.
    assert {trial.score.verdict for trial in scored} <= {Verdict.GOOD, Verdict.USABLE}
    assert all(trial.measures.recognised > 0.9 for trial in scored)


def test_sessions_are_judged_each_by_itself() -> None:
    first = labelled_noise()
    second = dataclasses.replace(
        first, samples=first.samples[:, ::-1].copy() * 2.0, session=np.full(len(first), 2, dtype=np.int64)
    )
    scored = score_recording(joined([first, second]), BAND)
    assert {str(trial.name) for trial in scored} >= {"hand_close:2", "hand_close:2@2"}
    assert trials_to_redo(scored) == []


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_samples_that_are_no_numbers_and_a_dead_channel_are_scored_without_a_fuss(bad: float) -> None:
    whole = labelled_noise()
    whole.samples[4000:4100] = bad
    whole.samples[:, 3] = 0.0
    assert len(score_recording(whole, BAND)) == len(trial_names(whole))


def test_more_channels_than_covariances_can_be_had_for_are_scored_too() -> None:
    assert len(score_recording(labelled_noise(channels=20, trials=2), BAND)) == 6


def test_one_class_only_is_refused() -> None:
    whole = labelled_noise(trials=1)
    with pytest.raises(CalibrationError, match="scoring needs trials of 'rest' and of at least one motion"):
        score_recording(dataclasses.replace(whole, class_of_sample=whole.class_of_sample * 0), BAND)
    with pytest.raises(CalibrationError, match="scoring needs trials of 'rest' and of at least one motion"):
        score_recording(dataclasses.replace(whole, class_names=("a", "b", "c")), BAND)
    empty = Recording(
        StreamInfo("x", 4, 1000.0), np.zeros((0, 4)), ("rest",), *(np.zeros(0, dtype=np.int64) for _ in range(4))
    )
    with pytest.raises(CalibrationError):
        score_recording(empty, BAND)
