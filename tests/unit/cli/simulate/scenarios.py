"""Small scenarios for tests."""

from pathlib import Path
from typing import Any

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
TIMES = ("wall_s", "elapsed_s", "behind_s")


def written(folder: Path, more: str = "", text: str = SMALL) -> Path:
    """Write a scenario; `more` goes in front, where the keys outside of all tables stand."""
    path = folder / "small.toml"
    path.write_text(more + text, encoding="utf-8")
    return path


def without_times(value: Any) -> Any:
    """Return what `--json` says without what a clock said."""
    if isinstance(value, dict):
        return {name: without_times(one) for name, one in value.items() if name not in TIMES}
    return [without_times(one) for one in value] if isinstance(value, list) else value
