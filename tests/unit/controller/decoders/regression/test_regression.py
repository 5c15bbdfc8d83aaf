import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from controller.decoders.discriminant import Discriminant, fit_discriminant
from controller.decoders.lda import LinearDiscriminant
from controller.decoders.regression.linear import RegressionModel, asked_speeds, fit_regression
from controller.decoders.regression.weighted import WeightedRegression
from controller.errors import CalibrationError

NONE = np.zeros(4, dtype=np.bool_)
# Rest, two joints either way.
DIRECTIONS = np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])


def training(seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Roots of levels [n, 4] of four muscles, the speeds [n, 2] asked for with them, and the classes."""
    generator = np.random.default_rng(seed)
    labels = np.repeat(np.arange(5), 200)
    effort = generator.uniform(0.2, 1.0, len(labels))
    speeds = DIRECTIONS[labels] * effort[:, None]
    pulls = np.stack((speeds[:, 0], -speeds[:, 0], speeds[:, 1], -speeds[:, 1]), axis=1).clip(0)
    crosstalk = np.eye(4) + 0.25 * np.roll(np.eye(4), 2, axis=1)
    return 2.0 + 4.0 * pulls @ crosstalk + generator.normal(0, 0.1, pulls.shape), speeds, labels


def weighted(width: float = 0.1) -> WeightedRegression:
    vectors, speeds, labels = training()
    classifier = LinearDiscriminant(fit_discriminant(vectors, labels, 5), DIRECTIONS)
    return WeightedRegression(fit_regression(vectors, speeds, 4), classifier, DIRECTIONS, width)


@pytest.mark.parametrize("logarithm", [False, True])
def test_finds_the_line_and_runs_as_it_was_fitted(logarithm: bool) -> None:
    generator = np.random.default_rng(1)
    vectors = generator.uniform(1.0, 5.0, (400, 5))
    inputs = (np.log(vectors**2) if logarithm else vectors)[:, :3]
    speeds = inputs @ [[0.02, 0.01], [-0.01, 0.0], [0.005, -0.02]] + [0.1, -0.05]
    line = fit_regression(vectors, speeds, 3, logarithm).solve(NONE[:3], penalty=1e-9)
    found = np.zeros((400, 2))
    for vector, out in zip(vectors, found, strict=True):
        line.write_speeds(vector, out)
    inside = vectors[:, :3].min(axis=1) > 1.05  # logarithms stop at the quietest of the training
    np.testing.assert_allclose(found[inside], speeds[inside], atol=2e-2 if logarithm else 1e-6)


def test_a_silent_channel_does_not_weigh_without_end() -> None:
    vectors, speeds, _ = training()
    line = fit_regression(vectors, speeds, 4, logarithm=True).solve(NONE)
    before, after, vector = np.zeros(2), np.zeros(2), vectors[0].copy()
    line.write_speeds(vector, before)
    vector[1] = 0.0
    line.write_speeds(vector, after)
    assert np.abs(after - before).max() < 0.4


def test_weighting_keeps_joints_at_rest_that_regression_alone_lets_drift() -> None:
    vectors, _, labels = training(seed=7)
    decoder, line, alone = weighted(width=0.0), weighted().model.solve(NONE), np.zeros((1000, 2))
    for vector, out in zip(vectors, alone, strict=True):
        line.write_speeds(vector, out)
    held_back = np.array([decoder.decode(vector).direction.copy() for vector in vectors])
    resting = DIRECTIONS[labels] == 0
    assert np.abs(held_back[resting]).mean() < 0.2 * np.abs(alone[resting]).mean()
    moved = [float((found * DIRECTIONS[labels])[~resting].mean()) for found in (alone, held_back)]
    assert moved[1] > 0.8 * moved[0]
    banded = weighted()
    signs = np.array([np.sign(banded.decode(vector).direction) for vector in vectors])
    assert (signs == DIRECTIONS[labels]).all(axis=1).mean() > 0.85


def test_leaving_channels_out_is_a_fit_without_them() -> None:
    vectors, speeds, labels = training()
    left = weighted().without_channels(np.array([False, True, False, False]))
    kept = [0, 2, 3]
    fewer = np.ascontiguousarray(vectors[:, kept])
    classifier = LinearDiscriminant(fit_discriminant(fewer, labels, 5), DIRECTIONS)
    expected = WeightedRegression(fit_regression(fewer, speeds, 3), classifier, DIRECTIONS)
    for vector in training(seed=5)[0][::50]:
        loud = vector.copy()
        loud[1] = 1e6
        intent, other = left.decode(loud), expected.decode(np.ascontiguousarray(vector[kept]))
        np.testing.assert_allclose(intent.direction, other.direction, atol=1e-9)
        assert intent.confidence == pytest.approx(other.confidence)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_moves_nothing(bad: float) -> None:
    intent = weighted().decode(np.array([bad, 2.0, 2.0, 2.0]))
    assert (intent.class_index, intent.confidence, intent.direction.tolist()) == (-1, 0.0, [0.0, 0.0])


def test_the_confidence_is_that_of_the_joint_that_is_least_likely_to_be_meant() -> None:
    def confidence(speed: tuple[float, float], *values: float) -> float:
        scores = Discriminant(np.zeros((5, 1)), np.log(values), np.zeros((5, 1)), np.eye(1))
        model = RegressionModel(np.zeros(1), np.eye(1), np.zeros((2, 1)), np.array(speed), np.ones(1), False)
        decoder = WeightedRegression(model, LinearDiscriminant(scores, DIRECTIONS), DIRECTIONS, width=0.01)
        return decoder.decode(np.zeros(1)).confidence

    assert confidence((0.9, 0.0), 0.1, 0.6, 0.1, 0.1, 0.1) == pytest.approx(0.6)
    assert confidence((0.9, -0.9), 0.1, 0.4, 0.05, 0.05, 0.4) == pytest.approx(0.4)  # both joints at once
    assert confidence((0.0, 0.0), 0.7, 0.1, 0.1, 0.05, 0.05) == pytest.approx(0.8)


@given(st.lists(st.floats(0, 1e3), min_size=4, max_size=4))
def test_speeds_and_confidence_stay_in_their_range(values: list[float]) -> None:
    intent = weighted().decode(np.array(values))
    assert np.abs(intent.direction).max() <= 1.0
    assert 0.0 <= intent.confidence <= 1.0
    assert intent.proportional


def test_asked_speeds_follow_the_span_of_the_class() -> None:
    labels, effort = np.array([0, 1, 1, 1, 2]), np.array([50.0, 5.0, 20.0, 99.0, 20.0])
    speeds = asked_speeds(DIRECTIONS[:3], labels, effort, np.array([5.0, 10.0, 10.0]), np.array([5.0, 30.0, 20.0]))
    assert speeds[:, 0].tolist() == pytest.approx([0.0, 0.0, 0.5, 1.0, -1.0])


def test_training_data_that_cannot_work_are_refused_in_a_sentence() -> None:
    vectors, speeds, _ = training()
    with pytest.raises(CalibrationError, match="7 windows cannot carry"):
        fit_regression(vectors[:7], speeds[:7], 4)
    with pytest.raises(CalibrationError, match="no numbers"):
        fit_regression(np.where(vectors > 5, np.nan, vectors), speeds, 4)
    one = weighted()
    with pytest.raises(ValueError, match="directions are"):
        WeightedRegression(one.model, one.classifier, np.zeros((5, 3)))
