"""`efferent bench latency` on real processes, short: what it prints, and that it agrees with itself."""

import json
import subprocess
import sys
from typing import Any

import pytest

from cli.bench.load import PRIORITY
from sim.faults.hogs import ProcessorHogs

USUAL = {
    "broker", "device", "duration_s", "decisions", "ours_ms", "bare_ms", "cpu_percent", "rss_mb",
    "start_to_first_decision_s", "deadline_misses",
}  # fmt: skip


def bench(*options: str) -> tuple[int, dict[str, Any]]:
    arguments = ["bench", "latency", "--json", "--duration", "1", "--broker", "embedded", *options]
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments], capture_output=True, text=True, check=False, timeout=250
    )
    assert done.stdout, done.stderr
    values: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, values


def test_without_load_the_fields_are_those_of_ever() -> None:
    code, values = bench()
    assert code == 0
    assert set(values) == USUAL
    assert values["decisions"] > 0
    assert set(values["ours_ms"]) == set(values["bare_ms"]) == {"p50", "p99", "p999", "max"}


@pytest.mark.skipif(sys.platform != "linux", reason="real-time priority is Linux's")
def test_under_load_no_stale_command_is_accepted_and_both_priorities_are_shown() -> None:
    code, values = bench("--load")
    load = values.pop("load")
    assert set(values) == USUAL
    assert load["hogs"] > 0
    assert (code == 0) == (load["problems"] == [])
    spans = {False: load["usual"], True: load["real_time"]}
    if spans[True] is None:
        assert "refused" in load["real_time_refused"]
        del spans[True]
    for raised, span in spans.items():
        assert span["real_time"] == raised
        assert span["process"] == ([f"real-time priority {PRIORITY}"] if raised else [])
        assert span["decisions"] > 0
        assert span["accepted"] >= span["decisions"]
        assert span["guard_agrees"]
        assert span["stale_accepted"] == 0
        assert span["oldest_command_ms"] > 0.0
        assert span["oldest_sample_ms"] > 0.0
        assert set(span["to_socket_ms"]) == set(span["ours_ms"]) == {"p50", "p99", "p999", "max"}
    assert values["ours_ms"] == load["usual"]["ours_ms"]


def test_hogs_run_until_they_are_ended() -> None:
    hogs = ProcessorHogs()
    hogs.start(2)
    processes = list(hogs._hogs)
    assert hogs.count == len(processes) > 0
    assert [one.poll() for one in processes] == [None] * len(processes)
    hogs.end()
    assert hogs.count == 0
    assert all(one.poll() is not None for one in processes)
