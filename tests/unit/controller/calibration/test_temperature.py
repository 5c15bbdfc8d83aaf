import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from controller.calibration.temperature import (
    HIGHEST,
    LOWEST,
    NOT_KNOWN,
    Scorer,
    calibration_error,
    fit_temperature,
    held_out_scores,
    held_out_temperature,
    probabilities,
)
from controller.decoders.discriminant import fit_discriminant
from controller.errors import CalibrationError

CLASSES = 4


def drawn(seed: int, count: int = 20_000) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Log scores [n, classes] and labels drawn with just the probabilities that they give."""
    generator = np.random.default_rng(seed)
    scores = generator.normal(0.0, 2.0, (count, CLASSES))
    chance = probabilities(scores, 1.0).cumsum(axis=1)
    labels = (generator.random((count, 1)) > chance).sum(axis=1)
    return scores, np.minimum(labels, CLASSES - 1)


@pytest.mark.parametrize("too_sure", [1.0, 2.0, 5.0, 20.0])
def test_finds_how_much_too_sure_the_scores_are(too_sure: float) -> None:
    scores, labels = drawn(0)
    found = fit_temperature(too_sure * scores, labels)
    assert found == pytest.approx(too_sure, rel=0.15)
    confidence = [probabilities(too_sure * scores, t).max(axis=1) for t in (1.0, found)]
    right = scores.argmax(axis=1) == labels
    assert calibration_error(confidence[1], right) < 0.03
    if too_sure > 1.5:
        assert calibration_error(confidence[0], right) > 2 * calibration_error(confidence[1], right)


def test_a_few_mislabelled_windows_do_not_make_it_theirs() -> None:
    scores, labels = drawn(1)
    wrong = np.random.default_rng(2).random(len(labels)) < 0.02
    labels[wrong] = (labels[wrong] + 1) % CLASSES
    assert fit_temperature(5.0 * scores, labels) == pytest.approx(5.0, rel=0.25)


def test_trials_without_an_error_leave_it_at_its_lowest_and_chance_at_its_highest() -> None:
    labels = np.arange(400) % CLASSES
    assert fit_temperature(50.0 * np.eye(CLASSES)[labels], labels) < 1.5 * LOWEST
    assert fit_temperature(1e6 * np.eye(CLASSES)[(labels + 1) % CLASSES], labels) == pytest.approx(HIGHEST, rel=1e-3)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 1e4))
def test_stays_in_its_bounds_and_changes_no_decision(seed: int, scale: float) -> None:
    generator = np.random.default_rng(seed)
    scores = generator.normal(0.0, scale, (60, CLASSES))
    temperature = fit_temperature(scores, np.arange(60) % CLASSES)
    assert LOWEST <= temperature <= HIGHEST
    assert (probabilities(scores, temperature).argmax(axis=1) == scores.argmax(axis=1)).all()


def test_holds_out_whole_repetitions() -> None:
    generator = np.random.default_rng(3)
    labels, repetition = np.tile(np.repeat(np.arange(CLASSES), 10), 3), np.repeat([1, 2, 5], 40)
    vectors = np.eye(CLASSES)[labels] + generator.normal(0.0, 0.3, (120, CLASSES))

    def fit(seen: NDArray[np.float64], seen_labels: NDArray[np.int64]) -> Scorer:
        return fit_discriminant(seen, seen_labels, CLASSES).scores

    scores, truth = held_out_scores(vectors, labels, repetition, fit)
    assert (truth == labels).all()
    others = fit_discriminant(vectors[repetition != 2], labels[repetition != 2], CLASSES)
    np.testing.assert_allclose(scores[40:80], vectors[repetition == 2] @ others.weights.T + others.bias)
    some = ~((repetition != 5) & (labels == 3))  # one class in one repetition alone: that one cannot be held out
    left = held_out_scores(vectors[some], labels[some], repetition[some], fit)
    assert len(left[1]) == 60


def test_a_single_trial_of_a_class_gives_no_temperature() -> None:
    def never(_vectors: NDArray[np.float64], _labels: NDArray[np.int64]) -> Scorer:
        raise AssertionError("nothing can be held out")

    assert held_out_temperature(np.eye(4), np.arange(4), np.ones(4, dtype=np.int64), never) == NOT_KNOWN


def test_what_cannot_be_judged_is_refused() -> None:
    with pytest.raises(CalibrationError, match="are numbers"):
        fit_temperature(np.full((4, 2), np.nan), np.zeros(4, dtype=np.int64))
    with pytest.raises(CalibrationError, match="are numbers"):
        fit_temperature(np.zeros((0, 2)), np.zeros(0, dtype=np.int64))
