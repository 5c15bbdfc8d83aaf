import pytest

from sim.emulator.byte_loss import ByteLoss
from sim.errors import SimError

DATA = bytes(range(256)) * 40


def test_a_good_line_loses_nothing() -> None:
    assert ByteLoss(0.0).pass_on(DATA) == DATA


def test_a_bad_line_loses_about_its_share_keeps_the_order_and_repeats_by_seed() -> None:
    left = ByteLoss(0.1, seed=3).pass_on(DATA)
    assert len(left) / len(DATA) == pytest.approx(0.9, abs=0.02)
    remaining = iter(DATA)
    assert all(byte in remaining for byte in left)
    assert left == ByteLoss(0.1, seed=3).pass_on(DATA)
    assert left != ByteLoss(0.1, seed=4).pass_on(DATA)


@pytest.mark.parametrize("probability", [-0.1, 1.0, float("nan")])
def test_what_is_no_probability_is_refused(probability: float) -> None:
    with pytest.raises(SimError, match="0 or more and below 1"):
        ByteLoss(probability)
