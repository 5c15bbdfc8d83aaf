"""Direct control of what is left: only where a motion shows clearly, and never a channel twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from controller.decoders.direct.left_over import ChannelLevels, LeftOver, levels_from_arrays, measure_levels
from controller.decoders.direct.site import LEAST_SPAN
from controller.errors import ModelError

# rest, close, open, flex, extend on two joints; four channels, one for each motion, and a fifth that hears them all
USUAL = np.array(
    [
        [1.0, 1.0, 1.0, 1.0, 1.0],
        [9.0, 1.0, 1.0, 1.0, 9.0],
        [1.0, 8.0, 1.0, 1.0, 9.0],
        [1.0, 1.0, 7.0, 1.0, 9.0],
        [1.0, 1.0, 1.0, 6.0, 9.0],
    ]
)
DIRECTIONS = np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
LEVELS = ChannelLevels(np.full(5, 2.0), USUAL, 0.9 * USUAL)


def sites_of(good: list[bool]) -> dict[int, tuple[int, int]]:
    """Return the channels forward and backward of each joint that can still be moved."""
    decoder = LeftOver(LEVELS, DIRECTIONS, rest=0).decoder(np.array(good))
    return (
        {} if decoder is None else {pair.joint: (pair.forward.column, pair.backward.column) for pair in decoder.pairs}
    )


def test_each_joint_gets_the_two_channels_that_are_its_own() -> None:
    assert sites_of([True] * 5) == {0: (0, 1), 1: (2, 3)}


def test_a_joint_with_a_lost_site_rests_and_the_other_goes_on() -> None:
    assert sites_of([False, True, True, True, True]) == {1: (2, 3)}
    assert sites_of([True, True, False, True, True]) == {0: (0, 1)}


def test_a_channel_that_hears_every_motion_is_no_site() -> None:
    assert sites_of([False, True, False, True, True]) == {}
    assert sites_of([False] * 5) == {}


def test_the_threshold_is_above_rest_and_above_every_other_motion() -> None:
    decoder = LeftOver(LEVELS, DIRECTIONS, rest=0).decoder(np.array([True, True, False, False, False]))
    assert decoder is not None
    forward = decoder.pairs[0].forward
    assert (forward.threshold, forward.full) == (2.0, 9.0)
    for motion, speed in ((0, 0.0), (1, 1.0), (2, -1.0), (3, 0.0), (4, 0.0)):
        decoder.restart()
        assert decoder.decode(np.sqrt(USUAL[motion])).direction.tolist() == pytest.approx([speed, 0.0])


def test_motions_of_several_joints_give_no_site() -> None:
    both = DIRECTIONS.copy()
    both[1] = (1.0, 1.0)
    assert LeftOver(LEVELS, both, rest=0).decoder(np.array([True, True, False, False, False])) is None


@given(
    usual=arrays(np.float64, (5, 4), elements=st.floats(0.0, 100.0)),
    rest=arrays(np.float64, (4,), elements=st.floats(0.0, 20.0)),
    good=arrays(np.bool_, (4,)),
)
def test_sites_are_good_different_and_clear(
    usual: NDArray[np.float64], rest: NDArray[np.float64], good: NDArray[np.bool_]
) -> None:
    decoder = LeftOver(ChannelLevels(rest, usual, 0.8 * usual), DIRECTIONS, rest=0).decoder(good)
    sites = [] if decoder is None else [site for pair in decoder.pairs for site in (pair.forward, pair.backward)]
    columns = [site.column for site in sites]
    assert len(set(columns)) == len(columns)
    assert all(good[column] for column in columns)
    assert all(site.full >= LEAST_SPAN * site.threshold for site in sites)
    assert all(site.threshold >= rest[site.column] for site in sites)


def test_levels_come_back_from_a_model_file_and_foreign_ones_are_refused() -> None:
    levels = np.abs(np.random.default_rng(0).normal(5.0, 1.0, (300, 4)))
    measured = measure_levels(levels, np.arange(300) % 3, 3, rest=0)
    assert (measured.often <= measured.usual).all()
    again = levels_from_arrays(measured.arrays(), 3, 4)
    assert all((again.arrays()[name] == array).all() for name, array in measured.arrays().items())
    with pytest.raises(ModelError, match=r"'rest' should be \(5,\) numbers"):
        levels_from_arrays(measured.arrays(), 3, 5)
    with pytest.raises(ModelError, match=r"'usual' .* missing"):
        levels_from_arrays({"rest": measured.rest}, 3, 4)
    with pytest.raises(ModelError, match="'often'"):
        levels_from_arrays({**measured.arrays(), "often": np.full((3, 4), np.nan)}, 3, 4)
