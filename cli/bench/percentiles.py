"""Percentiles as all benchmarks print them."""

import numpy as np


def percentiles(delays: list[int]) -> dict[str, float]:
    """Return percentiles in ms of delays in ns."""
    values = np.percentile(delays, (50, 99, 99.9, 100)) / 1e6
    return dict(zip(("p50", "p99", "p999", "max"), (round(float(value), 4) for value in values), strict=True))
