import math

import numpy as np
import pytest

from controller.emg.health import ChannelHealth, check_hop


def test_a_clean_hop_is_good_and_untouched() -> None:
    block = np.array([[1.0, -2.0], [3.0, 4.0]])
    health = np.array([1, 1])
    assert check_hop(block, health) == 0
    assert health.tolist() == [ChannelHealth.GOOD] * 2
    assert block.tolist() == [[1.0, -2.0], [3.0, 4.0]]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_named_and_never_passed_on(bad: float) -> None:
    block = np.array([[1.0, bad], [bad, 5.0], [bad, bad]])
    health = np.zeros(2, dtype=np.int64)
    assert check_hop(block, health) == 2
    assert health.tolist() == [ChannelHealth.NOT_FINITE] * 2
    assert block.tolist() == [[1.0, 0.0], [1.0, 5.0], [1.0, 5.0]]
