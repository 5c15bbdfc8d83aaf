import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.latency import LatencyHistogram, RecentLatency


@given(st.lists(st.integers(1_000, 10**10), min_size=1, max_size=300), st.sampled_from([50.0, 99.0, 99.9, 100.0]))
def test_percentiles_are_right_to_a_bin(delays_ns: list[int], percent: float) -> None:
    histogram = LatencyHistogram()
    for delay in delays_ns:
        histogram.record(delay)
    exact = float(np.percentile(delays_ns, percent, method="inverted_cdf")) / 1e6
    assert histogram.percentile_ms(percent) == pytest.approx(exact, rel=0.0101)
    assert histogram.max_ns == max(delays_ns)


@pytest.mark.parametrize("delay_ns", [-5, 0, 1, 999, 10**15])
def test_any_delay_is_counted(delay_ns: int) -> None:
    histogram = LatencyHistogram()
    histogram.record(delay_ns)
    assert histogram.count == 1
    assert histogram.percentile_ms(50) >= 0.0


def test_nothing_counted_is_zero() -> None:
    assert LatencyHistogram().percentile_ms(99) == 0.0


def test_recent_forgets_what_is_long_ago() -> None:
    recent = RecentLatency(span_ns=1000)
    for now in range(0, 1000, 10):
        recent.record(50_000_000, now)
    for now in range(2000, 5000, 10):
        recent.record(1_000_000, now)
    assert recent.histogram.max_ns == 1_000_000
    assert recent.histogram.count > 50
