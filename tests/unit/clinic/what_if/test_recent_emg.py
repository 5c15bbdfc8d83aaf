"""What is kept of a stream, whatever comes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from clinic.what_if.recent_emg import RecentEmg
from tests.unit.clinic.what_if.persons import excerpt, filled


def counted(first: int, count: int, channels: int = 2) -> NDArray[np.float32]:
    """Samples that say which they are."""
    return np.repeat(np.arange(first, first + count, dtype=np.float32)[:, None], channels, axis=1)


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 40)), min_size=1, max_size=30),
    st.integers(1, 120),
)
def test_of_any_blocks_the_newest_samples_are_kept_each_with_its_own_index(
    blocks: list[tuple[int, int]], keep: int
) -> None:
    ring, at = RecentEmg(keep / 100.0), 7
    sent: list[int] = []
    for count, lost in blocks:
        at += lost
        assert ring.take(at, at, 100.0, counted(at, count))
        sent += range(at, at + count)
        at += count
    kept = ring.excerpt(1e6)
    assert kept.index.tolist() == sent[-keep:]
    assert kept.samples[:, 0].tolist() == [float(one) for one in sent[-keep:]]
    assert ring.newest_index == sent[-1]
    assert ring.oldest_index == sent[-keep:][0]


def test_an_excerpt_is_cut_by_the_devices_count_so_a_loss_makes_it_shorter_not_older() -> None:
    given_ = excerpt(lose=slice(2000, 4500))
    ring = filled(300.0, given_)
    cut = ring.excerpt(18.5)
    assert cut.index[0] == given_.index[-1] - 18_499
    assert (cut.seconds, len(cut.index)) == (18.5, 16_000)
    assert np.array_equal(cut.samples, given_.samples[-len(cut.index) :])


def test_the_excerpt_is_a_copy_that_later_samples_do_not_change() -> None:
    ring = RecentEmg(1.0)
    ring.take(0, 0, 100.0, counted(0, 100))
    cut = ring.excerpt(1.0)
    ring.take(100, 0, 100.0, counted(100, 100))
    assert cut.samples[0, 0] == 0.0


def test_an_excerpt_that_ends_earlier_is_the_same_one_later() -> None:
    ring = RecentEmg(5.0)
    ring.take(0, 0, 100.0, counted(0, 200))
    before = ring.excerpt(1.0, until=150)
    ring.take(200, 0, 100.0, counted(200, 200))
    assert np.array_equal(ring.excerpt(1.0, until=150).index, before.index)
    assert before.index.tolist() == list(range(51, 151))


def test_other_channels_another_rate_or_a_count_from_the_start_are_another_stream() -> None:
    ring = RecentEmg(2.0)
    ring.take(1000, 0, 100.0, counted(1000, 100))
    first = ring.stream
    assert ring.take(1100, 0, 100.0, counted(1100, 50, channels=3))
    assert (ring.stream, ring.excerpt(9.0).samples.shape) == (first + 1, (50, 3))
    assert ring.take(1150, 0, 200.0, counted(1150, 50, channels=3))
    assert (ring.stream, len(ring.excerpt(9.0).index)) == (first + 2, 50)
    assert ring.take(0, 0, 200.0, counted(0, 10, channels=3))
    assert (ring.stream, ring.excerpt(9.0).index.tolist()) == (first + 3, list(range(10)))


def test_a_block_that_comes_twice_is_kept_once() -> None:
    ring = RecentEmg(5.0)
    ring.take(0, 0, 100.0, counted(0, 50))
    assert not ring.take(0, 0, 100.0, counted(0, 50))
    assert ring.take(40, 0, 100.0, counted(40, 20))
    assert ring.excerpt(9.0).index.tolist() == list(range(60))


@pytest.mark.parametrize("rate_hz", [0.0, float("nan"), float("inf"), 1e9, -5.0])
def test_a_rate_that_no_device_has_is_not_kept(rate_hz: float) -> None:
    assert not RecentEmg(5.0).take(0, 0, rate_hz, counted(0, 5))


def test_more_channels_than_memory_should_hold_are_not_kept() -> None:
    assert not RecentEmg(1800.0).take(0, 0, 4000.0, counted(0, 5, channels=1024))


def test_no_samples_at_all_give_an_empty_excerpt() -> None:
    assert len(RecentEmg(5.0).excerpt(60.0).index) == 0
    assert not RecentEmg(5.0).take(0, 0, 100.0, np.zeros((0, 3), dtype=np.float32))


def test_what_is_forgotten_is_gone() -> None:
    ring = RecentEmg(5.0)
    ring.take(0, 0, 100.0, counted(0, 50))
    before = ring.stream
    ring.forget()
    assert (len(ring.excerpt(9.0).index), ring.newest_index, ring.stream) == (0, -1, before + 1)
