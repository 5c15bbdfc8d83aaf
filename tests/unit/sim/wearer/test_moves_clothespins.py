"""A virtual wearer at the clothespins, in MuJoCo, through decoder, governor and guard."""

from benchmarks.hand_tasks import pins
from clinic.assessments.clothespin_test import ClothespinTrial


def moved_in(seconds: float, seed: int = 3) -> ClothespinTrial:
    result, _ = pins(seed, seconds=seconds)
    (trial,) = result.trials
    assert isinstance(trial, ClothespinTrial)
    return trial


def test_the_wearer_brings_all_pins_to_the_vertical_bar_and_turns_the_wrist_for_each() -> None:
    trial = moved_in(60.0)
    assert trial.completion_s is not None
    assert 8.0 < trial.completion_s < 40.0
    assert trial.dropped == 0
    assert trial.grip_n > 10.0
    # A quarter there for each of three, and back for two.
    assert trial.travel_rad["wrist_rotation"] > 5 * 1.4
    assert trial.unintended_rad < 1.0


def test_the_same_seed_gives_the_same_bits() -> None:
    assert moved_in(8.0) == moved_in(8.0)
