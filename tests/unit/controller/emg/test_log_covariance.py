import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from controller.emg.features.log_covariance import FLOOR_OF_REST, REGULARISATION, LogCovariance, floor_from_rest
from controller.emg.features.symmetric_log import diagonalise, log_triangle
from controller.emg.hop_buffer import HopBuffer
from drivers.chunk import Chunk
from tests.unit.controller.streams import cut

HOP, HOPS, CHANNELS = 5, 4, 3
WINDOW = HOP * HOPS
FLOOR = 1e-4


def run(samples: NDArray[np.float64], features: LogCovariance | None = None) -> list[NDArray[np.float64]]:
    """Return the vector after each hop."""
    features, vectors = features or LogCovariance(CHANNELS, HOP, HOPS, FLOOR), []
    for first in range(0, len(samples) - HOP + 1, HOP):
        features.conditioned[:] = samples[first : first + HOP]
        features.update()
        vectors.append(features.vector.copy())
    return vectors


def by_the_book(window: NDArray[np.float64]) -> NDArray[np.float64]:
    covariance = np.cov(window.T, bias=True).reshape(window.shape[1], -1)
    covariance += np.eye(len(covariance)) * (REGULARISATION * np.trace(covariance) / len(covariance) + FLOOR)
    eigenvalues, vectors = np.linalg.eigh(covariance)
    logarithm = vectors @ np.diag(np.log(eigenvalues)) @ vectors.T
    rows, columns = np.triu_indices(len(covariance))
    upper: NDArray[np.float64] = logarithm[rows, columns] * np.where(rows == columns, 1.0, np.sqrt(2.0))
    return upper


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 1e4), st.floats(-3, 3))
def test_equals_the_textbook_on_every_window(seed: int, scale: float, offset: float) -> None:
    generator = np.random.default_rng(seed)
    samples = scale * (offset + generator.normal(size=(60, CHANNELS)) @ generator.normal(size=(CHANNELS, CHANNELS)))
    vectors = run(samples)
    for hop in range(HOPS - 1, len(vectors)):
        expected = by_the_book(samples[(hop + 1) * HOP - WINDOW : (hop + 1) * HOP])
        np.testing.assert_allclose(vectors[hop], expected, rtol=1e-7, atol=1e-7)


def test_a_window_gives_the_same_bits_wherever_its_stream_began() -> None:
    samples = np.random.default_rng(1).normal(size=(40 * HOP, CHANNELS))
    whole = run(samples)
    for start in range(1, 9):
        later = run(samples[start * HOP :])
        for hop in range(HOPS - 1, len(later)):
            assert (later[hop] == whole[hop + start]).all()


@given(st.lists(st.integers(0, 200), max_size=30))
def test_any_chunking_gives_the_same_bits(places: list[int]) -> None:
    samples = np.random.default_rng(2).normal(size=(200, CHANNELS))
    features, buffer, vectors = LogCovariance(CHANNELS, HOP, HOPS, FLOOR), HopBuffer(HOP, CHANNELS, 1000.0), []
    for first, last in cut(len(samples), places):
        for hop in buffer.hops(Chunk(samples[first:last], last * 1_000_000, first)):
            features.conditioned[:] = hop.block
            features.update()
            vectors.append(features.vector.copy())
    assert (np.array(vectors) == np.array(run(samples))).all()


def test_hops_without_a_decision_change_nothing() -> None:
    samples = np.random.default_rng(3).normal(size=(10 * WINDOW, CHANNELS))
    asked, unasked = run(samples), LogCovariance(CHANNELS, HOP, HOPS, FLOOR)
    for first in range(0, len(samples), HOP):
        unasked.conditioned[:] = samples[first : first + HOP]
        unasked.update()
    assert (unasked.vector == asked[-1]).all()
    assert unasked.vector is unasked.vector


def test_is_ready_after_one_whole_window_and_forgets_at_a_reset() -> None:
    features = LogCovariance(CHANNELS, HOP, HOPS, FLOOR)
    samples = np.random.default_rng(4).normal(size=(3 * WINDOW, CHANNELS))
    ready = []
    for _ in range(HOPS + 1):
        ready.append(features.ready)
        features.conditioned[:] = 1e6
        features.update()
    assert ready == [False] * HOPS + [True]
    features.reset()
    assert not features.ready
    assert features.hops_seen == 0
    assert (np.array(run(samples, features)) == np.array(run(samples))).all()


def test_level_and_effort_are_in_the_signals_unit() -> None:
    features = LogCovariance(CHANNELS, HOP, HOPS, FLOOR)
    run(np.tile([[4.0, -9.0, 0.0]], (WINDOW, 1)), features)
    assert features.level.tolist() == [4.0, 9.0, 0.0]
    assert features.effort == pytest.approx(13 / 3)


def test_a_common_gain_moves_the_diagonal_alone() -> None:
    samples = np.random.default_rng(5).normal(size=(WINDOW, CHANNELS))
    quiet, loud = (run(gain * samples, LogCovariance(CHANNELS, HOP, HOPS, 1e-12))[-1] for gain in (1.0, 7.0))
    expected = np.where(np.equal(*np.triu_indices(CHANNELS)), 2.0 * np.log(7.0), 0.0)
    np.testing.assert_allclose(loud - quiet, expected, atol=1e-9)


def test_silence_is_the_floor_and_never_infinite() -> None:
    vector = run(np.zeros((WINDOW, CHANNELS)))[-1]
    np.testing.assert_allclose(vector, by_the_book(np.zeros((WINDOW, CHANNELS))), atol=1e-12)
    assert np.isfinite(run(np.full((WINDOW, CHANNELS), 12_345.0))[-1]).all()


def test_channels_left_out_leave_the_vector_of_the_others() -> None:
    samples = np.random.default_rng(6).normal(size=(WINDOW, CHANNELS))
    features = LogCovariance(CHANNELS, HOP, HOPS, FLOOR)
    run(samples, features)
    features.use_channels(np.array([True, False, True]))
    np.testing.assert_allclose(features.vector, by_the_book(samples[:, [0, 2]]), atol=1e-9)
    features.use_channels(np.ones(CHANNELS, dtype=np.bool_))
    np.testing.assert_allclose(features.vector, by_the_book(samples), atol=1e-9)
    with pytest.raises(ValueError, match="no channel is left"):
        features.use_channels(np.zeros(CHANNELS, dtype=np.bool_))


def test_floor_goes_with_the_rest_level_and_must_be_positive() -> None:
    rest = np.random.default_rng(7).normal(0.0, 3.0, (5000, 2))
    assert floor_from_rest(rest) == pytest.approx(FLOOR_OF_REST * 9.0, rel=0.1)
    for floor in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="above zero"):
            LogCovariance(CHANNELS, HOP, HOPS, floor)


def symmetric(kind: str, size: int) -> NDArray[np.float64]:
    """Matrices that eigen-solvers stumble over."""
    generator = np.random.default_rng(size)
    half = generator.normal(size=(size, size))
    rotation = np.linalg.qr(half)[0]
    matrices: dict[str, NDArray[np.float64]] = {
        "positive": half @ half.T,
        "indefinite": half + half.T,
        "zero": np.zeros((size, size)),
        "identity": np.eye(size) * 3.0,
        "rank one": np.outer(half[0], half[0]),
        "two values": rotation @ np.diag(np.where(np.arange(size) < size // 2, 1.0, 5.0)) @ rotation.T,
        "graded": rotation @ np.diag(10.0 ** -np.linspace(0.0, 8.0, size)) @ rotation.T,
        "ones": np.ones((size, size)),
        "tiny": 1e-100 * (half @ half.T),
        "huge": 1e100 * (half @ half.T),
    }
    return matrices[kind]


@pytest.mark.parametrize("size", [1, 2, 3, 8, 16, 33, 64])
@pytest.mark.parametrize(
    "kind",
    ["positive", "indefinite", "zero", "identity", "rank one", "two values", "graded", "ones", "tiny", "huge"],
)
def test_eigenvalues_and_vectors_are_those_of_numpy(kind: str, size: int) -> None:
    matrix = symmetric(kind, size)
    matrix = (matrix + matrix.T) / 2.0
    left, rows = matrix.copy(), np.empty((size, size))
    assert 0 <= diagonalise(left, rows) <= 15
    found, scale = np.diagonal(left), max(float(np.abs(matrix).max()), 1e-300)
    np.testing.assert_allclose(np.sort(found) / scale, np.linalg.eigvalsh(matrix) / scale, atol=1e-12 * size)
    np.testing.assert_allclose(rows @ rows.T, np.eye(size), atol=1e-12)
    np.testing.assert_allclose((rows.T * found) @ rows / scale, matrix / scale, atol=1e-12 * size)


def test_what_is_no_number_stays_none() -> None:
    triangle = np.zeros(6)
    for bad in (np.nan, np.inf):
        matrix = np.eye(3)
        matrix[1, 2] = matrix[2, 1] = bad
        log_triangle(matrix, 1e-9, np.empty((3, 3)), triangle)
        assert not np.isfinite(triangle).all()


def test_distance_of_triangles_is_that_of_the_logarithms() -> None:
    generator = np.random.default_rng(8)
    triangles, logarithms = [], []
    for _ in range(2):
        half = generator.normal(size=(4, 4))
        eigenvalues, vectors = np.linalg.eigh(half @ half.T)
        logarithms.append((vectors * np.log(eigenvalues)) @ vectors.T)
        triangle = np.empty(10)
        log_triangle(half @ half.T, 1e-12, np.empty((4, 4)), triangle)
        triangles.append(triangle)
    distance = np.linalg.norm(triangles[0] - triangles[1])
    assert distance == pytest.approx(np.linalg.norm(logarithms[0] - logarithms[1]))


def test_running_needs_no_fitting_library() -> None:
    code = (
        "import sys; sys.modules['scipy'] = sys.modules['sklearn'] = None;"
        "import numpy, controller.emg.features.log_covariance as feature, controller.decoders.gaussian.fit;"
        "features = feature.LogCovariance(8, 10, 20, 1e-3); features.update(); print(features.vector.sum())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
