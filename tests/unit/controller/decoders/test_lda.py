import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from controller.calibration.fit import _discriminant
from controller.decoders.lda import LinearDiscriminant


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_decides_and_weighs_as_scikit_learn_does(classes: int) -> None:
    generator = np.random.default_rng(classes)
    labels = np.repeat(np.arange(classes), 60)
    vectors = generator.normal(0.0, 1.0, (len(labels), 6)) * [1, 50, 0.01, 3, 1, 1] + generator.normal(
        0.0, 1.5, (classes, 6)
    )[labels] * [1, 50, 0.01, 3, 1, 1]
    weights, bias = _discriminant(vectors, labels, classes)
    decoder = LinearDiscriminant(weights, bias, np.zeros((classes, 1)))
    scale = vectors.std(axis=0)
    reference = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=np.full(classes, 1 / classes))
    reference.fit((vectors - vectors.mean(axis=0)) / scale, labels)
    expected = reference.predict_proba((vectors - vectors.mean(axis=0)) / scale)
    for vector, probabilities in zip(vectors, expected, strict=True):
        intent = decoder.decode(vector)
        np.testing.assert_allclose(intent.scores, probabilities, atol=1e-9)
        assert intent.class_index == probabilities.argmax()
        assert intent.confidence == pytest.approx(probabilities.max())


def test_gives_the_direction_of_the_decided_class() -> None:
    decoder = LinearDiscriminant(np.array([[0.0], [1.0]]), np.array([0.5, 0.0]), np.array([[0.0, 0.0], [1.0, -0.5]]))
    assert decoder.decode(np.array([0.0])).direction.tolist() == [0.0, 0.0]
    assert decoder.decode(np.array([2.0])).direction.tolist() == [1.0, -0.5]


def test_huge_scores_do_not_overflow() -> None:
    decoder = LinearDiscriminant(np.array([[1e6], [-1e6]]), np.zeros(2), np.zeros((2, 1)))
    assert decoder.decode(np.array([1e3])).scores.tolist() == [1.0, 0.0]
