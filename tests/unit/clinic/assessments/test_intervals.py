import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.assessments.intervals import median_interval, share_interval


def test_wilsons_interval_is_that_of_the_formula() -> None:
    # 45 of 50: middle (0.9 + 0.03841) / 1.07683, half 1.96 * sqrt(0.0018 + 0.000384) / 1.07683.
    low, high = share_interval(45, 50)
    assert low == pytest.approx(0.7864, abs=1e-3)
    assert high == pytest.approx(0.9565, abs=1e-3)


@given(st.integers(1, 500), st.data())
def test_a_share_lies_in_its_interval_and_the_interval_between_0_and_1(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    low, high = share_interval(part, whole)
    assert 0.0 <= low <= part / whole <= high <= 1.0
    assert low < high


def test_the_medians_interval_is_that_of_the_table_of_signs() -> None:
    # Sign test, two-sided 5 %: 6 values are the fewest, 20 leave out 5 at either end, 30 leave out 9.
    assert median_interval(list(range(5))) is None
    assert median_interval([5.0, 0.0, 3.0, 1.0, 4.0, 2.0]) == (0.0, 5.0)
    assert median_interval([float(index) for index in range(20)]) == (5.0, 14.0)
    assert median_interval([float(index) for index in range(30)]) == (9.0, 20.0)
