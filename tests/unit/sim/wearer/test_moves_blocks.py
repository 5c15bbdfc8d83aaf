"""A virtual wearer at the box and blocks, in MuJoCo, through decoder, governor and guard."""

import pytest

from benchmarks.hand_tasks import blocks
from benchmarks.wearer_effects import SPEEDS
from clinic.assessments.box_and_blocks_test import BoxAndBlocksTrial
from sim.errors import SimError


def moved_in(seconds: float, seed: int = 3) -> BoxAndBlocksTrial:
    result, _ = blocks(seed, seconds=seconds)
    (trial,) = result.trials
    assert isinstance(trial, BoxAndBlocksTrial)
    return trial


def test_the_wearer_moves_blocks_and_the_same_seed_gives_the_same_bits() -> None:
    trial = moved_in(14.0)
    assert trial.moved >= 2
    assert 2.0 < trial.moved_at_s[0] < 10.0
    assert trial.together == 0
    assert trial.grip_n > 10.0
    assert moved_in(14.0) == trial


def test_a_wearer_who_cannot_close_the_hand_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(SPEEDS, "hand_close")
    with pytest.raises(SimError, match="no motion that closes 'hand'"):
        moved_in(5.0)
