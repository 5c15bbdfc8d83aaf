import numpy as np
import pytest
from numpy.typing import NDArray

from controller.decoders.gaussian.ring import kept_whole, turned, turned_orthogonal
from tests.unit.controller.decoders.gaussian.ring_wearer import triangles


def covariance(size: int, seed: int = 0) -> NDArray[np.float64]:
    half = np.random.default_rng(seed).normal(size=(size, size))
    return half @ half.T + 0.1 * np.eye(size)


@pytest.mark.parametrize("size", [3, 4, 5, 8, 16])
@pytest.mark.parametrize("turn", [-2, -1, 0, 1, 3])
def test_whole_turns_rename_the_channels(size: int, turn: int) -> None:
    trained = covariance(size)
    moved = np.roll(trained, (-turn, -turn), axis=(0, 1))  # electrode i now sits where i + turn sat
    before, after = triangles(np.stack((trained, moved)))
    np.testing.assert_allclose(turned(size, turn) @ after, before, atol=1e-10)
    np.testing.assert_allclose(turned_orthogonal(size, turn) @ after, before, atol=1e-10)


@pytest.mark.parametrize("size", [4, 7, 8])
@pytest.mark.parametrize("turn", [-1.3, 0.25, 0.5, 2.5])
def test_the_orthogonal_turn_keeps_every_length(size: int, turn: float) -> None:
    width = size * (size + 1) // 2
    turning = turned_orthogonal(size, turn)
    np.testing.assert_allclose(turning @ turning.T, np.eye(width), atol=1e-12)
    np.testing.assert_allclose(turning @ turned_orthogonal(size, -turn), np.eye(width), atol=1e-12)


@pytest.mark.parametrize(("size", "kept"), [(4, 7), (5, 15), (8, 31)])
def test_what_is_kept_whole_loses_nothing_by_any_turn(size: int, kept: int) -> None:
    basis = kept_whole(size)
    assert basis.shape == (size * (size + 1) // 2, kept)
    np.testing.assert_allclose(basis.T @ basis, np.eye(kept), atol=1e-12)
    there_and_back = turned(size, -0.4) @ turned(size, 0.4)
    np.testing.assert_allclose(there_and_back @ basis, basis, atol=1e-12)


def test_a_smooth_field_is_turned_by_half_a_spacing() -> None:
    angle = 2.0 * np.pi * np.arange(8) / 8
    logarithm = np.diag(1.0 + np.cos(angle))
    moved = np.diag(1.0 + np.cos(angle + np.pi / 8))
    rows, columns = np.triu_indices(8)
    np.testing.assert_allclose(turned(8, 0.5) @ moved[rows, columns], logarithm[rows, columns], atol=1e-12)
