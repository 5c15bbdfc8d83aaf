"""Figures of whole tests, by hand; JSON and page."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from clinic.assessments.motion_test import MotionTrial
from clinic.assessments.parameter import Parameter
from clinic.assessments.reach import ReachTrial
from clinic.assessments.report import write_report
from clinic.assessments.rest_test import RestTrial
from clinic.assessments.result import Result, difficulty_line, motion_result, reach_result, rest_result
from clinic.assessments.targets import Target
from clinic.assessments.trajectory import Trajectory

PARAMETERS = (Parameter("dwell", 2.0, "s", "somewhere"),)


def trial(bits: float | None, completion_s: float | None, efficiency: float = 0.5, overshoots: int = 0) -> ReachTrial:
    way = Trajectory(("elbow", "hand"))
    for index in range(4):
        way.add(0.1 * index, {"elbow": 0.1 * index, "hand": 0.0})
    target = Target("elbow+ <b>", {"elbow": 0.3, "hand": 0.0}, {"elbow": 0.3})
    done = efficiency if completion_s is not None else None
    return ReachTrial(target, completion_s, 3.0, done, overshoots, way.travel_rad(), 0.25, way, bits)


FITTS = [trial(1.0, 2.0, 0.4, 1), trial(1.0, 4.0, 0.6), trial(2.0, 4.0, 0.8), trial(3.0, 5.0, 1.0), trial(3.0, None)]


def test_figures_of_a_fitts_test_by_hand() -> None:
    result = reach_result("fitts", "somebody", PARAMETERS, FITTS)
    assert result.figures == pytest.approx(
        {
            "completion_rate": 4 / 5,
            "median_completion_s": 4.0,
            "mean_completion_s": 3.75,
            "path_efficiency": 0.7,
            "overshoots_per_trial": 0.2,
            "unintended_rad_per_trial": 0.25,
            "throughput_bit_s": (1 / 2 + 1 / 4 + 2 / 4 + 3 / 5) / 4,
        }
    )
    # Means 3, 4, 5 s at 1, 2, 3 bit lie on a line.
    assert result.line is not None
    assert (result.line.intercept_s, result.line.slope_s_per_bit) == pytest.approx((2.0, 1.0))
    assert result.line.r_squared == pytest.approx(1.0)


def test_a_line_needs_three_indices_and_says_how_well_it_fits() -> None:
    assert difficulty_line(FITTS[:3]) is None
    # Means 1, 3, 2 at 1, 2, 3: slope 1/2, left over 1.5 of 2.
    line = difficulty_line([trial(1.0, 1.0), trial(2.0, 3.0), trial(3.0, 2.0)])
    assert line is not None
    assert (line.slope_s_per_bit, line.r_squared) == pytest.approx((0.5, 0.25))
    flat = difficulty_line([trial(bits, 2.0) for bits in (1.0, 2.0, 3.0)])
    assert flat is not None
    assert flat.r_squared == 0.0


def test_where_nothing_was_completed_there_is_no_time() -> None:
    result = reach_result("tac", "nobody", PARAMETERS, [trial(None, None)])
    assert result.figures["completion_rate"] == 0.0
    assert result.figures["median_completion_s"] is None
    assert result.figures["throughput_bit_s"] is None
    assert reach_result("tac", "nobody", PARAMETERS, []).figures["completion_rate"] is None


def test_figures_of_a_motion_test_by_hand() -> None:
    trials = [
        MotionTrial("open", 0.2, 1.2, 0.9),
        MotionTrial("close", 0.4, 1.6, 0.7),
        MotionTrial("open", 0.9, None, 0.2),
        MotionTrial("close", None, None, None),
    ]
    assert motion_result("motion", "somebody", (), trials).figures == pytest.approx(
        {
            "completion_rate": 0.5,
            "mean_selection_s": 0.3,
            "mean_completion_s": 1.4,
            "median_completion_s": 1.4,
            "right_share": 0.6,
        }
    )


def all_results() -> list[Result]:
    return [
        reach_result("fitts", "one & only", PARAMETERS, FITTS),
        reach_result("fitts", "other", PARAMETERS, [replace(each, difficulty_bits=None) for each in FITTS]),
        motion_result("motion", "one", (), [MotionTrial("open", 0.2, 1.2, 0.9)]),
        rest_result("rest", "one", (), [RestTrial(30.0, {"elbow": 0.5}, 0)]),
    ]


def test_the_json_holds_every_trial_and_trajectories_where_they_are_wanted() -> None:
    for result in all_results():
        said = json.loads(result.to_json())
        assert said["test"] == result.test
        assert said["figures"] == result.figures
        assert len(said["trials"]) == len(result.trials)
    first = json.loads(all_results()[0].to_json(with_trajectories=True))["trials"][0]
    assert first["trajectory"]["joints"] == ["elbow", "hand"]
    assert first["trajectory"]["position_rad"][3] == pytest.approx([0.3, 0.0])
    assert "trajectory" not in json.loads(all_results()[0].to_json())["trials"][0]
    assert json.loads(all_results()[3].to_json())["figures"]["rest_motion_rad"] == 0.5


def test_the_page_shows_every_test_with_its_parameters_and_escapes_what_people_wrote(tmp_path: Path) -> None:
    page = write_report(all_results(), tmp_path)
    text = page.read_text(encoding="utf-8")
    for words in ("<h2>fitts</h2>", "<h2>motion</h2>", "<h2>rest</h2>", "one &amp; only", "dwell", "somewhere"):
        assert words in text
    # Fitts: completions, line, two sets of ways; motion: completions.
    assert text.count("data:image/png;base64,") == 5
    assert len(json.loads((tmp_path / "assessments.json").read_text(encoding="utf-8"))) == 4
