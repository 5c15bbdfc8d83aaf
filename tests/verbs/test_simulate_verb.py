"""`efferent simulate` as people call it: the same bits again, and in other processes; ended early; broken."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cli.exit_codes import BAD_INPUT, INTERRUPTED, WELL
from cli.main import main
from tests.unit.cli.simulate.scenarios import (
    QUICK,
    SMALL,
    TWO_DECODERS,
    said_in_this_process,
    without_times,
    written,
)


def simulated(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Return what `--json` prints."""
    assert main(["simulate", *arguments, "--json"]) == WELL
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def test_one_process_or_two_say_the_same_to_the_bit_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(written(tmp_path, text=TWO_DECODERS))
    out = str(tmp_path / "out")
    said = simulated(capsys, path, "--fast", "--jobs", "1", "--output", out)
    for name in ("completion_rate", "median_completion_s", "path_efficiency", "rest_motion_rad", "wall_s"):
        assert isinstance(said[name], float)
    assert said["completion_rate"] >= 0.5
    assert said["rest_motion_rad"] == said["rest_commanded_rad"] == 0.0
    assert 0.0 < said["computing_s"] <= said["wall_s"]
    assert [point["point"] for point in said["comparisons"]] == [{"decoder": "auto"}, {"decoder": "lda"}]
    assert [run["decoder"] for run in said["runs"]] == ["gaussian", "lda"]
    two = simulated(capsys, path, "--fast", "--jobs", "2")
    assert without_times(two) == without_times(said)
    # What is there is not done again, and what it says is the same.
    assert simulated(capsys, path, "--fast", "--output", out, "--resume")["runs"] == said["runs"]


def test_a_run_at_the_pace_of_the_wall_clock_decides_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, text=QUICK)
    paced = simulated(capsys, str(path))
    assert without_times(paced) == without_times(said_in_this_process(path))
    assert paced["elapsed_s"] >= paced["runs"][0]["simulated_s"] > 3.0


def test_ctrl_c_leaves_what_was_finished(tmp_path: Path) -> None:
    path = written(tmp_path, text=QUICK)
    out = tmp_path / "out"
    seeds = ["--seeds", "1-40", "--jobs", "1", "--output", str(out)]
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "simulate", str(path), "--fast", *seeds],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while not list(out.glob("runs/*.json")):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        said, told = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == INTERRUPTED
    assert "done %" in said
    assert "of 40 runs were not finished" in told
    assert "Traceback" not in told
    assert len(list(out.glob("runs/*.json"))) < 40


def test_a_process_that_dies_costs_one_sentence_and_no_result(tmp_path: Path) -> None:
    path = written(tmp_path, text=QUICK)
    out = tmp_path / "out"
    seeds = ["--seeds", "1-40", "--jobs", "1", "--output", str(out)]
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "simulate", str(path), "--fast", *seeds],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while not list(out.glob("runs/*.json")):
            assert process.poll() is None
            time.sleep(0.02)
        for child in children(process.pid):
            os.kill(child, signal.SIGKILL)
        _, told = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == BAD_INPUT
    assert told.count("\n") == 1
    assert "ended from outside" in told
    assert list(out.glob("runs/*.json"))


def children(pid: int) -> list[int]:
    """Return the worker processes, which alone spawn's own tracker is not."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            words = (entry / "cmdline").read_text()
        except OSError:
            continue
        if parent == pid and "spawn_main" in words:
            found.append(int(entry.name))
    return found


def test_a_wearer_whose_nerves_have_not_arrived_is_refused_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, 'decoder = "direct"\n', SMALL.replace("[arm]", "months = 1\n[arm]"))
    assert main(["simulate", str(path), "--fast"]) == BAD_INPUT
    told = capsys.readouterr().err
    assert "no run came to its tests" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.toml"], "nowhere.toml"),
        (["nowhere.toml", "--jobs", "0"], "--jobs takes at least 1"),
        (["nowhere.toml", "--resume"], "--resume needs --output"),
    ],
)
def test_bad_input_is_one_sentence(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", *arguments]) == BAD_INPUT
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
