import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.chunk import Chunk
from drivers.recordings.continuous import breaks
from drivers.recordings.even_stamps import EvenStamps

RATE = 1000.0


def chunk(newest_s: float, count: int, lost: int = 0) -> Chunk:
    return Chunk(np.zeros((count, 1)), round(newest_s * 1e9), 0, lost)


def stamps_of(chunks: list[Chunk]) -> np.ndarray:
    line, parts = EvenStamps(RATE), []
    for one in chunks:
        stamps = line.stamps_s(one)
        parts.append(stamps + np.arange(len(one.samples)) / RATE if isinstance(stamps, float) else stamps)
    return np.concatenate(parts)


@given(
    st.lists(
        st.tuples(st.integers(1, 50), st.floats(-0.02, 0.02), st.sampled_from([0, 0, 0, 1, 2, 40])),
        min_size=1,
        max_size=60,
    )
)
def test_whatever_the_jitter_a_break_is_where_samples_were_lost_and_nowhere_else(
    blocks: list[tuple[int, float, int]],
) -> None:
    chunks, index = [], 0
    for count, jitter_s, lost in blocks:
        index += lost + count
        chunks.append(chunk(100 + (index - 1) / RATE + jitter_s, count, lost))
    stamps = stamps_of(chunks)
    assert (np.diff(stamps) > 0).all()
    taken = np.concatenate([np.arange(len(one.samples)) for one in chunks])
    firsts = np.flatnonzero(taken == 0)
    lossy = [int(first) for first, (_, _, lost) in zip(firsts[1:], blocks[1:], strict=True) if lost]
    assert np.flatnonzero(breaks(stamps, RATE, even=True)).tolist() == lossy


@pytest.mark.parametrize("pace", [0.9, 0.995, 1.0001, 1.01, 1.15])
@pytest.mark.parametrize("count", [1, 10, 250])
def test_it_follows_a_clock_that_runs_at_another_pace_without_a_break(pace: float, count: int) -> None:
    chunks = [chunk(5 + k * count * pace / RATE, count) for k in range(300)]
    stamps = stamps_of(chunks)
    assert stamps[-1] == pytest.approx(chunks[-1].newest_t_ns * 1e-9, abs=0.002)
    assert not breaks(stamps, RATE, even=True).any()


def test_a_clock_that_jumps_ahead_is_followed_and_one_that_jumps_back_is_waited_for() -> None:
    ahead = stamps_of([chunk(5.0, 10), chunk(7.0, 10)])
    assert ahead[10] == pytest.approx(7.0 - 0.009)
    back = stamps_of([chunk(5.0, 10), chunk(1.0, 10)])
    assert (np.diff(back) > 0).all()
