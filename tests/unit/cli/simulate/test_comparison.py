import pytest

from cli.simulate.comparison import pooled, summary
from cli.simulate.job import RunResult
from tests.unit.cli.simulate.scenarios import run_of


def test_people_are_pooled_by_point_and_practice_is_left_out() -> None:
    runs = [
        run_of(0.0, 1, [1.0, 2.0, None], 0.0),
        run_of(100.0, 1, [5.0], 0.5),
        run_of(0.0, 2, [3.0], 0.2),
        RunResult(key="x", point={"added_delay_ms": 0.0}, seed=3, refused="no"),
    ]
    first, second = pooled(runs)
    assert (first.runs, first.refused, first.trials, first.leading) == (3, 1, 4, "tac")
    assert first.completion_rate == 0.75
    assert first.median_completion_s == 2.0
    assert first.path_efficiency == 0.5
    assert first.overshoots_per_trial == 1.0
    assert first.rest_motion_rad == pytest.approx(0.1)
    assert first.wall_s == 4.0
    assert (second.point, second.median_completion_s) == ({"added_delay_ms": 100.0}, 5.0)
    said = summary(runs, 1.5, 2)
    assert said["completion_rate"] == 0.75
    assert said["rest_motion_rad"] == pytest.approx(0.1)
    assert (said["wall_s"], said["elapsed_s"], said["unfinished"]) == (4.0, 1.5, 2)


def test_nothing_makes_no_figures() -> None:
    assert summary([], 0.0, 3)["completion_rate"] is None
    (point,) = pooled([RunResult(key="x", point={}, seed=1, refused="no")])
    assert (point.completion_rate, point.median_completion_s_interval, point.rest_motion_rad) == (None, None, None)
