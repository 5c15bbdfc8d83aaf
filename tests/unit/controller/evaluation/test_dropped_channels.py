from pathlib import Path

import numpy as np
import pytest

from controller.evaluation.candidates import candidate
from controller.evaluation.data_sets import DATA_SETS
from controller.evaluation.dropped_channels import MOST_SETS, dead_sets, score_dropped
from controller.evaluation.folds import within_session
from tests.unit.controller.evaluation.a_candidate import FRAME, Noting, a_fold
from tests.unit.controller.evaluation.made_people import write_people


def test_every_pair_of_eight_is_tried() -> None:
    assert dead_sets(8, 0, seed=1) == [()]
    assert len(dead_sets(8, 1, seed=1)) == 8
    assert len(set(dead_sets(8, 2, seed=1))) == 28


def test_of_many_sets_some_are_drawn_by_the_seed() -> None:
    drawn = dead_sets(8, 3, seed=1)
    assert len(set(drawn)) == MOST_SETS
    assert all(len(set(dead)) == 3 and set(dead) <= set(range(8)) for dead in drawn)
    assert drawn == dead_sets(8, 3, seed=1)
    assert drawn != dead_sets(8, 3, seed=2)


def test_there_is_no_set_of_more_channels_than_there_are() -> None:
    assert dead_sets(2, 3, seed=0) == []


def test_a_dead_channel_is_zero_for_the_decoder() -> None:
    candidate_ = Noting(table=[0, 1, 2], learns=False)
    fold = a_fold([0, 1, 2], [True] * 3, [True] * 3)
    whole, dead = score_dropped(candidate_, [fold], FRAME, [(), (0,)], learn=False)
    assert candidate_.said[1:] == ["decide 0", "decide 1", "decide 2", *["decide 0"] * 3]
    assert (whole.error_percent, whole.dropping_percent) == (0.0, None)
    assert (dead.error_percent, dead.dropping_percent) == (pytest.approx(200 / 3), None)


@pytest.mark.parametrize(("name", "points"), [("td4-lda", 8.0), ("gaussian", 4.0)])
def test_health_saves_the_decision_when_two_channels_die(tmp_path: Path, name: str, points: float) -> None:
    person = DATA_SETS["longterm_myo"].load(write_people(tmp_path, readings=0) / "longterm_myo/sub1.npz")
    fold = next(within_session(3)(person))
    scores = score_dropped(candidate(name), [fold], person.frame, [(), (1, 6)], learn=True)
    whole, dead = (score.dropping_percent for score in scores)
    assert whole is not None
    assert dead is not None
    assert dead < whole + points
    assert scores[1].error_percent > 20.0


def test_decoders_leave_the_recording_as_it_is(tmp_path: Path) -> None:
    person = DATA_SETS["longterm_myo"].load(write_people(tmp_path, readings=0) / "longterm_myo/sub1.npz")
    fold = next(within_session(3)(person))
    before = fold.streams[0].recording.samples.copy()
    score_dropped(candidate("log-covariance-lda"), [fold], person.frame, [(0,)], learn=False)
    assert np.array_equal(fold.streams[0].recording.samples, before)
