import numpy as np
import pytest

from controller.decoders.discriminant import Discriminant, fit_discriminant
from controller.decoders.intent import ChannelDropper
from controller.decoders.lda import LinearDiscriminant


def decoder(weights: list[list[float]], bias: list[float], directions: list[list[float]]) -> LinearDiscriminant:
    arrays = np.array(weights), np.array(bias)
    return LinearDiscriminant(Discriminant(*arrays, arrays[0], np.eye(arrays[0].shape[1])), np.array(directions))


def test_the_confidence_is_the_softmax_at_the_temperature() -> None:
    one = decoder([[0.0], [1.0], [2.0]], [0.0, 0.0, 0.0], [[0.0]] * 3)
    one.temperature = 4.0
    intent = one.decode(np.array([3.0]))
    odds = np.exp(np.array([0.0, 3.0, 6.0]) / 4.0)
    np.testing.assert_allclose(intent.scores, odds / odds.sum())
    assert (intent.class_index, intent.confidence) == (2, intent.scores[2])


def test_gives_the_direction_of_the_decided_class() -> None:
    one = decoder([[0.0], [1.0]], [0.5, 0.0], [[0.0, 0.0], [1.0, -0.5]])
    assert one.decode(np.array([0.0])).direction.tolist() == [0.0, 0.0]
    assert one.decode(np.array([2.0])).direction.tolist() == [1.0, -0.5]


def test_huge_scores_do_not_overflow() -> None:
    assert decoder([[1e6], [-1e6]], [0.0, 0.0], [[0.0]] * 2).decode(np.array([1e3])).scores.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_is_no_class_and_no_direction(bad: float) -> None:
    one = decoder([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0], [[1.0], [-1.0]])
    for vector in ([bad, 0.0], [0.0, bad]):
        intent = one.decode(np.array(vector))
        assert (intent.class_index, intent.confidence, intent.direction.tolist()) == (-1, 0.0, [0.0])
        assert intent.scores.tolist() == [0.0, 0.0]
    assert one.decode(np.array([2.0, 0.0])).class_index == 0


def test_dead_channels_say_nothing_any_more() -> None:
    generator = np.random.default_rng(4)
    labels = np.repeat([0, 1], 100)
    vectors = generator.normal(0.0, 1.0, (200, 6)) + labels[:, None]
    whole = LinearDiscriminant(fit_discriminant(vectors, labels, 2), np.array([[0.0], [1.0]]), 2.0)
    assert isinstance(whole, ChannelDropper)
    left = whole.without_channels(np.array([False, True, False]))
    before = left.decode(vectors[150]).scores.copy()
    loud = vectors[150].copy()
    loud[[1, 4]] = 1e9
    assert (left.decode(loud).scores == before).all()
    assert left.temperature == 2.0
    assert (whole.decode(vectors[150]).scores != before).any()
