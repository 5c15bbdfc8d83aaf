import numpy as np
import pytest

from benchmarks.wearer_effects import JOINTS, SPEEDS
from benchmarks.wearer_emg import DIRECT, PAIR, emg_loop, six_sites
from clinic.assessments.rest_test import RestTest
from clinic.assessments.tac_test import TacSettings, tac_test
from controller.decoders.direct.two_sites import TwoSites
from sim.errors import SimError
from sim.wearer.closed_loop import ClosedLoop
from sim.wearer.contraction import Contraction
from sim.wearer.in_turn import FIRST_LET_GO_S, LONGEST_S, JointsInTurn
from sim.wearer.signal_decoder import SignalDecoder
from sim.wearer.traits import WearerTraits
from sim.wearer.wearer import VirtualWearer


def two_site_loop(seed: int = 0) -> tuple[ClosedLoop, TwoSites]:
    closed = emg_loop(seed, DIRECT)
    decoder = closed.interpreter
    assert isinstance(decoder, SignalDecoder)
    sites = decoder.step.listening.whole
    assert isinstance(sites, TwoSites)
    return closed, sites


def test_a_wearer_with_two_sites_reaches_with_three_joints_by_switching_and_rests_without_motion() -> None:
    closed, decoder = two_site_loop()
    active = decoder.active
    test = tac_test(closed.config.joints, TacSettings(moved_joints=3, repetitions=1, time_limit_s=30.0))
    test.targets = test.targets[:4]
    closed.take(test)
    assert sum(trial.completed for trial in test.trials) >= 2
    for trial in test.trials:
        # 40° each, and what had to be undone: every joint had its turn.
        assert all(travel > 0.5 for travel in trial.travel_rad.values() if trial.completed)
    in_turn = closed.wearer.in_turn
    assert in_turn is not None
    assert in_turn.let_go_s > FIRST_LET_GO_S, "contractions that came too early after a switch taught nothing"
    assert active == 0
    rest = RestTest(JOINTS, 10.0)
    closed.take(rest)
    assert rest.trials[0].motion_rad == 0.0


def test_the_same_seed_takes_the_joints_in_the_same_turns_to_the_bit() -> None:
    def taken() -> tuple[float, dict[str, float], int]:
        closed, _ = two_site_loop(1)
        test = tac_test(closed.config.joints, TacSettings(moved_joints=2, repetitions=1))
        test.targets = test.targets[:1]
        closed.take(test)
        return test.trials[0].duration_s, test.trials[0].travel_rad, closed.wearer.movements

    assert taken() == taken()


def test_whoever_lost_count_finds_the_joint_again_by_its_moving() -> None:
    closed, decoder = two_site_loop()
    closed.engage()
    decoder.active = 2
    in_turn = closed.wearer.in_turn
    assert in_turn is not None
    assert in_turn.joint == "elbow"
    start = dict(closed.position_rad)
    closed.wearer.want(start | {"elbow": start["elbow"] + 0.7}, 0.087)
    closed.pass_time(12.0)
    assert in_turn.joint == JOINTS[decoder.active]
    assert abs(closed.position_rad["elbow"] - start["elbow"]) > 0.4


def test_muscles_meant_together_come_one_after_the_other_and_both_let_go() -> None:
    muscles = Contraction(3, WearerTraits(spill=0.0, aim_noise=0.0, wander=0.0), np.random.default_rng(0))
    muscles.contract_both(2, 1, 0.7, 1.0, 0.05)
    levels = np.array([muscles.step(0.01).copy() for _ in range(30)])
    first, second = (int(np.argmax(levels[:, motion] > 0.05)) for motion in (2, 1))
    assert second - first == 5
    assert levels[-1, 1:] == pytest.approx([0.7, 0.7], rel=0.05)
    muscles.contract_both(2, 1, 0.7, 1.0, 5.0)
    muscles.relax()
    assert max(float(muscles.step(0.01)[1]) for _ in range(700)) <= 0.7, "the second muscle came after the relaxing"
    assert float(muscles.step(0.01).max()) < 0.01


def test_counting_goes_round_and_is_put_right_by_what_moves() -> None:
    in_turn = JointsInTurn(*PAIR, JOINTS)
    assert [in_turn.switches_to(joint) for joint in JOINTS] == [0, 1, 2]
    in_turn.switched()
    assert [in_turn.switches_to(joint) for joint in JOINTS] == [2, 0, 1]
    in_turn.saw_moving("hand")
    assert in_turn.joint == "hand"
    in_turn.saw_moving("wrist_flexion")
    assert in_turn.joint == "hand", "a joint that takes no turn moved for another reason"
    for _ in range(20):
        in_turn.nothing_moved()
    assert in_turn.let_go_s == LONGEST_S


def test_what_makes_no_turns_is_refused() -> None:
    for forward, backward, joints in (("a", "a", JOINTS), ("a", "b", ()), ("a", "b", ("elbow", "elbow"))):
        with pytest.raises(SimError, match="taking turns"):
            JointsInTurn(forward, backward, joints)
    motions = six_sites().motions
    for in_turn in (JointsInTurn("wave", "elbow_extension", JOINTS), JointsInTurn(*PAIR, ("toe",))):
        with pytest.raises(SimError, match=r"knows no motion 'wave'|no joint toe"):
            VirtualWearer(motions, SPEEDS, JOINTS, in_turn=in_turn)
