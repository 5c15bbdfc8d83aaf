"""`efferent bench driver` on a real process and pty, short: what it prints, and that losses are found."""

import json
import subprocess
import sys

import numpy as np

from cli.bench.driver import DriverRow, _wrong_samples
from cli.bench.driver_table import driver_table, print_driver
from drivers.chunk import Chunk

DELAYS = {"p50": 0.1, "p99": 0.2, "p999": 0.3, "max": 0.4}


def row(lost: int = 0, bad: int = 0, wrong: int = 0) -> DriverRow:
    return DriverRow("latency", 8, 1000.0, 10, 1.0, 1000, 100, lost, bad, wrong, 1.5, 0.1, DELAYS)


def test_it_measures_both_loads_and_says_on_what() -> None:
    arguments = [sys.executable, "-m", "cli.main", "bench", "driver", "--json", "--duration", "1"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout, done.stderr
    values = json.loads(done.stdout)
    assert (done.returncode == 0) == (values["problems"] == [])
    throughput, latency = values["rows"]
    assert (throughput["channels"], throughput["rate_hz"]) == (64, 4000.0)
    assert (latency["channels"], latency["rate_hz"], latency["samples_per_packet"]) == (8, 1000.0, 10)
    for one in values["rows"]:
        assert one["samples"] > 0.5 * one["rate_hz"]
        assert one["wrong_samples"] == 0  # what came is what was sent, whatever the machine was busy with
        assert 0 < one["delay_ms"]["p50"] <= one["delay_ms"]["p99"] <= one["delay_ms"]["max"]
        assert one["cpu_percent"] > 0
    assert set(values["machine"]) == {"processor", "cores", "system", "python", "load"}


def test_a_loss_makes_it_fail_and_is_told(capsys: object) -> None:
    assert print_driver([row()], as_json=True) == 0
    assert print_driver([row(lost=3)], as_json=True) == 1
    assert row(lost=3, bad=1).problems == ("latency: 3 samples lost, 1 bad frames",)
    assert row(wrong=2).problems == ("latency: 2 samples are not those that were sent",)


def test_bounds_stand_beside_what_they_are_for() -> None:
    shown = [list(column.cells) for column in driver_table([row()]).columns]
    assert "0.100 ms (to hold: 0.3 ms)" in shown[1]
    assert "1.5 %" in shown[1]


def test_samples_are_compared_with_those_sent_by_their_index() -> None:
    sent = np.arange(20.0).reshape(10, 2)
    right = [Chunk(sent[4:8], 0, 4), Chunk(np.concatenate([sent[8:], sent[:2]]), 0, 18)]
    assert _wrong_samples(right, sent) == 0
    assert _wrong_samples([Chunk(sent[4:8], 0, 5)], sent) == 4
