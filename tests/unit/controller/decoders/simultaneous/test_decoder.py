import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from controller.decoders.discriminant import fit_discriminant
from controller.decoders.simultaneous.decoder import ParallelDiscriminant
from controller.decoders.simultaneous.fit import fit_parallel
from controller.errors import CalibrationError

# Rest, each joint either way, and the four combinations.
STATES = np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [1, -1], [-1, 1], [-1, -1]])
FEATURES = 6
NAMES = tuple(f"c{index}" for index in range(len(STATES)))


def windows(seed: int, each: int = 80, noise: float = 0.5) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Muscles that add up: each joint and direction has a pattern of its own; they meet with an interaction."""
    patterns = np.random.default_rng(11).normal(0.0, 1.5, (5, FEATURES))
    generator = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(STATES)), each)
    first, second = STATES[labels].T
    mean = np.stack((first == 1, first == -1, second == 1, second == -1, first * second), axis=1) @ patterns
    return mean + generator.normal(0.0, noise, mean.shape), labels


def share_right(seed: int = 1) -> float:
    decoder = ParallelDiscriminant(fit_parallel(*windows(0), STATES, NAMES), STATES.astype(float))
    vectors, labels = windows(seed)
    return float(
        np.mean([decoder.decode(vector).class_index == label for vector, label in zip(vectors, labels, strict=True)])
    )


def by_the_book(
    vectors: NDArray[np.float64], labels: NDArray[np.int64], vector: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The combinations' probabilities as the module's formula gives them, joint by joint, without arrays of rows."""

    def posterior(members: list[int]) -> dict[int, float]:
        inside = np.isin(labels, members)
        found = fit_discriminant(vectors[inside], np.searchsorted(members, labels[inside]), len(members))
        scores = found.scores(vector[None])[0]
        odds = np.exp(scores - scores.max())
        return dict(zip(members, (odds / odds.sum()).tolist(), strict=True))

    everyone = posterior(list(range(len(STATES))))
    logs = np.zeros(len(STATES))
    for joint in range(2):
        for index, state in enumerate(STATES):
            context = [other for other, one in enumerate(STATES) if one[1 - joint] == state[1 - joint]]
            logs[index] += np.log(sum(everyone[one] for one in context)) + np.log(posterior(context)[index])
    mean: NDArray[np.float64] = np.exp(logs / 2)
    return np.asarray(mean / mean.sum(), dtype=np.float64)


def test_decides_single_and_combined_motions() -> None:
    assert share_right() > 0.97


def test_gives_the_probabilities_of_the_formula() -> None:
    vectors, labels = windows(0, noise=1.5)
    decoder = ParallelDiscriminant(fit_parallel(vectors, labels, STATES, NAMES), STATES.astype(float))
    for vector in windows(3, each=2, noise=1.5)[0]:
        intent = decoder.decode(vector)
        np.testing.assert_allclose(intent.scores, by_the_book(vectors, labels, vector), atol=1e-9)
        assert intent.direction.tolist() == STATES[intent.class_index].tolist()
        assert intent.confidence == intent.scores.max() == intent.scores[intent.class_index]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 1e6), st.floats(1.0, 20.0))
def test_scores_are_probabilities_and_temperature_changes_no_decision(
    seed: int, scale: float, temperature: float
) -> None:
    model = fit_parallel(*windows(0), STATES, NAMES)
    vector = np.random.default_rng(seed).normal(0.0, scale, FEATURES)
    sharp = ParallelDiscriminant(model, STATES.astype(float)).decode(vector)
    decided, confidence = sharp.class_index, sharp.confidence
    soft = ParallelDiscriminant(model, STATES.astype(float), temperature).decode(vector)
    assert soft.scores.sum() == pytest.approx(1.0)
    assert ((soft.scores >= 0) & (soft.scores <= 1)).all()
    assert soft.class_index == decided
    assert soft.confidence <= confidence + 1e-12


def test_leaving_channels_out_is_a_fit_without_them() -> None:
    vectors, labels = windows(0)
    left = ParallelDiscriminant(fit_parallel(vectors, labels, STATES, NAMES), STATES.astype(float), 2.0)
    left = left.without_channels(np.array([False, True, False]))
    gone = np.array([False, True, False] * 2)
    fewer = fit_parallel(np.ascontiguousarray(vectors[:, ~gone]), labels, STATES, NAMES)
    expected = ParallelDiscriminant(fewer, STATES.astype(float), 2.0)
    for vector in windows(2, each=2)[0]:
        np.testing.assert_allclose(
            left.decode(vector).scores, expected.decode(np.ascontiguousarray(vector[~gone])).scores, atol=1e-9
        )


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_is_no_combination_and_no_direction(bad: float) -> None:
    decoder = ParallelDiscriminant(fit_parallel(*windows(0), STATES, NAMES), STATES.astype(float))
    intent = decoder.decode(np.array([bad, *[0.0] * (FEATURES - 1)]))
    assert (intent.class_index, intent.confidence, intent.direction.any(), intent.scores.any()) == (
        -1,
        0.0,
        False,
        False,
    )


def test_training_data_that_cannot_work_are_refused_in_a_sentence() -> None:
    vectors, labels = windows(0)
    with pytest.raises(CalibrationError, match="'c0' and 'c1' move the same joints"):
        fit_parallel(vectors, labels, np.zeros_like(STATES), NAMES)
    with pytest.raises(CalibrationError, match="needs training windows"):
        fit_parallel(vectors[labels != 3], labels[labels != 3], STATES, NAMES)
    with pytest.raises(CalibrationError, match="no joint has two states"):
        fit_parallel(vectors[labels < 2], labels[labels < 2], np.array([[0, 0], [1, 1]]), NAMES[:2])
    vectors[4, 1] = np.nan
    with pytest.raises(CalibrationError, match="no numbers"):
        fit_parallel(vectors, labels, STATES, NAMES)
    with pytest.raises(ValueError, match="9 combinations"):
        ParallelDiscriminant(fit_parallel(*windows(0), STATES, NAMES), np.zeros((3, 2)))
