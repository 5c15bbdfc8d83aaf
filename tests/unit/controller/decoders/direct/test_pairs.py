import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.decoders.direct.pairs import FIRST_OVER, Over, Pair, PairedSites, PairState, over
from controller.decoders.direct.site import Site, fit_site
from controller.decoders.reliability import Reliability
from controller.errors import CalibrationError

LEVELS = st.lists(st.floats(0.0, 200.0), min_size=4, max_size=4)


def sites(count: int) -> list[Site]:
    return [Site(column, threshold=10.0, full=30.0) for column in range(count)]


def four_sites() -> PairedSites:
    elbow_flex, elbow_extend, hand_close, hand_open = sites(4)
    return PairedSites([Pair(0, elbow_flex, elbow_extend), Pair(2, hand_close, hand_open)], joint_count=3)


def decide(decoder: PairedSites, *levels: float) -> list[float]:
    return [float(speed) for speed in decoder.decode(np.sqrt(levels)).direction]


def test_a_site_pulls_from_its_threshold_to_its_full_level() -> None:
    site = Site(0, 10.0, 30.0)
    assert [site.drive(np.sqrt([level])) for level in (0, 10, 20, 30, 99)] == pytest.approx([0, 0, 0.5, 1, 1])
    assert [site.drive(np.array([bad])) for bad in (np.nan, np.inf, -np.inf)] == [0.0, 0.0, 0.0]


def test_two_joints_move_at_once_each_at_its_own_speed() -> None:
    decoder = four_sites()
    assert decide(decoder, 20.0, 5.0, 3.0, 30.0) == pytest.approx([0.5, 0.0, -1.0])
    assert decide(decoder, 20.0, 5.0, 3.0, 3.0) == pytest.approx([0.5, 0.0, 0.0])


def test_the_first_over_has_the_joint_until_it_lets_go() -> None:
    decoder = four_sites()
    speeds = [decide(decoder, first, second, 0, 0)[0] for first, second in [(20, 0), (20, 30), (5, 30), (5, 30)]]
    assert speeds == pytest.approx([0.5, 0.5, 0.0, -1.0])  # from one way to the other by way of rest


def test_both_at_once_out_of_rest_move_nothing() -> None:
    decoder = four_sites()
    assert decide(decoder, 20, 30, 0, 0) == [0.0, 0.0, 0.0]
    assert decide(decoder, 20, 5, 0, 0)[0] == pytest.approx(0.5)


def test_the_confidence_is_the_reliability_of_the_least_clear_joint() -> None:
    decoder = four_sites()
    decoder.reliability = Reliability(0.0, 1.0, at_rest=0.9)
    assert decoder.decode(np.sqrt([0, 0, 0, 0])).confidence == 0.9
    decide(decoder, 30, 0, 30, 0)
    intent = decoder.decode(np.sqrt([30.0, 20.0, 30.0, 0.0]))
    assert intent.confidence == pytest.approx(1.0 / 1.5)
    assert (intent.class_index, len(intent.scores), intent.proportional) == (-1, 0, True)
    decoder.reliability = Reliability(1.0, 2.0)
    assert decoder.decode(np.sqrt([30.0, 20.0, 30.0, 0.0])).confidence == pytest.approx(
        1 / (1 + np.exp(-1 - 2 * np.log(2)))
    )


def test_a_joint_with_a_bad_site_rests_and_the_others_go_on() -> None:
    decoder = four_sites()
    decide(decoder, 20, 0, 0, 20)
    left = decoder.without_channels(np.array([False, True, False, False]))
    assert decide(left, 20, 0, 20, 30) == pytest.approx([0.0, 0.0, -1.0])  # who had the hand still has it
    assert decide(decoder, 20, 0, 20, 30) == pytest.approx([0.5, 0.0, -1.0])
    assert decide(decoder.without_channels(np.ones(4, dtype=np.bool_)), 30, 0, 30, 0) == [0.0, 0.0, 0.0]


def test_every_state_has_a_way_on_and_none_from_one_direction_to_the_other() -> None:
    assert set(FIRST_OVER) == set(itertools.product(PairState, Over))
    moving = {PairState.FORWARD, PairState.BACKWARD}
    assert not any(state in moving and after in moving and after != state for (state, _), after in FIRST_OVER.items())
    assert all(FIRST_OVER[state, Over.NONE] is PairState.REST for state in PairState)
    assert [over(f, b) for f, b in itertools.product((0.0, 0.3), repeat=2)] == [
        Over.NONE,
        Over.BACKWARD,
        Over.FORWARD,
        Over.BOTH,
    ]


@given(st.lists(LEVELS, max_size=12))
def test_speeds_and_confidence_stay_in_their_range_and_rest_is_rest(history: list[list[float]]) -> None:
    decoder = four_sites()
    for levels in history:
        intent = decoder.decode(np.sqrt(levels))
        assert np.abs(intent.direction).max() <= 1.0
        assert 0.0 <= intent.confidence <= 1.0
    assert decide(decoder, 9.9, 9.9, 9.9, 9.9) == [0.0, 0.0, 0.0]
    decoder.restart()
    assert decoder.states == [PairState.REST] * 2


def test_two_pairs_on_one_joint_are_refused() -> None:
    one, two, three, four = sites(4)
    with pytest.raises(ValueError, match="joint of its own"):
        PairedSites([Pair(0, one, two), Pair(0, three, four)], 2)
    with pytest.raises(ValueError, match=r"within 0\.\.1"):
        PairedSites([Pair(2, one, two)], 2)


def test_a_sites_span_lies_over_rest_and_crosstalk_and_bad_trials_move_it_little() -> None:
    generator = np.random.default_rng(0)
    rest, own, others = generator.normal(3, 0.3, 500), generator.normal(40, 4, 500), generator.normal(8, 2, 500)
    site = fit_site(3, rest, own, others, "biceps")
    assert site.column == 3
    assert 8.5 < site.threshold < 11
    assert 42 < site.full < 45
    spoilt = fit_site(3, rest, np.concatenate((own, np.full(50, 900.0))), others, "biceps")
    assert spoilt.full < 1.1 * site.full
    assert fit_site(3, rest, own, np.zeros(0), "biceps").threshold < 5


@pytest.mark.parametrize(
    ("own", "others", "says"),
    [(np.full(9, 4.0), np.zeros(0), "rest more quietly"), (np.full(9, 40.0), np.full(9, 39.0), "this muscle alone")],
)
def test_a_site_that_cannot_be_told_apart_is_refused_in_a_sentence(
    own: np.ndarray, others: np.ndarray, says: str
) -> None:
    with pytest.raises(CalibrationError, match=f"site 'biceps'.*{says}"):
        fit_site(0, np.full(9, 3.0), own, others, "biceps")
    with pytest.raises(CalibrationError, match="record both"):
        fit_site(0, np.zeros(0), own, others, "biceps")
