"""`efferent bench arm`: what it prints. How quick it is depends on the machine."""

import json

import pytest

from cli.main import main


def test_it_measures_every_arm_while_it_moves_and_grips(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "arm", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert len({row["arm"] for row in rows}) == len(rows) == 5
    for row in rows:
        assert 0.0 < row["p50_us"] <= row["p99_us"]
        assert row["times_real_time"] > 0.0
        assert (row["grip_n"] > 5.0) == ("grips" in row["arm"])
