import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from controller.decoders.discriminant import features_of_channels, fit_discriminant
from controller.errors import CalibrationError

CLASSES, CHANNELS, FEATURES = 5, 3, 6
UNITS = np.array([1.0, 50.0, 0.01, 3.0, 1.0, 1.0])


def windows(seed: int = 0, noise: float = 1.0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    generator = np.random.default_rng(seed)
    means = np.random.default_rng(99).normal(0.0, 1.5, (CLASSES, FEATURES))
    mixing = np.random.default_rng(98).normal(0.0, 1.0, (FEATURES, FEATURES))
    labels = np.repeat(np.arange(CLASSES), 80)
    return (means[labels] + noise * generator.normal(0.0, 1.0, (len(labels), FEATURES)) @ mixing) * UNITS, labels


@pytest.mark.parametrize("classes", [2, CLASSES])
def test_weighs_as_scikit_learn_with_the_same_shrinkage(classes: int) -> None:
    vectors, labels = windows(5)
    vectors, labels = vectors[labels < classes], labels[labels < classes]
    found = fit_discriminant(vectors, labels, classes, 0.1)
    within = vectors - np.stack([vectors[labels == index].mean(axis=0) for index in range(classes)])[labels]
    scaled = vectors / np.sqrt(np.mean(within**2, axis=0))
    reference = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1, priors=np.full(classes, 1 / classes))
    expected = reference.fit(scaled, labels).predict_proba(scaled)
    scores = found.scores(vectors)
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    np.testing.assert_allclose(odds / odds.sum(axis=1, keepdims=True), expected, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.booleans(), min_size=CHANNELS, max_size=CHANNELS).filter(lambda bad: not all(bad)))
def test_leaving_channels_out_is_a_fit_without_them(bad: list[bool]) -> None:
    vectors, labels = windows()
    gone = features_of_channels(np.array(bad), FEATURES)
    left = fit_discriminant(vectors, labels, CLASSES).without_features(gone)
    expected = fit_discriminant(np.ascontiguousarray(vectors[:, ~gone]), labels, CLASSES)
    assert not left.weights[:, gone].any()
    np.testing.assert_allclose(left.scores(vectors), expected.scores(vectors[:, ~gone]), rtol=1e-8, atol=1e-8)


def test_without_any_feature_every_class_is_as_likely() -> None:
    left = fit_discriminant(*windows(), CLASSES).without_features(np.ones(FEATURES, dtype=np.bool_))
    assert not left.scores(windows()[0]).any()


def test_a_vector_goes_feature_by_feature() -> None:
    assert features_of_channels(np.array([False, True]), 6).tolist() == [False, True] * 3
    with pytest.raises(ValueError, match="the same number for each of 4"):
        features_of_channels(np.zeros(4, dtype=np.bool_), 6)


def test_a_feature_that_never_varies_gets_no_weight() -> None:
    vectors, labels = windows()
    vectors[:, 2] = 7.0
    found = fit_discriminant(vectors, labels, CLASSES)
    assert not found.weights[:, 2].any()
    assert np.isfinite(found.scores(vectors)).all()


def test_training_data_that_cannot_work_are_refused_in_a_sentence() -> None:
    vectors, labels = windows()
    with pytest.raises(CalibrationError, match="needs training windows"):
        fit_discriminant(vectors[labels != 3], labels[labels != 3], CLASSES)
    vectors[4, 1] = np.nan
    with pytest.raises(CalibrationError, match="no numbers"):
        fit_discriminant(vectors, labels, CLASSES)
