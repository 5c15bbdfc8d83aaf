"""What is told about priority, cores and memory is what the system has done, with permission and without.

Each case is a process of its own: what is asked for here cannot be given back.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from controller.process_priority import LONGEST_RUN_US, ProcessConfig, has_real_time_priority, try_settings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these settings")

ROOT = Path(__file__).resolve().parents[3]
# Says what was told and what is so, also of a thread and a process that are started afterwards.
LOOK = """
import json, os, resource, signal, sys, threading
from controller.process_priority import ProcessConfig, has_real_time_priority, try_settings
{before}
given_up = []
told = try_settings(ProcessConfig.model_validate(json.loads(sys.argv[1])), lambda: given_up.append(True))
{after}
thread_policy = []
thread = threading.Thread(target=lambda: thread_policy.append(os.sched_getscheduler(0)))
thread.start()
thread.join()
child = os.fork()
if child == 0:
    os._exit(os.sched_getscheduler(0))
child_policy = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
memory = [line for line in open("/proc/self/status") if line.startswith("VmLck")][0]
print(json.dumps({{
    "told": told,
    "real_time": has_real_time_priority(0),
    "priority": os.sched_getparam(0).sched_priority,
    "thread_policy": thread_policy[0],
    "child_policy": child_policy,
    "cores": sorted(os.sched_getaffinity(0)),
    "locked_kb": int(memory.split()[1]),
    "longest_run_us": resource.getrlimit(resource.RLIMIT_RTTIME)[0],
    "given_up": len(given_up),
}}))
"""
# As an ordinary user without limits for him in a unit. Root would be permitted whatever the limits say.
NO_PERMISSION = """
resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
if os.geteuid() == 0:
    os.setgroups([])
    os.setuid(65534)
"""
# The signal that the kernel sends at the bound, and what it would find: a loop that never comes to an end by itself.
RUN_AWAY = """
os.kill(os.getpid(), signal.SIGXCPU) if not has_real_time_priority(0) else None
while has_real_time_priority(0):
    pass
"""


def look(asked: dict[str, Any], before: str = "", after: str = "") -> dict[str, Any]:
    script = LOOK.format(before=before, after=after)
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(asked)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def test_nothing_asked_for_is_nothing_done() -> None:
    seen = look({})
    assert (seen["told"], seen["real_time"], seen["locked_kb"]) == ([], False, 0)
    assert seen["cores"] == sorted(os.sched_getaffinity(0))


def test_the_priority_that_is_told_is_there_and_the_loops_thread_alone_has_it() -> None:
    seen = look({"real_time_priority": 7})
    if seen["real_time"]:
        assert seen["told"] == ["real-time priority 7"]
        assert seen["priority"] == 7
        assert 0 < seen["longest_run_us"] <= LONGEST_RUN_US
    else:  # where the tests run without permission
        assert "refused: Operation not permitted" in seen["told"][0]
    assert seen["thread_policy"] == os.SCHED_OTHER
    assert seen["child_policy"] == os.SCHED_OTHER


def test_without_permission_each_refusal_says_what_to_give_and_nothing_is_changed() -> None:
    core = min(os.sched_getaffinity(0))
    seen = look({"real_time_priority": 50, "lock_memory": True, "cores": [core]}, before=NO_PERMISSION)
    cores, memory, priority = seen["told"]
    assert cores == f"cores {core}"  # nobody needs a permission for that
    assert seen["cores"] == [core]
    assert memory.startswith("locked memory refused: the limit is 64 kB, and expected none; give CAP_IPC_LOCK")
    assert priority.startswith("real-time priority refused: Operation not permitted; give CAP_SYS_NICE")
    assert (seen["real_time"], seen["locked_kb"]) == (False, 0)


def test_locked_memory_that_is_told_is_locked() -> None:
    seen = look({"lock_memory": True})
    assert (seen["told"] == ["locked memory"]) == (seen["locked_kb"] > 0)
    assert len(seen["told"]) == 1


def test_a_loop_that_runs_without_a_pause_loses_its_priority_and_goes_on() -> None:
    seen = look({"real_time_priority": 1}, after=RUN_AWAY)
    if "refused" not in seen["told"][0]:
        assert seen["given_up"] == 1
    assert not seen["real_time"]


def test_the_bound_of_the_unit_stays_where_it_is_tighter() -> None:
    before = "resource.setrlimit(resource.RLIMIT_RTTIME, (200_000, 300_000))"
    assert look({"real_time_priority": 1}, before=before)["longest_run_us"] == 200_000


def test_cores_that_are_not_there_are_refused_and_all_stay() -> None:
    there = sorted(os.sched_getaffinity(0))
    seen = look({"cores": [there[0], 4094]})
    names = ", ".join(map(str, there))
    assert seen["told"] == [f"cores refused: expected some of {names}, got {there[0]}, 4094"]
    assert seen["cores"] == there


@pytest.mark.parametrize(
    "asked",
    [{"real_time_priority": 100}, {"real_time_priority": -1}, {"cores": [-1]}, {"lock_memory": "yes please"}, {"x": 1}],
    ids=str,
)
def test_a_setting_out_of_range_is_a_fault_of_the_configuration(asked: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ProcessConfig.model_validate(asked)


def test_elsewhere_each_refusal_says_that_only_linux_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    asked = ProcessConfig(real_time_priority=1, cores=(0,), lock_memory=True)
    told = try_settings(asked, lambda: None)
    assert len(told) == 3
    assert all("only Linux" in line for line in told)
    assert not has_real_time_priority(0)
