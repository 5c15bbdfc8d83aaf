"""What is no number stops here, and marks its channel for a while."""

import math

import numpy as np
import pytest

from controller.emg.channel_fault import ChannelFault
from controller.emg.health import ChannelHealth


def test_a_clean_hop_is_good_and_untouched() -> None:
    health = ChannelHealth(2, hold_hops=3)
    block = np.array([[1.0, -2.0], [3.0, 4.0]])
    health.examine(block)
    assert health.bad_count == 0
    assert not health.bad.any()
    assert health.faults.tolist() == [ChannelFault.GOOD] * 2
    assert block.tolist() == [[1.0, -2.0], [3.0, 4.0]]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_named_and_never_passed_on(bad: float) -> None:
    health = ChannelHealth(2, hold_hops=3)
    block = np.array([[1.0, bad], [bad, 5.0], [bad, bad]])
    health.examine(block)
    assert health.bad_count == 2
    assert health.faults.tolist() == [ChannelFault.NOT_FINITE] * 2
    assert block.tolist() == [[1.0, 0.0], [1.0, 5.0], [1.0, 5.0]]


def test_a_hop_without_any_number_continues_where_the_last_one_ended() -> None:
    health = ChannelHealth(1, hold_hops=3)
    health.examine(np.array([[1.0], [250.0]]))
    block = np.full((2, 1), math.nan)
    health.examine(block)
    assert block.tolist() == [[250.0], [250.0]]


def test_a_channel_is_good_again_once_the_window_holds_nothing_replaced() -> None:
    health = ChannelHealth(2, hold_hops=3)
    health.examine(np.array([[math.nan, 1.0]]))
    seen = []
    for _ in range(4):
        health.examine(np.array([[1.0, 1.0]]))
        seen.append(health.bad.tolist())
    assert seen == [[True, False], [True, False], [False, False], [False, False]]


def test_a_gap_does_not_make_a_bad_channel_good() -> None:
    health = ChannelHealth(1, hold_hops=5)
    health.examine(np.array([[math.nan]]))
    health.reset()
    health.examine(np.array([[1.0]]))
    assert health.bad_count == 1
