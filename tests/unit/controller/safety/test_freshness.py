import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.safety.freshness import Freshness, FreshnessBounds

MS = 1_000_000
BOUNDS = FreshnessBounds(60.0, 100.0, 500.0)


@pytest.mark.parametrize(
    ("age_ns", "expected"),
    [
        (0, Freshness.FRESH),
        (60 * MS, Freshness.FRESH),
        (60 * MS + 1, Freshness.SLOWING),
        (100 * MS - 1, Freshness.SLOWING),
        (100 * MS, Freshness.STALE),
        (500 * MS - 1, Freshness.STALE),
        (500 * MS, Freshness.DEAD),
        (10**15, Freshness.DEAD),
        (-1, Freshness.STALE),
    ],
)
def test_names_each_age_at_its_bound(age_ns: int, expected: Freshness) -> None:
    assert BOUNDS.classify(age_ns) is expected


def test_where_nothing_is_configured_speed_falls_from_60_ms_on_and_100_ms_are_stale() -> None:
    assert FreshnessBounds() == BOUNDS


@pytest.mark.parametrize(("age_ms", "factor"), [(0, 1), (60, 1), (70, 0.75), (80, 0.5), (100, 0), (101, 0), (-1, 0)])
def test_speed_falls_in_a_straight_line(age_ms: float, factor: float) -> None:
    assert BOUNDS.speed_factor(round(age_ms * MS)) == pytest.approx(factor)


@given(st.integers(-(10**12), 10**12))
def test_stale_input_is_never_worth_any_speed(age_ns: int) -> None:
    factor = BOUNDS.speed_factor(age_ns)
    assert 0.0 <= factor <= 1.0
    assert (factor == 0.0) == (BOUNDS.classify(age_ns) >= Freshness.STALE)
