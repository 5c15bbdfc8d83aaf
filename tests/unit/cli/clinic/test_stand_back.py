"""Where the clinic may run once the controller has cores of its own. Each case is a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can be told which cores")

ROOT = Path(__file__).resolve().parents[4]
# A thread that is there already, and a process that is started afterwards.
LOOK = """
import json, os, subprocess, sys, threading
from cli.clinic.stand_back import keep_off
over, cores = threading.Event(), []
def other():
    over.wait()
    cores.append(sorted(os.sched_getaffinity(0)))
thread = threading.Thread(target=other)
thread.start()
keep_off(json.loads(sys.argv[1]))
over.set()
thread.join()
told = "import json, os; print(json.dumps(sorted(os.sched_getaffinity(0))))"
child = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
print(json.dumps([sorted(os.sched_getaffinity(0)), cores[0], json.loads(child.stdout)]))
"""
THERE = sorted(os.sched_getaffinity(0))


def cores_after(given: Collection[int]) -> list[int]:
    command = [sys.executable, "-c", LOOK, json.dumps(list(given))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    main, thread, child = json.loads(done.stdout)
    assert main == thread == child
    return list(main)


def test_it_keeps_off_the_core_that_the_controller_was_given() -> None:
    assert cores_after(THERE[-1:]) == (THERE[:-1] or THERE)


@pytest.mark.parametrize("given", [[], THERE, [4094]], ids=["none", "all", "not there"])
def test_it_runs_anywhere_where_the_controller_has_none_or_all(given: list[int]) -> None:
    assert cores_after(given) == THERE
