import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.decoders.direct.pairs import Over
from controller.decoders.direct.site import Site
from controller.decoders.direct.two_sites import AFTER_WAITING, WHILE_WAITING, TwoSites, TwoSiteState

WAIT = 3


def two_sites(joints: tuple[int, ...] = (0, 2), switch_hops: int = WAIT) -> TwoSites:
    return TwoSites(joints, Site(0, 10.0, 30.0), Site(1, 10.0, 30.0), 3, switch_hops)


def play(decoder: TwoSites, *levels: tuple[float, float]) -> list[list[float]]:
    return [decoder.decode(np.sqrt(pair)).direction.tolist() for pair in levels]


def test_moves_after_the_wait_and_stops_at_once() -> None:
    speeds = play(two_sites(), *[(20, 0)] * 5, (5, 0))
    assert [speed[0] for speed in speeds] == pytest.approx([0, 0, 0, 0.5, 0.5, 0])


def test_both_together_switch_the_joint_and_move_nothing_until_both_let_go() -> None:
    decoder = two_sites()
    moved = play(decoder, (20, 0), (20, 20), (20, 20), (20, 0), (20, 0), (20, 0), (20, 0), (20, 0))
    assert not np.any(moved)
    assert decoder.joint == 2
    assert play(decoder, (0, 0), *[(0, 30)] * 4)[-1] == pytest.approx([0, 0, -1.0])
    play(decoder, (0, 0), (30, 30))
    assert decoder.joint == 0  # round again


def test_the_second_muscle_too_late_switches_nothing() -> None:
    decoder = two_sites()
    assert play(decoder, *[(20, 0)] * 4, (20, 30), (20, 30))[-1][0] == pytest.approx(0.5)
    assert decoder.joint == 0


def test_a_twitch_shorter_than_the_wait_moves_nothing() -> None:
    assert not np.any(play(two_sites(), (30, 0), (30, 0), (0, 0), (0, 30), (0, 0)))


def test_a_single_joint_waits_for_nothing() -> None:
    decoder = two_sites((1,), 0)
    assert play(decoder, (0, 30), (0, 0), (30, 30), (30, 0))[0] == pytest.approx([0, -1.0, 0])
    assert decoder.joint == 1


def test_every_state_has_a_way_on_and_letting_go_is_rest() -> None:
    assert set(WHILE_WAITING) == set(itertools.product(TwoSiteState, Over))
    assert set(AFTER_WAITING) == set(Over)
    assert all(WHILE_WAITING[state, Over.NONE] is TwoSiteState.REST for state in TwoSiteState)
    assert AFTER_WAITING[Over.NONE] is TwoSiteState.REST


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), max_size=40))
def test_moves_one_joint_at_most_within_full_speed_and_a_reset_forgets_all(levels: list[tuple[float, float]]) -> None:
    decoder = two_sites()
    for pair in levels:
        intent = decoder.decode(np.sqrt(pair))
        assert np.count_nonzero(intent.direction) <= 1
        assert np.abs(intent.direction).max() <= 1.0
        assert 0.0 <= intent.confidence <= 1.0
    decoder.reset()
    assert play(decoder, *[(20, 0)] * 4) == play(two_sites(), *[(20, 0)] * 4)


def test_after_a_gap_the_joint_is_the_one_that_the_wearer_had_chosen() -> None:
    decoder = two_sites()
    play(decoder, (20, 20), (20, 0))
    decoder.restart()
    assert decoder.joint == 2
    assert not np.any(play(decoder, *[(20, 0)] * WAIT))  # every movement waits anew
    decoder.reset()
    assert decoder.joint == 0


def test_without_one_of_its_sites_it_rests() -> None:
    decoder = two_sites()
    assert decoder.without_channels(np.array([False, False, True])) is decoder
    left = decoder.without_channels(np.array([True, False, False]))
    assert not any(left.decode(np.sqrt([0.0, 30.0, 30.0])).direction.any() for _ in range(9))


def test_settings_that_cannot_work_are_refused() -> None:
    with pytest.raises(ValueError, match="needs a time to wait"):
        two_sites((0, 1), 0)
    with pytest.raises(ValueError, match="joints must lie"):
        two_sites((3,), 2)
    with pytest.raises(ValueError, match="joints must lie"):
        two_sites((), 2)
