import numpy as np
from numpy.typing import NDArray

from controller.calibration.trials import joined, rows_of
from controller.evaluation.person import Frame, Person, settled
from drivers.recordings.recording import Recording
from drivers.source import StreamInfo

FRAME = Frame(window_ms=40.0, hop_ms=10.0, settle_ms=50.0)  # at 200 Hz: 8 samples, 2, 10


def a_recording(classes: list[int], segment: list[int]) -> Recording:
    rows = len(classes)
    ones: NDArray[np.int64] = np.ones(rows, dtype=np.int64)
    samples = np.arange(2.0 * rows).reshape(rows, 2)
    names = ("rest", "fist", "point")
    return Recording(StreamInfo("made", 2, 200.0), samples, names, np.array(classes), ones, ones, np.array(segment))


def test_windows_are_whole_hops() -> None:
    frame = Frame(window_ms=250.0, hop_ms=50.0)
    assert (frame.window_samples(200.0), frame.hop_samples(200.0)) == (50, 10)
    assert frame.window_samples(33.0) % frame.hop_samples(33.0) == 0


def test_a_window_is_settled_when_its_first_sample_is() -> None:
    recording = a_recording([0] * 30 + [1] * 30, [0] * 60)
    newest = np.flatnonzero(settled(recording, FRAME))
    assert newest.tolist() == [*range(17, 30), *range(47, 60)]


def test_a_cut_counts_as_a_change_of_prompt() -> None:
    newest = np.flatnonzero(settled(a_recording([0] * 40, [0] * 20 + [1] * 20), FRAME))
    assert newest.tolist() == [17, 18, 19, 37, 38, 39]


def test_rows_that_are_left_out_leave_a_seam() -> None:
    recording = a_recording([0, 0, 1, 1, 2, 2], [0, 0, 0, 0, 1, 1])
    kept = rows_of(recording, np.array([True, True, False, True, True, True]))
    assert kept.segment.tolist() == [0, 0, 1, 2, 2]
    assert kept.samples[:, 0].tolist() == [0.0, 2.0, 6.0, 8.0, 10.0]


def test_joined_recordings_share_no_segment() -> None:
    part = a_recording([0, 0, 1], [4, 4, 7])
    both = joined([part, part])
    assert both.segment.tolist() == [0, 0, 3, 4, 4, 7]
    assert len(both) == 6


def test_without_the_other_classes_nothing_is_left_of_them() -> None:
    recording = a_recording([0, 1, 2, 2, 0], [0] * 5)
    person = Person(recording, np.array([True, True, True, False, False]), {1: "1"}, FRAME).with_classes(2)
    assert person.recording.class_names == ("rest", "fist")
    assert person.recording.class_of_sample.tolist() == [0, 1, 0]
    assert person.asked.tolist() == [True, True, False]
    assert person.recording.segment.tolist() == [0, 0, 1]
