"""What tests of a moving arm take for undisturbed (`tests.rigs.command_stream`)."""

import contextlib
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

import psutil
import pytest

from controller.contract.command import Command
from controller.safety.freshness import NS_PER_MS
from controller.safety.states import State
from tests.rigs.bystander import Bystander, waited_ns
from tests.rigs.command_stream import TO_AND_FRO, assert_undisturbed

COUNT = 3 * TO_AND_FRO
PERIOD_NS = 10 * NS_PER_MS
HELD = range(400, 450)
STOPPED_MS = 140
PROGRAM = "import os, time; os.sched_setaffinity(0, {%d})\nwhile True: %s"


def commands(held: Sequence[int] = (), still: Sequence[int] = (), absent: Sequence[int] = ()) -> list[Command]:
    """Nine seconds of an elbow that goes to and fro, but for some that are held or still, or did not come."""
    return [
        Command(
            session="0123456789abcdef",
            seq=seq,
            sample_index=10 * seq,
            t_sample_ns=seq * PERIOD_NS,
            t_publish_ns=seq * PERIOD_NS + NS_PER_MS,
            ttl_ms=100,
            state=State.HOLDING if seq in held else State.ENGAGED,
            velocity_rad_s={"elbow": 0.0 if seq in still or seq in held else math.sin(seq / 40)},
        )
        for seq in range(COUNT)
        if seq not in absent
    ]


def wait_before(seq: int) -> tuple[int, int]:
    return (seq - 10) * PERIOD_NS, seq * PERIOD_NS


def test_to_and_fro_is_undisturbed_and_so_is_a_hold_when_the_machine_let_them_wait() -> None:
    assert_undisturbed(commands(), "elbow", [])
    assert_undisturbed(commands(held=HELD), "elbow", [wait_before(HELD[0])])


@pytest.mark.parametrize(
    "disturbed",
    [
        commands(held=HELD),
        commands(held=range(208, 250)),
        commands(held=range(180, 185)),
        commands(absent=[77]),
        commands(still=range(300, 600)),
        commands(still=range(600, 900), held=range(200, 250)),
        commands()[: TO_AND_FRO - 1],
    ],
    ids=["held", "held too late", "held before", "missed", "still", "still after a hold", "ended"],
)
def test_what_is_disturbed(disturbed: list[Command]) -> None:
    with pytest.raises(AssertionError):
        assert_undisturbed(disturbed, "elbow", [wait_before(200)])


@pytest.mark.parametrize(
    ("waits", "in_all"),
    [
        ([], 0),
        ([(0, 10), (20, 30)], 0),
        ([(0, 12), (18, 30)], 4),
        ([(0, 30)], 10),
        ([(15, 17), (11, 16), (12, 13)], 6),
    ],
    ids=["none", "outside", "at both ends", "all of it", "at the same time"],
)
def test_who_waits_at_the_same_time_counts_once(waits: list[tuple[int, int]], in_all: int) -> None:
    assert waited_ns(waits, 10, 20) == in_all


def test_a_bystander_tells_when_it_was_kept_waiting_on_any_core() -> None:
    began_ns = time.monotonic_ns()
    with Bystander() as bystander:
        time.sleep(0.5)  # until it has begun
        cores = [psutil.Process(process.pid).cpu_affinity() for process in bystander.processes]
        last = bystander.processes[-1]
        last.send_signal(signal.SIGSTOP)
        time.sleep(STOPPED_MS / 1000)
        last.send_signal(signal.SIGCONT)
        time.sleep(0.2)
    assert cores == [[core] for core in sorted(os.sched_getaffinity(0))]
    assert any(ended_ns - started_ns >= STOPPED_MS * NS_PER_MS for started_ns, ended_ns in bystander.waits)
    assert all(began_ns < started_ns < ended_ns < time.monotonic_ns() for started_ns, ended_ns in bystander.waits)


@pytest.mark.parametrize(("work", "waits"), [("pass", True), ("time.sleep(1)", False)], ids=["busy", "asleep"])
def test_a_bystander_tells_when_who_has_work_to_do_was_kept_waiting(work: str, waits: bool) -> None:
    core = max(os.sched_getaffinity(0))
    with contextlib.ExitStack() as stack:
        programs = [
            stack.enter_context(subprocess.Popen([sys.executable, "-c", PROGRAM % (core, what)]))
            for what in (work, "pass", "pass", "pass")
        ]
        for program in programs:
            stack.callback(program.kill)
        with Bystander([programs[0].pid]) as bystander:
            time.sleep(0.5)  # until all have begun
            from_ns = time.monotonic_ns()
            time.sleep(1.0)
            to_ns = time.monotonic_ns()
    # Of four that share a core three wait at a time.
    assert (waited_ns(bystander.waits, from_ns, to_ns) > 500 * NS_PER_MS) == waits
