"""What an operating system can give to a process beyond the usual: real-time priority, cores, memory that stays.

Tried when asked for, told, never required. Only Linux has all three; sched(7), mlockall(2) and getrlimit(2) say how.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

if sys.platform == "linux":
    import resource

# Computing for so long without a pause is no decision any more: a loop that is late by half of it is a fault already.
LONGEST_RUN_US = 1_000_000
# mlockall(2). On fault: what is used stays. Without it each reserved page is filled, of thread stacks too.
LOCK_NOW, LOCK_LATER, LOCK_ON_FAULT = 1, 2, 4
# Bit of CapEff, capabilities(7).
CAN_LOCK_MEMORY = 14


class ProcessConfig(BaseModel):
    """What to ask for. `real_time_priority` 0: none; `cores`: numbers of those to run on, empty for all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    real_time_priority: Annotated[int, Field(ge=0, le=99)] = 0
    cores: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(max_length=1024)] = ()
    lock_memory: bool = False


def try_settings(config: ProcessConfig, given_up: Callable[[], None]) -> tuple[str, ...]:
    """Ask for all that is configured, and return a line for people on what became of each.

    To be called in the main thread, which is the loop's: it alone gets the priority, and no thread or process that it
    starts later. `given_up` is called, between two instructions of that thread, when the priority was given up.
    """
    lines = []
    if config.cores:
        lines.append(_use_cores(set(config.cores)))
    if config.lock_memory:
        lines.append(_lock_memory())
    if config.real_time_priority:
        lines.append(_raise_priority(config.real_time_priority, given_up))
    return tuple(lines)


def has_real_time_priority(process_id: int) -> bool:
    """Return whether the main thread of a process (0: this thread) has it now; never where there is none."""
    if sys.platform != "linux":
        return False
    return os.sched_getscheduler(process_id) & ~os.SCHED_RESET_ON_FORK == os.SCHED_FIFO


def _use_cores(cores: set[int]) -> str:
    if sys.platform != "linux":
        return "cores refused: only Linux can be told which"
    there = os.sched_getaffinity(0)
    if not cores <= there:
        return f"cores refused: expected some of {_list(there)}, got {_list(cores)}"
    try:
        os.sched_setaffinity(0, cores)
    except OSError as error:
        return f"cores refused: {error.strerror}"
    return f"cores {_list(cores)}"


def _lock_memory() -> str:
    if sys.platform != "linux":
        return "locked memory refused: only Linux has it"
    limit, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    if limit != resource.RLIM_INFINITY and not _has_capability(CAN_LOCK_MEMORY):
        # It might succeed now; then the first allocation beyond the limit would fail, in the middle of a motion.
        return (
            f"locked memory refused: the limit is {limit // 1024} kB, and expected none; "
            "give CAP_IPC_LOCK or set LimitMEMLOCK=infinity in the unit"
        )
    library = ctypes.CDLL(None, use_errno=True)
    if library.mlockall(LOCK_NOW | LOCK_LATER | LOCK_ON_FAULT) != 0:
        return f"locked memory refused: {os.strerror(ctypes.get_errno())}"
    return "locked memory"


def _has_capability(bit: int) -> bool:
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return any(line.startswith("CapEff:") and int(line.split()[1], 16) >> bit & 1 for line in lines)


def _raise_priority(priority: int, given_up: Callable[[], None]) -> str:
    if sys.platform != "linux":
        return "real-time priority refused: only Linux has it"

    def give_up(_number: int, _frame: object) -> None:
        # An ordinary user may not take the flag away again.
        os.sched_setscheduler(0, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK, os.sched_param(0))
        given_up()

    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
    except OSError as error:
        return (
            f"real-time priority refused: {error.strerror}; "
            "give CAP_SYS_NICE, or set LimitRTPRIO and no RestrictRealtime in the unit"
        )
    # A loop that runs away must not take the computer with it.
    signal.signal(signal.SIGXCPU, give_up)
    soft, hard = resource.getrlimit(resource.RLIMIT_RTTIME)
    bounds = [bound for bound in (LONGEST_RUN_US, soft, hard) if bound != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_RTTIME, (min(bounds), hard))
    return f"real-time priority {priority}"


def _list(cores: set[int]) -> str:
    return ", ".join(str(core) for core in sorted(cores)) or "none"
