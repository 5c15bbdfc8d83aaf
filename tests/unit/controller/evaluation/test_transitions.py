from collections.abc import Sequence

import numpy as np
import pytest

from controller.evaluation.candidate import Windows
from controller.evaluation.folds import Stream
from controller.evaluation.transitions import Transitions, false_movements, transitions
from tests.unit.controller.evaluation.a_candidate import a_recording

HOP_S = 2e-3


def found(
    classes: Sequence[int],
    decided: Sequence[int],
    counted: Sequence[bool] | None = None,
    segment: Sequence[int] | None = None,
) -> Transitions:
    """Every second row ends a window; `decided` is its class, -1 where it is not decided."""
    recording = a_recording(classes, segment)
    newest = np.arange(1, len(classes), 2)
    counts = np.ones(len(classes), dtype=np.bool_) if counted is None else np.array(counted)
    stream = Stream(1, False, recording, None, np.ones(len(classes), dtype=np.bool_), counts)
    return transitions(stream, Windows(np.zeros((len(newest), 1)), newest), np.array(decided), HOP_S)


def test_delay_is_from_the_prompt_to_the_newest_sample_of_the_first_right_decision() -> None:
    lag = found([0] * 4 + [1] * 6 + [0] * 4, [0, 0, 0, 2, 1, 1, 0])
    assert lag.onset_s == pytest.approx([6e-3])
    assert lag.offset_s == pytest.approx([4e-3])
    assert (lag.missed_onsets, lag.missed_offsets) == (0, 0)


def test_a_prompt_that_is_never_answered_is_missed() -> None:
    lag = found([0] * 4 + [1] * 4 + [0] * 4, [0, 0, 2, 2, 2, 2])
    assert (lag.missed_onsets, lag.missed_offsets) == (1, 1)
    assert lag.onset_s == lag.offset_s == []


def test_the_beginning_of_a_segment_is_no_prompt() -> None:
    lag = found([0] * 4 + [1] * 4, [0, 0, 1, 1], segment=[0] * 4 + [1] * 4)
    assert lag.onset_s == []
    assert lag.missed_onsets == 0


def test_a_prompt_of_which_not_all_was_decided_says_nothing() -> None:
    lag = found([0] * 4 + [1] * 4, [0, 0, -1, 1])
    assert lag.onset_s == []
    assert lag.missed_onsets == 0


def test_activations_are_runs_within_settled_rest() -> None:
    late = [False] * 4 + [True] * 12
    rest = found([0] * 16, [1, 1, 0, 2, 1, 0, 0, 2], late)
    assert rest.activations == 2
    assert rest.rest_s == pytest.approx(6 * HOP_S)
    assert rest.quiet_s == 0.0


def test_not_being_back_at_rest_when_it_counts_is_an_activation() -> None:
    assert found([0] * 8, [1, 1, 1, 0], [False] * 2 + [True] * 6).activations == 1


def test_recordings_of_rest_alone_are_counted_apart() -> None:
    rest = found([0] * 8, [0, 1, 0, 1], [False] * 8)
    assert (rest.activations, rest.quiet_activations) == (0, 2)
    assert rest.quiet_s == pytest.approx(4 * HOP_S)


def test_streams_add_up() -> None:
    both = found([0] * 4 + [1] * 4, [0, 0, 1, 1])
    both.add(found([0] * 4 + [1] * 4, [0, 0, 2, 1]))
    assert both.onset_s == pytest.approx([2e-3, 4e-3])
    assert both.rest_s == pytest.approx(4 * HOP_S)


def moved(classes: Sequence[int], speed: Sequence[float], counted: Sequence[bool]) -> Transitions:
    """Every second row ends a window; `speed` is what is wanted then, NaN where nothing is decided."""
    recording = a_recording(classes, None)
    decided = np.ones(len(classes), dtype=np.bool_)
    stream = Stream(1, False, recording, None, decided, np.array(counted))
    return false_movements(stream, np.arange(1, len(classes), 2), np.array(speed), HOP_S)


def test_movements_in_settled_rest_are_counted_with_how_far_they_went() -> None:
    late = [False] * 4 + [True] * 16
    arm = moved([0] * 16 + [1] * 4, [1.0, 1.0, 0.0, 0.5, 0.25, 0.0, 0.0, 1.0, 1.0, 1.0], late)
    assert arm.movements == 2
    assert arm.shaped_s == pytest.approx(6 * HOP_S)
    assert arm.way_s == pytest.approx(1.75 * HOP_S)
    assert (arm.quiet_movements, arm.quiet_shaped_s, arm.quiet_way_s) == (0, 0.0, 0.0)


def test_movements_in_recordings_of_rest_alone_are_counted_apart_and_what_is_not_decided_not_at_all() -> None:
    arm = moved([0] * 8, [np.nan, 0.5, 0.0, 0.5], [False] * 8)
    assert (arm.movements, arm.shaped_s) == (0, 0.0)
    assert arm.quiet_movements == 2
    assert arm.quiet_shaped_s == pytest.approx(3 * HOP_S)
    assert arm.quiet_way_s == pytest.approx(1.0 * HOP_S)


def test_a_recording_in_which_nothing_is_decided_adds_nothing() -> None:
    assert moved([0] * 8, [np.nan] * 4, [False] * 8) == Transitions()
