"""A run with the tests with things: real muscles, a fitted decoder, the controller's step, MuJoCo."""

from pathlib import Path

import pytest

from cli.simulate.comparison import pooled
from cli.simulate.scenario_file import load_jobs
from cli.simulate.session import run_job
from cli.simulate.tables import cells, headings
from tests.unit.cli.simulate.scenarios import HANDS, written


def test_blocks_and_pins_are_moved_in_a_run_and_the_arm_without_a_scene_comes_back(tmp_path: Path) -> None:
    (job,) = load_jobs(written(tmp_path, text=HANDS))
    run = run_job(job)
    blocks, pins, rest = run.tests
    assert blocks.parameters["blocks"] == 2
    assert blocks.figures["blocks_moved"] == 1
    assert [trial.what for trial in (*blocks.trials, *pins.trials)] == ["blocks", "pins"]
    assert pins.figures["completion_rate"] == 0.0  # nobody is so fast
    assert rest.figures["rest_motion_rad"] == pytest.approx(0.0, abs=1e-4)
    (point,) = pooled([run])
    assert point.leading == "clothespin"
    assert point.blocks_per_min == blocks.figures["blocks_per_min"]
    assert point.dropped_per_trial == 0.0
    assert dict(zip(headings([point]), cells(point), strict=True))["blocks/min"] == f"{point.blocks_per_min:.1f}"
