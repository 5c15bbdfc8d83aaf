"""Box and blocks by stories whose counts are told beforehand."""

import json
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path

import pytest

from clinic.assessments.assessment import Phase
from clinic.assessments.box_and_blocks_test import (
    NAME,
    BoxAndBlocksSettings,
    BoxAndBlocksTest,
    BoxAndBlocksTrial,
)
from clinic.assessments.errors import AssessmentError
from clinic.assessments.report import write_report
from clinic.assessments.result import box_and_blocks_result

JOINTS = ("wrist_rotation", "hand")
BOX = frozenset({"box"})
AIR = frozenset[str]()


@dataclass(frozen=True)
class Block:
    position_m: tuple[float, float, float]
    pressed_n: float = 0.0
    on: frozenset[str] = BOX


LYING = Block((0.4, -0.1, 0.8))
HELD = Block((0.4, -0.1, 0.83), 10.0, AIR)
BEYOND = Block((0.4, 0.1, 0.8))


class Story:
    """Feeds a test, 0.1 s a sample; the tips are where the first held block is, or at the first."""

    def __init__(self, blocks: int = 2, time_limit_s: float = 60.0) -> None:
        self.test = BoxAndBlocksTest(JOINTS, "hand", BoxAndBlocksSettings(blocks, time_limit_s))
        self.test.begin(5.0)
        self.samples = 0
        self.posture = {"wrist_rotation": 0.0, "hand": 0.7}

    def see(self, *blocks: Block, tips_y: float | None = None) -> bool:
        self.samples += 1
        held = [block.position_m[1] for block in blocks if block.pressed_n]
        tips = (0.4, tips_y if tips_y is not None else (held[0] if held else -0.1), 1.0)
        return self.test.feed(5.0 + 0.1 * self.samples, self.posture, tips, blocks)

    def end(self, *blocks: Block) -> BoxAndBlocksTrial:
        self.samples = round(self.test.settings.time_limit_s / 0.1) - 1
        assert self.see(*blocks)
        assert self.test.phase is Phase.FINISHED
        return self.test.trials[0]


def test_a_block_that_is_carried_over_and_let_go_counts_when_it_lies_there() -> None:
    story = Story()
    story.see(LYING, LYING)
    story.see(HELD, LYING)
    story.see(replace(HELD, position_m=(0.4, 0.1, 1.0)), LYING)
    story.see(Block((0.4, 0.1, 0.9), 0.0, AIR), LYING, tips_y=0.1)  # it falls
    story.see(BEYOND, LYING, tips_y=0.1)
    trial = story.end(BEYOND, LYING)
    assert trial.moved_at_s == pytest.approx((0.5,))
    assert (trial.moved, trial.dropped, trial.together, trial.grip_n) == (1, 0, 0, 10.0)


@pytest.mark.parametrize(
    ("last", "tips_y"),
    [
        (LYING, -0.1),  # let go before the partition
        (BEYOND, -0.05),  # thrown: the fingertips never crossed
    ],
)
def test_a_block_that_is_let_go_before_the_partition_is_dropped(last: Block, tips_y: float) -> None:
    story = Story(1)
    story.see(LYING)
    story.see(HELD)
    story.see(replace(last, on=AIR), tips_y=tips_y)
    story.see(last, tips_y=tips_y)
    trial = story.end(last)
    assert (trial.moved, trial.dropped) == (0, 1)


def test_what_is_pushed_or_hardly_lifted_was_not_lifted() -> None:
    story = Story(1)
    story.see(LYING)
    story.see(replace(LYING, pressed_n=10.0))
    story.see(replace(HELD, position_m=(0.4, -0.1, 0.815)))  # 1.5 cm
    trial = story.end(LYING)
    assert (trial.moved, trial.dropped) == (0, 0)


def test_a_block_that_touches_another_is_not_yet_lifted_and_the_upper_of_two_lies_higher() -> None:
    story = Story(1)
    high = Block((0.4, -0.1, 0.825), 0.0, frozenset({"thing_7"}))
    story.see(high)
    story.see(replace(high, position_m=(0.4, -0.1, 0.84), pressed_n=5.0, on=AIR))  # 1.5 cm above where it lay
    assert story.end(high).dropped == 0


def test_two_blocks_of_one_carry_count_as_one_and_of_two_carries_as_two() -> None:
    story = Story()
    over = replace(HELD, position_m=(0.4, 0.1, 1.0))
    story.see(LYING, LYING)
    story.see(HELD, HELD)
    story.see(over, over)
    story.see(BEYOND, BEYOND, tips_y=0.1)
    trial = story.end(BEYOND, BEYOND)
    assert (trial.moved, trial.together, trial.dropped) == (1, 1, 0)

    story = Story()
    story.see(LYING, LYING)
    for first, second in ((HELD, LYING), (over, LYING)):
        story.see(first, second)
    story.see(BEYOND, LYING, tips_y=0.1)
    story.see(BEYOND, LYING, tips_y=-0.1)  # back
    for second in (HELD, over):
        story.see(BEYOND, second)
    story.see(BEYOND, BEYOND, tips_y=0.1)
    assert story.end(BEYOND, BEYOND).moved == 2


def test_what_is_still_in_the_hand_and_what_comes_too_late_does_not_count() -> None:
    story = Story(1, time_limit_s=0.5)
    over = replace(HELD, position_m=(0.4, 0.1, 1.0))
    for block in (LYING, HELD, over, over):
        story.see(block)
    story.samples = 5  # the next sample comes at 0.6 s
    assert story.see(BEYOND, tips_y=0.1)
    assert story.test.trials[0].moved == 0


def test_way_of_all_joints_but_the_hand_is_unintended() -> None:
    story = Story(1)
    for rotation, hand in ((0.0, 0.7), (0.2, 1.2), (-0.1, 0.7)):
        story.posture = {"wrist_rotation": rotation, "hand": hand}
        story.see(LYING)
    trial = story.end(LYING)
    assert trial.unintended_rad == pytest.approx(0.5)
    assert trial.travel_rad == pytest.approx({"wrist_rotation": 0.5, "hand": 1.0})


def test_what_is_no_sample_is_refused_and_leaves_the_test_as_it_was() -> None:
    story = Story(1)
    story.see(LYING)
    for time_s, tips, blocks, said in (
        (5.05, (0.0, 0.0, 0.0), [LYING], "must come after the last"),
        (6.0, (0.0, 0.0, 0.0), [], "all 1 things"),
        (6.0, (nan, 0.0, 0.0), [LYING], "finite positions"),
        (6.0, (0.0, 0.0, 0.0), [Block((0.0, 0.0, nan))], "finite positions"),
        (6.0, (0.0, 0.0, 0.0), [replace(LYING, pressed_n=nan)], "force on every thing"),
    ):
        with pytest.raises(AssessmentError, match=said):
            story.test.feed(time_s, story.posture, tips, blocks)
    assert story.test.phase is Phase.RUNNING
    with pytest.raises(AssessmentError, match="has begun"):
        story.test.begin(7.0)


def test_settings_that_make_no_test_are_refused() -> None:
    with pytest.raises(AssessmentError, match="at least one block"):
        BoxAndBlocksTest(JOINTS, "hand", BoxAndBlocksSettings(0))
    with pytest.raises(AssessmentError, match="one of the joints"):
        BoxAndBlocksTest(JOINTS, "foot", BoxAndBlocksSettings(1))


def test_figures_by_hand_as_json_and_on_the_page(tmp_path: Path) -> None:
    trial = BoxAndBlocksTrial(60.0, (4.0, 9.0, 12.0), 2, 1, 18.5, {"hand": 9.0, "elbow": 0.4}, 0.4)
    result = box_and_blocks_result(NAME, "somebody", BoxAndBlocksSettings(24).parameters, [trial])
    assert result.figures == {
        "blocks_moved": 3.0,
        "blocks_per_min": 3.0,
        "median_s_per_block": 4.0,  # of 4, 5 and 3 s
        "dropped": 2.0,
        "together": 1.0,
        "grip_n": 18.5,
        "unintended_rad": 0.4,
    }
    assert json.loads(result.to_json())["trials"][0]["moved_at_s"] == [4.0, 9.0, 12.0]
    page = write_report([result], tmp_path).read_text()
    assert "what was moved in box_and_blocks" in page
    assert "changed from 150" in page
