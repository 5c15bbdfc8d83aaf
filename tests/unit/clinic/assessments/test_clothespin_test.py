"""Clothespin relocation by stories whose times are told beforehand."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from clinic.assessments.assessment import Phase
from clinic.assessments.clothespin_test import NAME, ClothespinSettings, ClothespinTest, ClothespinTrial
from clinic.assessments.errors import AssessmentError
from clinic.assessments.report import write_report
from clinic.assessments.result import clothespin_result

JOINTS = ("elbow", "wrist_rotation", "hand")
MEANT = frozenset({"wrist_rotation", "hand"})
TIPS = (0.4, 0.0, 1.0)


@dataclass(frozen=True)
class Pin:
    on: frozenset[str]
    pressed_n: float = 0.0
    position_m: tuple[float, float, float] = (0.4, 0.0, 1.0)


WAITING = Pin(frozenset({"horizontal"}))
CARRIED = Pin(frozenset(), 20.0)
PRESSED = Pin(frozenset({"vertical"}), 12.0)
THERE = Pin(frozenset({"vertical"}))
FALLING = Pin(frozenset())
FALLEN = Pin(frozenset({"table"}))


class Story:
    """Feeds a test, 0.1 s a sample."""

    def __init__(self, pins: int = 1, time_limit_s: float = 120.0) -> None:
        self.test = ClothespinTest(JOINTS, MEANT, ClothespinSettings(pins, time_limit_s=time_limit_s))
        self.test.begin(5.0)
        self.samples = 0
        self.posture = {"elbow": 1.0, "wrist_rotation": -1.3, "hand": 0.8}

    def see(self, *pins: Pin, times: int = 1) -> bool:
        ended = False
        for _ in range(times):
            self.samples += 1
            ended = self.test.feed(5.0 + 0.1 * self.samples, self.posture, TIPS, pins)
        return ended


def test_a_pin_is_placed_when_it_was_let_go_on_the_bar_and_stays_half_a_second() -> None:
    story = Story()
    story.see(WAITING)
    story.see(CARRIED, times=3)
    story.see(PRESSED, times=2)
    assert not story.see(THERE, times=5)  # 0.7 s to 1.1 s: 0.4 s of it
    assert story.see(THERE)
    trial = story.test.trials[0]
    assert trial.completion_s == pytest.approx(0.7)
    assert trial.duration_s == pytest.approx(1.2)
    assert (trial.dropped, trial.grip_n) == (0, 20.0)
    assert story.test.phase is Phase.FINISHED


def test_a_pin_that_slips_off_or_is_taken_again_begins_its_stay_anew() -> None:
    story = Story()
    story.see(THERE, times=4)
    story.see(FALLING)
    story.see(THERE, times=4)
    story.see(PRESSED)
    assert not story.see(THERE, times=5)  # from 1.1 s on
    assert story.see(THERE)
    assert story.test.trials[0].completion_s == pytest.approx(1.1)


def test_a_stay_does_not_last_over_a_gap() -> None:
    story = Story()
    story.see(THERE)
    story.samples = 9
    assert not story.see(THERE)  # at 1 s
    assert story.see(THERE, times=5)
    assert story.test.trials[0].completion_s == pytest.approx(1.0)


def test_a_pin_that_falls_is_dropped_and_the_trial_fails_when_the_others_are_there() -> None:
    story = Story(3)
    story.see(WAITING, WAITING, WAITING)
    story.see(CARRIED, WAITING, WAITING)
    story.see(FALLING, WAITING, WAITING)
    story.see(FALLEN, WAITING, WAITING)
    story.see(FALLEN, THERE, WAITING, times=2)
    assert story.see(FALLEN, THERE, THERE, times=6)
    trial = story.test.trials[0]
    assert (trial.completion_s, trial.dropped) == (None, 1)
    assert trial.placed_at_s == pytest.approx((0.5, 0.7))


def test_a_pin_that_is_pressed_on_the_table_or_back_on_its_bar_is_not_dropped() -> None:
    story = Story(time_limit_s=1.0)
    story.see(replace(FALLEN, pressed_n=5.0), times=3)
    story.see(WAITING, times=6)
    assert story.see(WAITING)
    assert (story.test.trials[0].dropped, story.test.trials[0].completion_s) == (0, None)


def test_what_is_there_only_after_the_limit_does_not_count() -> None:
    story = Story(time_limit_s=1.0)
    story.see(CARRIED, times=7)
    assert not story.see(THERE, times=2)
    assert story.see(THERE)  # 0.2 s of stay when the time is over
    assert story.test.trials[0].placed_at_s == ()


def test_way_of_the_joints_that_neither_grip_nor_turn_is_unintended() -> None:
    story = Story(time_limit_s=1.0)
    for elbow, wrist in ((1.0, -1.3), (1.3, 0.2), (1.1, 0.2)):
        story.posture = {"elbow": elbow, "wrist_rotation": wrist, "hand": 0.8}
        story.see(WAITING)
    story.see(WAITING, times=7)
    assert story.test.trials[0].unintended_rad == pytest.approx(0.5)


def test_what_makes_no_test_or_no_sample_is_refused() -> None:
    with pytest.raises(AssessmentError, match="at least one pin"):
        ClothespinTest(JOINTS, MEANT, ClothespinSettings(0))
    with pytest.raises(AssessmentError, match="the task moves knee"):
        ClothespinTest(JOINTS, frozenset({"knee"}))
    story = Story()
    with pytest.raises(AssessmentError, match="all 1 things"):
        story.see(WAITING, WAITING)
    with pytest.raises(AssessmentError, match="has begun"):
        story.test.begin(6.0)


def test_figures_by_hand_as_json_and_on_the_page(tmp_path: Path) -> None:
    done = ClothespinTrial(3, 12.5, (5.0, 9.0, 12.0), 0, 30.0, {"elbow": 0.2, "hand": 3.0}, 0.2)
    failed = ClothespinTrial(3, 120.0, (6.0,), 2, 40.0, {"elbow": 0.4, "hand": 3.0}, 0.4)
    result = clothespin_result(NAME, "somebody", ClothespinSettings(pinch_n=20.0).parameters, [done, failed])
    assert result.figures == pytest.approx(
        {
            "completion_rate": 0.5,
            "median_completion_s": 12.0,
            "mean_completion_s": 12.0,
            "pins_placed": 2.0,
            "median_s_per_pin": 4.5,  # of 5, 4, 3 and 6 s
            "dropped": 1.0,
            "grip_n": 40.0,
            "unintended_rad": 0.3,
        }
    )
    assert json.loads(result.to_json())["trials"][1]["placed_at_s"] == [6.0]
    page = write_report([result], tmp_path).read_text()
    assert "what was moved in clothespin" in page
    assert "changed from 10 N" in page
