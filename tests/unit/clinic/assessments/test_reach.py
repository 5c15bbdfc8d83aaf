"""TAC and Fitts tests against trajectories whose figures were reckoned by hand."""

from itertools import pairwise
from math import log2, nan, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.assessments.assessment import LONGEST_GAP_S, Phase
from clinic.assessments.errors import AssessmentError
from clinic.assessments.fitts_test import FittsSettings, fitts_test, index_of_difficulty_bits
from clinic.assessments.reach import Reach, ReachTrial
from clinic.assessments.tac_test import TacSettings, tac_test
from clinic.assessments.targets import Target
from controller.arm_config import JointConfig


def joint(name: str, rest_rad: float = 0.0) -> JointConfig:
    return JointConfig(
        name=name, min_rad=-2.0, max_rad=2.0, max_speed_rad_s=1.0, max_acceleration_rad_s2=10.0, rest_rad=rest_rad
    )


ELBOW, WRIST = joint("elbow"), joint("wrist")


def one_target(dwell_s: float = 1.0, time_limit_s: float = 10.0) -> Reach:
    """Elbow to 1.0 ± 0.1 rad, wrist to 0 ± 0.1 rad."""
    target = Target("elbow+", {"elbow": 1.0, "wrist": 0.0}, {"elbow": 1.0})

    def inside(row: tuple[float, ...], aim: Target) -> bool:
        return all(abs(at - aim.posture_rad[name]) <= 0.1 for name, at in zip(("elbow", "wrist"), row, strict=True))

    return Reach(("elbow", "wrist"), [target], dwell_s, time_limit_s, inside, lambda _: 0.1)


def played(test: Reach, way: list[tuple[float, float, float]], began_s: float = 0.0) -> ReachTrial:
    """Feed (time, elbow, wrist) and return the trial, which must end with the last sample."""
    test.begin(began_s)
    ended = [test.feed(time_s, {"elbow": elbow, "wrist": wrist}) for time_s, elbow, wrist in way]
    assert ended == [False] * (len(way) - 1) + [True]
    return test.trials[-1]


def ramp(until_s: float, step_s: float = 0.1) -> list[tuple[float, float, float]]:
    """The elbow at 0.5 rad/s from 0 to 1 rad, then still."""
    return [
        (round(index * step_s, 9), min(0.05 * index * step_s / 0.1, 1.0), 0.0)
        for index in range(round(until_s / step_s) + 1)
    ]


def test_a_straight_way_takes_the_time_to_the_edge_of_the_target_and_is_wholly_efficient() -> None:
    # 0.5 rad/s reach 0.9 rad, the edge, at 1.8 s; the dwell of 1 s is over at 2.8 s.
    trial = played(one_target(), ramp(2.8))
    assert trial.completed
    assert trial.completion_s == pytest.approx(1.8)
    assert trial.duration_s == pytest.approx(2.8)
    assert trial.path_efficiency == 1.0
    assert trial.overshoots == 0
    assert trial.travel_rad == pytest.approx({"elbow": 1.0, "wrist": 0.0})
    assert trial.unintended_rad == 0.0


def test_overshoot_detour_and_unintended_motion_by_hand() -> None:
    way = [
        (5.0, 0.0, 0.0),
        (5.1, 0.3, 0.4),  # 0.5 rad of way, wrist 0.4 wrong
        (5.2, 0.6, 0.0),  # 0.5
        (5.3, 1.0, 0.0),  # 0.4, inside
        (5.4, 1.2, 0.0),  # 0.2, left: one overshoot
        (5.5, 1.0, 0.0),  # 0.2, inside again: completion after 0.5 s
        (5.6, 1.0, 0.0),
        (5.7, 1.0, 0.0),  # dwell of 0.2 s over
    ]
    trial = played(one_target(dwell_s=0.19), way, began_s=5.0)
    assert trial.completion_s == pytest.approx(0.5)
    assert trial.duration_s == pytest.approx(0.7)
    assert trial.overshoots == 1
    assert trial.path_efficiency == pytest.approx(1.0 / 1.8)  # 1 rad straight, 0.5 + 0.5 + 0.4 + 0.2 + 0.2 taken
    assert trial.unintended_rad == pytest.approx(0.8)  # the wrist, there and back
    assert trial.travel_rad == pytest.approx({"elbow": 1.4, "wrist": 0.8})


def test_a_joint_that_was_not_to_move_keeps_the_target_out_of_reach() -> None:
    way = [(0.0, 0.0, 0.0)] + [(0.1 * index, 1.0, 0.2) for index in range(1, 31)]
    trial = played(one_target(dwell_s=1.0, time_limit_s=3.0), way)
    assert not trial.completed
    assert trial.overshoots == 0
    assert trial.path_efficiency is None
    assert trial.unintended_rad == pytest.approx(0.2)


def test_what_is_reached_in_time_but_not_held_in_time_is_a_failure() -> None:
    # Inside from 1.8 s; the dwell would be over at 2.8 s, the limit is 2.5 s.
    trial = played(one_target(time_limit_s=2.5), ramp(2.5))
    assert trial.completion_s is None
    assert trial.duration_s == pytest.approx(2.5)


def test_a_dwell_does_not_last_over_a_gap() -> None:
    test = one_target()
    test.begin(0.0)
    assert not test.feed(0.0, {"elbow": 0.0, "wrist": 0.0})
    assert not test.feed(0.1, {"elbow": 1.0, "wrist": 0.0})
    assert not test.feed(1.2, {"elbow": 1.0, "wrist": 0.0}), "nobody saw where it was meanwhile"
    for index in range(1, 10):
        assert not test.feed(1.2 + 0.1 * index, {"elbow": 1.0, "wrist": 0.0})
    assert test.feed(2.21, {"elbow": 1.0, "wrist": 0.0})
    assert test.trials[0].completion_s == pytest.approx(1.2)
    assert test.trials[0].overshoots == 0


@pytest.mark.parametrize(
    ("time_s", "position", "words"),
    [
        (nan, {"elbow": 0.0, "wrist": 0.0}, "time"),
        (1.0, {"elbow": nan, "wrist": 0.0}, "'elbow'"),
        (1.0, {"elbow": float("inf"), "wrist": 0.0}, "'elbow'"),
        (1.0, {"elbow": 0.0}, "wrist is missing"),
        (0.5, {"elbow": 0.0, "wrist": 0.0}, "after the last"),
        (-1.0, {"elbow": 0.0, "wrist": 0.0}, "beginning"),
    ],
)
def test_what_is_no_sample_is_refused_and_leaves_no_trace(
    time_s: float, position: dict[str, float], words: str
) -> None:
    way = ramp(2.8)
    test = one_target()
    test.begin(0.0)
    for sample in way[:6]:
        test.feed(sample[0], {"elbow": sample[1], "wrist": sample[2]})
    with pytest.raises(AssessmentError, match=words):
        test.feed(time_s, position)
    for sample in way[6:]:
        test.feed(sample[0], {"elbow": sample[1], "wrist": sample[2]})
    assert test.trials[0].completion_s == pytest.approx(1.8)


def test_a_trial_neither_begins_twice_nor_in_its_target_nor_after_the_last() -> None:
    test = one_target()
    with pytest.raises(AssessmentError, match="begin one first"):
        test.feed(0.0, {"elbow": 0.0, "wrist": 0.0})
    with pytest.raises(AssessmentError, match="time"):
        test.begin(nan)
    test.begin(0.0)
    with pytest.raises(AssessmentError, match="ends by itself"):
        test.begin(0.0)
    with pytest.raises(AssessmentError, match="in the target already"):
        test.feed(0.0, {"elbow": 1.0, "wrist": 0.0})
    for time_s, elbow, wrist in ramp(2.8):
        test.feed(time_s, {"elbow": elbow, "wrist": wrist})
    assert test.phase is Phase.FINISHED
    with pytest.raises(AssessmentError, match="finished"):
        test.begin(9.0)
    with pytest.raises(AssessmentError, match="dwell"):
        one_target(dwell_s=3.0, time_limit_s=3.0)


ANGLES = st.floats(-1.5, 1.5)


@given(
    st.lists(st.tuples(st.floats(0.001, 0.5), st.sampled_from([0.0, 0.9, 1.0, 1.05]) | ANGLES, ANGLES), max_size=120),
    st.floats(0.01, 2.0),
)
def test_whatever_the_way_and_the_sampling_the_figures_keep_their_bounds(
    steps: list[tuple[float, float, float]], dwell_s: float
) -> None:
    test = one_target(dwell_s=dwell_s, time_limit_s=8.0)
    test.begin(0.0)
    test.feed(0.0, {"elbow": 0.0, "wrist": 0.0})
    time_s, seen = 0.0, [(0.0, False)]
    for step_s, elbow, tenfold in steps:
        time_s, wrist = time_s + step_s, 0.1 * tenfold
        seen.append((time_s, abs(elbow - 1.0) <= 0.1 and abs(wrist) <= 0.1))
        if test.feed(time_s, {"elbow": elbow, "wrist": wrist}):
            break
    for trial in test.trials:
        assert trial.overshoots <= sum(before and not after for (_, before), (_, after) in pairwise(seen))
        assert trial.unintended_rad <= sum(trial.travel_rad.values())
        if trial.completion_s is None:
            assert trial.duration_s >= 8.0 - 1e-9
            continue
        assert trial.path_efficiency is not None
        assert 0.0 < trial.path_efficiency <= 1.0
        assert trial.completion_s > 0.0
        assert trial.duration_s <= 8.0 + 1e-9
        stay = [(at_s, inside) for at_s, inside in seen if at_s >= trial.completion_s - 1e-9]
        assert all(inside for _, inside in stay), "it stayed inside for all of the dwell"
        assert stay[-1][0] - stay[0][0] >= dwell_s - 1e-6
        assert all(after - before <= LONGEST_GAP_S for (before, _), (after, _) in pairwise(stay))


@given(st.floats(0.001, 0.15))
def test_the_sampling_changes_the_completion_time_by_one_sample_at_most(step_s: float) -> None:
    test = one_target()
    test.begin(0.0)
    index = 0
    while not test.feed(index * step_s, {"elbow": min(0.5 * index * step_s, 1.0), "wrist": 0.0}):
        index += 1
    completion_s = test.trials[0].completion_s
    assert completion_s is not None
    assert 1.8 - 1e-9 <= completion_s <= 1.8 + step_s


def test_the_tac_test_asks_for_each_joint_each_way_at_the_published_distance() -> None:
    test = tac_test([ELBOW, WRIST], TacSettings(repetitions=1))
    assert sorted(target.name for target in test.targets) == ["elbow+", "elbow-", "wrist+", "wrist-"]
    assert {round(abs(way), 9) for target in test.targets for way in target.offset_rad.values()} == {
        round(radians(40.0), 9)
    }
    assert test.wanted.within_rad == pytest.approx(radians(5.0))
    assert (test.dwell_s, test.time_limit_s) == (2.0, 30.0)
    both = tac_test([ELBOW, WRIST], TacSettings(moved_joints=2, repetitions=3))
    assert len(both.targets) == 12
    with pytest.raises(AssessmentError, match="1 to 2"):
        tac_test([ELBOW, WRIST], TacSettings(moved_joints=3))


def test_the_same_seed_asks_for_the_same_targets_and_another_for_another_order() -> None:
    orders = [
        [target.name for target in tac_test([ELBOW, WRIST], TacSettings(repetitions=5, seed=seed)).targets]
        for seed in (1, 1, 2)
    ]
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2])


def test_every_joint_must_be_within_tolerance_at_once() -> None:
    test = tac_test([ELBOW, WRIST], TacSettings(repetitions=1, dwell_s=0.1))
    aim = test.wanted.posture_rad
    test.begin(0.0)
    test.feed(0.0, {"elbow": 0.0, "wrist": 0.0})
    for index in range(1, 20):
        off = {name: angle + radians(5.1) for name, angle in aim.items()}
        assert not test.feed(0.1 * index, off | {"elbow": aim["elbow"]})
    at_the_edge = {name: angle + radians(4.9) for name, angle in aim.items()}
    assert not test.feed(2.0, at_the_edge)
    assert test.feed(2.11, at_the_edge)


def test_the_index_of_difficulty_of_the_published_layout_by_hand() -> None:
    # BioPatRec's layout; log2(30/13 + 1) and so on.
    published = {(30.0, 13.0): 1.7258, (30.0, 18.0): 1.4150, (60.0, 13.0): 2.4894, (60.0, 18.0): 2.1155}
    for (distance, width), bits in published.items():
        assert index_of_difficulty_bits(distance, width) == pytest.approx(bits, abs=5e-5)
    assert index_of_difficulty_bits(1.0, 1.0) == 1.0
    with pytest.raises(AssessmentError, match="above zero"):
        index_of_difficulty_bits(0.0, 1.0)


def test_a_fitts_target_is_a_ball_of_its_width_at_its_distance() -> None:
    test = fitts_test([ELBOW, WRIST], FittsSettings(moved_joints=2, layout_rad=((1.0, 0.5),), dwell_s=0.1))
    target = test.target
    assert len(test.targets) == 4
    assert [abs(part) for part in target.offset_rad.values()] == pytest.approx([0.7071, 0.7071], abs=1e-4)
    assert test.wanted.within_rad == 0.25
    test.begin(0.0)
    test.feed(0.0, {"elbow": 0.0, "wrist": 0.0})
    elbow, wrist = target.posture_rad["elbow"], target.posture_rad["wrist"]
    assert not test.feed(0.2, {"elbow": elbow + 0.2, "wrist": wrist + 0.2}), "0.28 away is outside a radius of 0.25"
    assert not test.feed(0.3, {"elbow": elbow + 0.15, "wrist": wrist + 0.15})
    assert not test.feed(0.35, {"elbow": elbow + 0.15, "wrist": wrist + 0.15})
    assert test.feed(0.45, {"elbow": elbow + 0.15, "wrist": wrist + 0.15})
    trial = test.trials[0]
    assert trial.difficulty_bits == pytest.approx(log2(3.0))
    assert trial.completion_s == pytest.approx(0.3)


def test_the_published_fitts_layout_leaves_out_what_a_joint_has_no_room_for() -> None:
    narrow = JointConfig(
        name="hand", min_rad=0.0, max_rad=1.4, max_speed_rad_s=1.0, max_acceleration_rad_s2=10.0, rest_rad=0.7
    )
    test = fitts_test([narrow], FittsSettings())
    assert len(test.targets) == 4, "30 degrees fit both ways, 60 do not"
    with pytest.raises(AssessmentError, match="shorter distances"):
        fitts_test([narrow], FittsSettings(layout_rad=((1.0, 0.5),)))
    with pytest.raises(AssessmentError, match="narrower"):
        fitts_test([narrow], FittsSettings(layout_rad=((0.2, 0.5),)))


def test_parameters_name_their_source_until_they_are_changed() -> None:
    sources = {one.name: one.source for one in TacSettings(dwell_s=1.0).parameters}
    assert sources["dwell"] == "changed from 2 s"
    assert sources["tolerance"].startswith("BioPatRec")
    assert [one.value for one in FittsSettings().parameters if one.name.startswith("target")] == pytest.approx(
        [1.7258, 1.4150, 2.4894, 2.1155], abs=5e-5
    )
