"""Figures of a stream that is made up, so that they are known."""

import numpy as np
import pytest

from cli.devices.capture import Capture
from cli.devices.timing import timing
from drivers.chunk import Chunk
from drivers.source import StreamInfo

MS = 1_000_000


def taken(arrivals_ms: list[float], per_chunk: int = 10, rate_hz: float = 1000.0) -> Capture:
    """Chunks of 10 ms that were taken just in time, and arrived when it is said."""
    capture = Capture(StreamInfo("made up", 1, rate_hz), 0)
    for number, arrival_ms in enumerate(arrivals_ms):
        newest_ns = round((number + 1) * per_chunk * 1e9 / 1000.0)
        capture.chunks.append(Chunk(np.zeros((per_chunk, 1)), newest_ns, number * per_chunk))
        capture.arrivals_ns.append(round(arrival_ms * MS))
    capture.end_ns = capture.arrivals_ns[-1]
    return capture


def test_an_even_stream() -> None:
    times = timing(taken([10.0 * number + 11.0 for number in range(500)]))
    assert times is not None
    assert times.rate_hz == pytest.approx(1000.0)
    assert times.rate_off == pytest.approx(0.0, abs=1e-9)
    assert times.chunk_ms.p50 == pytest.approx(10.0)
    assert times.late_ms.worst == pytest.approx(0.0, abs=1e-6)
    assert times.delivered_ms.p99 == pytest.approx(1.0)
    assert times.age_ms.worst == pytest.approx(10.5, abs=0.6)  # looked at each millisecond
    assert (times.samples, times.lost_samples, times.gaps) == (5000, 0, 0)


def test_a_rate_that_is_not_its_name() -> None:
    times = timing(taken([10.0 * number for number in range(500)], rate_hz=1100.0))
    assert times is not None
    assert times.rate_off == pytest.approx(-1 / 11)


def test_a_chunk_that_comes_late_is_late_and_the_newest_sample_grows_old() -> None:
    arrivals = [10.0 * number + 10.0 for number in range(200)]
    arrivals[100] += 45.0
    arrivals[101:105] = [arrivals[100]] * 4
    times = timing(taken(arrivals))
    assert times is not None
    assert times.late_ms.worst == pytest.approx(45.0, abs=0.5)
    assert times.delivered_ms.worst == pytest.approx(45.0)
    assert times.age_ms.worst == pytest.approx(54.0, abs=1.0)
    assert times.age_ms.p50 < 10.0


def test_a_stream_that_stops_grows_old_until_the_end() -> None:
    capture = taken([10.0 * number + 10.0 for number in range(200)])
    capture.end_ns += 700 * MS
    times = timing(capture)
    assert times is not None
    assert times.age_ms.worst == pytest.approx(700.0)


def test_losses_are_counted_and_long_ones_told_apart() -> None:
    capture = taken([10.0 * number for number in range(100)])
    for number, lost in ((10, 3), (50, 40)):
        old = capture.chunks[number]
        capture.chunks[number] = Chunk(old.samples, old.newest_t_ns, old.first_index, lost)
    times = timing(capture)
    assert times is not None
    assert (times.lost_samples, times.gaps, times.long_gaps) == (43, 2, 1)
    assert times.lost_share == pytest.approx(43 / 1043)
    assert [len(part) for part in capture.stretches()] == [500, 500]


def test_too_little_gives_no_figures() -> None:
    assert timing(taken([10.0, 20.0])) is None
