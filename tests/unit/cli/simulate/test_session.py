from pathlib import Path

import pytest

from cli.simulate.fitting import fitted, step_of
from cli.simulate.scenario_file import load_jobs
from cli.simulate.session import run_job, traits_of
from tests.unit.cli.simulate.scenarios import QUICK, SMALL, written

SITES = ("biceps, outer", "triceps, inner", "biceps, inner", "triceps, outer", "brachialis")
LIFTED = "".join(f'[[faults]]\nkind = "site_lifted"\nat_s = 0\nsite = "{site}"\n' for site in SITES)


def test_electrodes_that_fall_off_for_good_end_control_and_not_the_run(tmp_path: Path) -> None:
    (job,) = load_jobs(written(tmp_path, text=SMALL.replace("time_limit_s = 8", "time_limit_s = 3") + LIFTED))
    run = run_job(job)
    assert run.refused == ""
    tac, rest = run.tests
    assert tac.figures["completion_rate"] == 0.0
    assert rest.figures["rest_motion_rad"] == rest.commanded_rad == 0.0
    assert {fault.kind for fault in run.faults} == {"site_lifted"}


def test_trials_say_when_they_began_and_the_first_hop_is_theirs(tmp_path: Path) -> None:
    (job,) = load_jobs(written(tmp_path, text=QUICK))
    first, second = (test.trials[0] for test in run_job(job).tests)
    # Between the two: a second of rest, then relaxing and looking, 0.8 s each.
    assert second.began_s - first.began_s == pytest.approx(2.6)


def test_what_cannot_be_fitted_is_a_result_with_its_reason(tmp_path: Path) -> None:
    text = 'decoder = "direct"\n' + QUICK.replace("[arm]", "months = 1\n[arm]", 1)
    run = run_job(load_jobs(written(tmp_path, text=text))[0])
    assert run.refused
    assert run.tests == ()
    assert run.wall_s > 0.0


def test_the_gain_is_that_of_all_joints_but_those_with_their_own(tmp_path: Path) -> None:
    (job,) = load_jobs(written(tmp_path, "gain = 0.5\n", QUICK + "[shaping.gain]\nhand = 0.8\n"))
    step = step_of(job, fitted(job, job.wearer, traits_of(job)), job.wearer)
    names = [joint.name for joint in job.arm.joints]
    assert dict(zip(names, step.shaper.gain.values, strict=True)) == {
        "elbow": 0.5,
        "wrist_rotation": 0.5,
        "wrist_flexion": 0.5,
        "hand": 0.8,
    }
