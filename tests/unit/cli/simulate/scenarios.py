"""Small scenarios for tests."""

from pathlib import Path

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


def written(folder: Path, more: str = "", text: str = SMALL) -> Path:
    """Write a scenario; `more` goes in front, where the keys outside of all tables stand."""
    path = folder / "small.toml"
    path.write_text(more + text, encoding="utf-8")
    return path
