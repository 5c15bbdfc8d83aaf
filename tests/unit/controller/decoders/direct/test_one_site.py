import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.decoders.direct.one_site import WHILE_RISING, OneSite, OneSiteState, Pull
from controller.decoders.direct.site import Site


def one_site() -> OneSite:
    return OneSite(joint=1, site=Site(0, 10.0, 30.0), joint_count=2, decide_hops=2, strong_drive=0.6)


def play(decoder: OneSite, *levels: float) -> list[float]:
    return [decoder.decode(np.sqrt([level])).direction.tolist()[1] for level in levels]


def test_a_quick_strong_pull_moves_one_way_and_keeps_it() -> None:
    assert play(one_site(), 15, 25, 15, 12, 30, 5) == pytest.approx([0, 0.75, 0.25, 0.1, 1.0, 0])


def test_a_gentle_pull_moves_the_other_way_and_keeps_it() -> None:
    assert play(one_site(), 15, 15, 15, 30, 5) == pytest.approx([0, 0, -0.25, -1.0, 0])


def test_a_twitch_moves_nothing() -> None:
    assert play(one_site(), 15, 15, 0, 15, 0) == [0, 0, 0, 0, 0]


def test_every_state_has_a_way_on_and_letting_go_is_rest() -> None:
    assert set(WHILE_RISING) == set(itertools.product(OneSiteState, Pull))
    assert all(WHILE_RISING[state, Pull.NONE] is OneSiteState.REST for state in OneSiteState)


@given(st.lists(st.floats(0, 100), max_size=30))
def test_changes_direction_only_by_way_of_rest_and_a_restart_forgets_all(levels: list[float]) -> None:
    decoder = one_site()
    speeds = play(decoder, *levels)
    assert all(abs(speed) <= 1 for speed in speeds)
    assert all(first * second >= 0 for first, second in itertools.pairwise(speeds))
    decoder.restart()
    assert play(decoder, 15, 15, 15) == play(one_site(), 15, 15, 15)


def test_settings_that_cannot_work_are_refused() -> None:
    with pytest.raises(ValueError, match="joint must lie"):
        OneSite(2, Site(0, 1.0, 2.0), 2, 2)
    with pytest.raises(ValueError, match="time to decide"):
        OneSite(0, Site(0, 1.0, 2.0), 2, 0)


def test_without_its_site_it_rests() -> None:
    decoder = one_site()
    assert decoder.without_channels(np.array([False, True])) is decoder
    left = decoder.without_channels(np.array([True, False]))
    assert not any(left.decode(np.sqrt([30.0])).direction.any() for _ in range(5))
