import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.decoders.reliability import AS_CLEAR, Reliability, fit_reliability


def held_out(seed: int, offset: float, slope: float) -> Reliability:
    generator = np.random.default_rng(seed)
    clearness = generator.uniform(0.5, 0.95, 4000)
    chance = 1.0 / (1.0 + np.exp(-offset - slope * np.log(clearness / (1.0 - clearness))))
    return fit_reliability(clearness, generator.random(4000) < chance, generator.random(1000) < 0.8)


@pytest.mark.parametrize(("offset", "slope"), [(0.0, 1.0), (-1.0, 0.5), (0.5, 2.0)])
def test_finds_how_often_decisions_are_right(offset: float, slope: float) -> None:
    found = held_out(0, offset, slope)
    assert found.at_rest == pytest.approx(0.8, abs=0.05)
    for clearness in (0.55, 0.7, 0.9):
        truth = Reliability(offset, slope).chance(clearness)
        assert found.chance(clearness) == pytest.approx(truth, abs=0.06)


def test_with_nothing_held_out_the_chance_is_the_clearness() -> None:
    none = np.zeros(0), np.zeros(0, dtype=np.bool_)
    assert fit_reliability(*none, none[1]) == AS_CLEAR
    assert AS_CLEAR.chance(0.75) == pytest.approx(0.75)


def test_clearer_is_never_less_sure() -> None:
    clearness = np.linspace(0.5, 1.0, 200)
    assert fit_reliability(clearness, clearness < 0.75, np.ones(3, dtype=np.bool_)).slope == 0.0


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=50), st.floats(0, 1))
def test_a_chance_is_a_chance(decisions: list[tuple[float, bool]], clearness: float) -> None:
    found = fit_reliability(
        np.array([share for share, _ in decisions]),
        np.array([right for _, right in decisions], dtype=np.bool_),
        np.zeros(2, dtype=np.bool_),
    )
    assert all(math.isfinite(value) for value in (found.offset, found.slope, found.at_rest))
    assert 0.0 <= found.chance(clearness) <= 1.0
