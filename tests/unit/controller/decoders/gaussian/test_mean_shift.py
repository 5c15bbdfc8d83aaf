import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.decoders.gaussian.mean_shift import posterior_covariance


@settings(max_examples=50)
@given(st.integers(1, 22), st.integers(0, 2**32 - 1), st.floats(0.0, 1e6))
def test_posterior_is_that_of_a_gaussian_process(classes: int, seed: int, scale: float) -> None:
    generator = np.random.default_rng(seed)
    half = generator.normal(size=(classes, classes))
    prior = half @ half.T + 0.2 * np.eye(classes)
    weight = scale * generator.uniform(size=classes) * (generator.uniform(size=classes) < 0.7)
    posterior = np.empty_like(prior)
    posterior_covariance(prior, weight, np.empty_like(prior), np.empty_like(prior), posterior)
    expected = np.linalg.solve((np.eye(classes) + weight[:, None] * prior).T, prior).T
    np.testing.assert_allclose(posterior, expected, atol=1e-8 * np.abs(prior).max())
    assert (posterior == posterior.T).all() or np.abs(posterior - posterior.T).max() < 1e-9
    assert (np.diagonal(posterior) <= np.diagonal(prior) + 1e-12).all()


def test_without_data_nothing_is_known() -> None:
    prior = np.array([[1.0, 0.5], [0.5, 1.0]])
    posterior = np.empty((2, 2))
    posterior_covariance(prior, np.zeros(2), np.empty((2, 2)), np.empty((2, 2)), posterior)
    assert (posterior == prior).all()
