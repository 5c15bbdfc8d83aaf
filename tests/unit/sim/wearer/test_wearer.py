import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.wearer_effects import JOINTS, SPEEDS
from sim.emg.generator import DEFAULT_MOTIONS
from sim.errors import SimError
from sim.wearer.contraction import Contraction
from sim.wearer.sight import Sight
from sim.wearer.skill import Skill
from sim.wearer.traits import WearerTraits, somebody
from sim.wearer.wearer import VirtualWearer

STEP_S = 0.01
START = {"elbow": 0.8, "wrist_rotation": 0.0, "hand": 0.7}
EXACT = WearerTraits(sight_noise_rad=0.0, aim_noise=0.0, wander=0.0, timing_noise=0.0, spill=0.0, residue=0.0)


def wearer(seed: int = 0, traits: WearerTraits | None = None) -> VirtualWearer:
    return VirtualWearer(DEFAULT_MOTIONS, SPEEDS, JOINTS, somebody(seed) if traits is None else traits, seed)


def test_nothing_is_activated_before_the_reaction_and_the_right_motion_afterwards() -> None:
    one = wearer(traits=EXACT)
    for _ in range(50):
        assert one.step(STEP_S, START).max() == 0.0
    one.want(START | {"elbow": 1.5}, 0.05)
    levels = [one.step(STEP_S, START).copy() for _ in range(60)]
    first = next(index for index, level in enumerate(levels) if level.max() > 0.0)
    assert first * STEP_S == pytest.approx(EXACT.reaction_s + EXACT.choice_s, abs=2 * STEP_S)
    assert all(level.argmax() == DEFAULT_MOTIONS.index("elbow_flexion") for level in levels[first:])


def test_a_wearer_who_is_content_does_nothing() -> None:
    one = wearer(traits=EXACT)
    one.want(START | {"hand": 0.72}, 0.05)
    assert max(one.step(STEP_S, START).max() for _ in range(300)) == 0.0


def test_a_motion_is_kept_up_until_it_is_no_longer_wanted_and_dies_away_then() -> None:
    one = wearer(seed=1)
    one.want_motion("hand_close")
    levels = [one.step(STEP_S, START).copy() for _ in range(200)]
    assert levels[-1].argmax() == DEFAULT_MOTIONS.index("hand_close")
    one.relax()
    fading = [float(one.step(STEP_S, START).max()) for _ in range(200)]
    assert fading[-1] < 0.01 < fading[20], "nobody relaxes at once and wholly"
    with pytest.raises(SimError, match="knows no motion"):
        one.want_motion("wave")


def test_the_same_seed_acts_the_same_to_the_bit_and_another_does_not() -> None:
    def acted(seed: int) -> list[list[float]]:
        one = wearer(seed)
        one.want(START | {"elbow": 1.4, "hand": 0.2}, 0.05)
        return [one.step(STEP_S, START).tolist() for _ in range(150)]

    assert acted(3) == acted(3)
    assert acted(3) != acted(4)


@settings(max_examples=20)
@given(st.integers(0, 50), st.lists(st.floats(-3.0, 3.0), min_size=1, max_size=40), st.floats(0.002, 0.05))
def test_activations_are_shares_whatever_the_arm_does(seed: int, angles: list[float], step_s: float) -> None:
    one = wearer(seed)
    one.want(START | {"elbow": 2.0, "wrist_rotation": -1.0}, 0.02)
    for angle in angles * 3:
        level = one.step(step_s, START | {"elbow": angle})
        assert level[0] == 0.0, "rest is no muscle"
        assert np.all((level >= 0.0) & (level <= 1.0))
        assert 0.0 < one.strength <= 1.0


def test_a_joint_that_no_motion_moves_is_left_alone() -> None:
    one = VirtualWearer(("rest", "bend"), {"bend": {"elbow": 1.0}}, ("elbow", "wrist"), EXACT)
    one.want({"elbow": 0.0, "wrist": 1.0}, 0.05)
    assert max(one.step(STEP_S, {"elbow": 0.0, "wrist": 0.0}).max() for _ in range(100)) == 0.0
    for motions, speeds in ((("rest",), {}), (("bend", "rest"), {}), (("rest", "bend"), {"bend": {"toe": 1.0}})):
        with pytest.raises(SimError):
            VirtualWearer(motions, speeds, ("elbow",), EXACT)


def test_sight_is_late_by_the_reaction_time_and_knows_the_speed() -> None:
    sight = Sight(("elbow",), EXACT, np.random.default_rng(0))
    for index in range(101):
        sight.take(0.01 * index, {"elbow": 0.02 * index})
    assert sight.seen_rad(1.0) == pytest.approx([2.0 * (1.0 - EXACT.reaction_s)], abs=0.021)
    assert sight.speed_rad_s(1.0) == pytest.approx([2.0], rel=0.13)


def test_each_look_errs_by_so_much() -> None:
    traits = WearerTraits(sight_noise_rad=0.02)
    sight = Sight(("elbow",), traits, np.random.default_rng(0))
    seen = []
    for index in range(400):
        sight.take(traits.glance_s * index, {"elbow": 1.0})
        seen.append(sight.seen_rad(traits.glance_s * index)[0])
    assert np.std(seen) == pytest.approx(0.02, rel=0.15)
    assert np.mean(seen) == pytest.approx(1.0, abs=0.005)


def test_noise_of_aim_grows_with_effort() -> None:
    def spread(effort: float) -> float:
        muscles = Contraction(3, WearerTraits(wander=0.0, spill=0.0), np.random.default_rng(1))
        reached = []
        for _ in range(300):
            muscles.contract(1, effort, 1.0)
            reached.append(max(float(muscles.step(0.1)[1]) for _ in range(6)))
        return float(np.std(reached))

    assert spread(0.6) == pytest.approx(3.0 * spread(0.2), rel=0.1)


def test_work_tires_and_rest_restores() -> None:
    muscles = Contraction(2, WearerTraits(), np.random.default_rng(0))
    muscles.contract(1, 0.8, 1.0)
    for _ in range(600):
        muscles.step(0.1)
    tired = muscles.strength
    assert 0.85 < tired < 0.95
    muscles.relax()
    for _ in range(6000):
        muscles.step(0.1)
    assert muscles.strength > 1.0 - 0.3 * (1.0 - tired)


def test_a_wearer_comes_to_hold_a_motion_as_long_as_the_distance_takes() -> None:
    skill = Skill(WearerTraits(speed_guess=1.0))
    true_s = 0.5 / (2.0 * 0.5) + 0.15
    assert skill.duration_s(0, 1.0, 0.5, 0.5) > 1.5 * true_s
    generator = np.random.default_rng(0)
    for _ in range(200):
        effort, held_s = generator.uniform(0.35, 0.8), generator.uniform(0.2, 1.2)
        skill.went(0, 1.0, effort, held_s, 2.0 * effort * (held_s - 0.15))
        skill.followed_after(0.3)
    assert skill.duration_s(0, 1.0, 0.5, 0.5) == pytest.approx(true_s, rel=0.1)
    assert skill.lag_s == pytest.approx(0.3, abs=0.01)
    assert skill.speed_rad_s(0, -1.0) == 1.0, "one way teaches nothing about the other"


@given(st.lists(st.tuples(st.floats(0.05, 1.0), st.floats(0.0, 20.0), st.floats(-7.0, 7.0)), max_size=50))
def test_beliefs_stay_sane_whatever_happens(movements: list[tuple[float, float, float]]) -> None:
    skill = Skill(WearerTraits())
    for effort, held_s, distance in movements:
        skill.went(0, 1.0, effort, held_s, distance)
        assert 0.1 <= skill.speed_rad_s(0, 1.0) <= 5.0
        assert 0.0 < skill.duration_s(0, 1.0, 0.5, effort) < 101.0


def test_traits_that_make_no_person_are_refused() -> None:
    for wrong in ({"aim_noise": -0.1}, {"sight_noise_rad": float("nan")}, {"least_effort": 0.9}, {"rise_s": 0.0}):
        with pytest.raises(SimError):
            WearerTraits(**wrong)
    reactions = [somebody(seed).reaction_s for seed in range(100)]
    assert 0.15 <= min(reactions) < 0.16
    assert 0.24 < max(reactions) <= 0.25
