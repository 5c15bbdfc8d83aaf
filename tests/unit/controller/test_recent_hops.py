import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from controller.emg.hop_buffer import Hop
from controller.recent_hops import RecentHops


@given(st.integers(0, 30), st.integers(1, 9))
def test_plays_the_last_hops_as_they_came(came: int, count: int) -> None:
    recent, hop = RecentHops(count, 2, 3), Hop(np.zeros((2, 3)))
    for number in range(came):
        hop.block[:] = number  # the block is used again, as the buffer does
        hop.newest_index, hop.newest_t_ns, hop.after_gap = 2 * number + 1, 1000 * number, number % 4 == 0
        recent.take(hop)
    expected = range(max(came - count, 0), came)
    played = list(recent.play())
    assert [int(one.block[0, 0]) for one in played] == list(expected)
    assert [(one.newest_index, one.newest_t_ns, one.after_gap) for one in played] == [
        (2 * number + 1, 1000 * number, number % 4 == 0) for number in expected
    ]
    recent.reset()
    assert not list(recent.play())
