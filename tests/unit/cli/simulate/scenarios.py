"""Small scenarios for tests."""

import json
from pathlib import Path
from typing import Any

from cli.simulate.comparison import summary
from cli.simulate.job import AssessmentFigures, RunResult, TrialFigures
from cli.simulate.scenario_file import load_jobs
from cli.simulate.session import run_job

CONFIGS = Path(__file__).resolve().parents[4] / "configs"

SMALL = f"""
seeds = [1]

[wearer]
file = "{CONFIGS}/wearers/transhumeral_six.toml"

[arm]
file = "{CONFIGS}/arms/transhumeral.toml"

[calibration]
repetitions = 2

[[assessments]]
kind = "tac"
repetitions = 1
time_limit_s = 8

[[assessments]]
kind = "rest"
seconds = 5
"""
# Nobody reaches anything: for what is about runs, and not about control.
QUICK = SMALL.replace('kind = "tac"\nrepetitions = 1\ntime_limit_s = 8', 'kind = "rest"\nseconds = 1', 1).replace(
    "seconds = 5", "seconds = 1"
)
# Of one joint: what says the same does so after two targets as after six.
TWO_DECODERS = SMALL.replace("[arm]", '[arm]\njoints = ["elbow"]') + '[sweep]\ndecoder = ["auto", "lda"]\n'
# Both tests with things, too short to do much in.
HANDS = f"""
[wearer]
file = "{CONFIGS}/wearers/transhumeral_six.toml"

[arm]
file = "{CONFIGS}/arms/transhumeral.toml"
physics = true

[calibration]
repetitions = 2

[[assessments]]
kind = "box_and_blocks"
blocks = 2
time_limit_s = 7

[[assessments]]
kind = "clothespin"
time_limit_s = 3

[[assessments]]
kind = "rest"
seconds = 1
"""
TIMES = ("wall_s", "computing_s", "elapsed_s", "behind_s")


def written(folder: Path, more: str = "", text: str = SMALL) -> Path:
    """Write a scenario; `more` goes in front, where the keys outside of all tables stand."""
    path = folder / "small.toml"
    path.write_text(more + text, encoding="utf-8")
    return path


def said_in_this_process(path: Path) -> Any:
    """Do all runs, one after the other; return what `--json` would say."""
    return json.loads(json.dumps(summary([run_job(job) for job in load_jobs(path)], 0.0, 0)))


def without_times(value: Any) -> Any:
    """Return what `--json` says without what a clock said."""
    if isinstance(value, dict):
        return {name: without_times(one) for name, one in value.items() if name not in TIMES}
    return [without_times(one) for one in value] if isinstance(value, list) else value


def run_of(delay: float, seed: int, times: list[float | None], rest_rad: float) -> RunResult:
    """Return a made-up run with a rest test, a TAC test of trials with these completion times, and practice."""
    trials = tuple(
        TrialFigures(
            what="elbow+",
            began_s=1.0,
            completion_s=time,
            path_efficiency=None if time is None else 0.5,
            overshoots=1,
        )
        for time in times
    )
    practice = (TrialFigures(what="elbow+", began_s=0.0, completion_s=99.0),)
    rest: dict[str, float | None] = {"rest_motion_rad": rest_rad}
    return RunResult(
        key=f"{delay}-{seed}",
        point={"added_delay_ms": delay},
        seed=seed,
        decoder="gaussian",
        tests=(
            AssessmentFigures(kind="tac", practice=True, parameters={}, figures={}, trials=practice),
            AssessmentFigures(kind="rest", practice=False, parameters={}, figures=rest, trials=()),
            AssessmentFigures(kind="tac", practice=False, parameters={}, figures={}, trials=trials),
        ),
        wall_s=2.0,
    )
