import numpy as np
import pytest
from numpy.typing import NDArray

from controller.decoders.gaussian.fit import MOST_CHANNELS, GaussianFitSettings, fit_gaussian
from controller.decoders.gaussian.temperature import USUAL, best_temperature
from controller.errors import CalibrationError
from tests.unit.controller.decoders.gaussian.ring_wearer import RingWearer, trials

LABELS, REPETITIONS = trials(3, 4, 25)
VECTORS = RingWearer(3, seed=2).windows(LABELS)
NAMES = ("rest", "hand_close", "hand_open")


def test_covariances_are_shrunk_towards_their_diagonal_and_the_pooled_one() -> None:
    model = fit_gaussian(VECTORS, LABELS, NAMES, True, settings=GaussianFitSettings(0.4, 0.2))
    own = np.array([np.cov(VECTORS[index == LABELS].T, bias=True) for index in range(3)])
    shrunk = 0.8 * own + 0.2 * np.array([np.diag(np.diag(one)) for one in own])
    np.testing.assert_allclose(model.covariances, 0.4 * shrunk + 0.6 * shrunk.mean(0), atol=1e-12)
    np.testing.assert_allclose(model.means[1], VECTORS[LABELS == 1].mean(0))
    assert model.channel_count == 8
    assert model.temperature == USUAL


def test_classes_count_alike_however_long_they_were_recorded() -> None:
    more = np.concatenate((VECTORS, VECTORS[LABELS == 0], VECTORS[LABELS == 0]))
    labels = np.concatenate((LABELS, np.zeros(2 * np.count_nonzero(LABELS == 0), dtype=np.int64)))
    one, other = fit_gaussian(VECTORS, LABELS, NAMES, True), fit_gaussian(more, labels, NAMES, True)
    np.testing.assert_allclose(one.covariances, other.covariances, atol=1e-12)


def test_a_repetition_that_lacks_a_class_is_no_hindrance() -> None:
    keep = ~((REPETITIONS == 0) & (LABELS == 2))
    model = fit_gaussian(VECTORS[keep], LABELS[keep], NAMES, True, REPETITIONS[keep])
    assert 1.0 < model.temperature < 10.0
    alone = fit_gaussian(VECTORS, LABELS, NAMES, True, np.zeros_like(REPETITIONS))
    assert alone.temperature == pytest.approx(USUAL, rel=1e-3)


@pytest.mark.parametrize("truth", [1.0, 3.0, 8.0])
def test_temperature_makes_probabilities_true(truth: float) -> None:
    generator = np.random.default_rng(3)
    true = generator.normal(0.0, 2.0, (20_000, 4))
    probability = np.exp(true) / np.exp(true).sum(1, keepdims=True)
    labels = (generator.uniform(size=(20_000, 1)) > probability.cumsum(1)).sum(1)
    assert best_temperature(truth * true, labels, 20_000) == pytest.approx(truth, rel=0.05)


def test_a_few_trials_without_an_error_do_not_make_it_sure_of_everything() -> None:
    sure = np.tile([[50.0, 0.0]], (200, 1))
    assert best_temperature(sure, np.zeros(200, dtype=np.int64), 8) > 0.9 * USUAL
    assert best_temperature(np.zeros((0, 2)), np.zeros(0, dtype=np.int64), 0) == pytest.approx(USUAL, rel=1e-3)


def changed(column: int, value: float) -> NDArray[np.float64]:
    vectors = VECTORS.copy()
    vectors[:, column] = value
    return vectors


@pytest.mark.parametrize(
    ("vectors", "labels", "names", "ring", "message"),
    [
        (VECTORS, np.zeros_like(LABELS), ("rest",), True, "at least two classes"),
        (VECTORS, LABELS[:-1], NAMES, True, "one label each"),
        (changed(3, np.nan), LABELS, NAMES, True, "finite"),
        (VECTORS[:, :35], LABELS, NAMES, True, "no upper triangles"),
        (np.zeros((300, 153)), LABELS, NAMES, True, f"more than a calibration.*{MOST_CHANNELS}"),
        (VECTORS[:, :3], LABELS, NAMES, True, "no ring"),
        (VECTORS, LABELS + 1, NAMES, True, "labels should be 0..2"),
        (VECTORS, np.minimum(LABELS, 1), NAMES, True, "'hand_open' has 0 usable windows"),
        (changed(9, 1.0), LABELS, NAMES, True, "channels 2 and 3 never changes"),
    ],
)
def test_data_that_cannot_give_a_model_are_refused_in_a_sentence(
    vectors: NDArray[np.float64], labels: NDArray[np.int64], names: tuple[str, ...], ring: bool, message: str
) -> None:
    with pytest.raises(CalibrationError, match=message):
        fit_gaussian(vectors, labels, names, ring)
