"""The computer itself: its disk, its clock, its processors."""

import contextlib
import signal
import sys
import time
from functools import cache

from sim.errors import NotPermittedError, SimError
from sim.faults.fault import Bound, Fault, Recovery, System

if sys.platform != "win32":
    import resource

_CLOCK_STEP_NS = 3_600_000_000_000


async def _fill_disk(system: System) -> None:
    """No file may grow: what a process sees of a full disk, and nobody else's disk is touched."""
    _let_files_grow(system, False)
    await system.tune()


async def _empty_disk(system: System) -> None:
    _let_files_grow(system, True)


def _let_files_grow(system: System, grow: bool) -> None:
    process = system.process_id("controller")
    _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (hard if grow else 0, hard))


async def _stop_on_full_disk(system: System) -> None:
    _let_files_grow(system, False)
    system.stop()
    await system.arm_stopped()


async def _truncate_profile(system: System) -> None:
    system.send("controller", signal.SIGKILL)
    system.spoil_profile()
    if not await system.refuses_to_start():
        raise SimError("a controller began with half of a profile")


async def _restore_profile(system: System) -> None:
    system.restore_profile()
    await system.start("controller")


async def _hog(system: System) -> None:
    system.hog_processors(1)


async def _leave_processors(system: System) -> None:
    system.hog_processors(0)


async def _step_clock(_system: System) -> None:
    _set_clock_ns(_true_offset_ns() + _CLOCK_STEP_NS)


async def _step_clock_back(_system: System) -> None:
    with contextlib.suppress(NotPermittedError):  # then it was not set
        _set_clock_ns(_true_offset_ns())


@cache
def _true_offset_ns() -> int:
    """Return by what the wall clock was ahead of the monotonic one before it was set; so much it is set back to."""
    return time.clock_gettime_ns(time.CLOCK_REALTIME) - time.monotonic_ns()


def _set_clock_ns(offset_ns: int) -> None:
    try:
        time.clock_settime_ns(time.CLOCK_REALTIME, time.monotonic_ns() + offset_ns)
    except PermissionError as error:
        raise NotPermittedError("this user may not set the computer's clock (CAP_SYS_TIME)") from error


FAULTS = (
    Fault("disk-full", "no file can grow any more, and the profile is tuned", Bound.REST, Recovery.GOES_ON, _fill_disk,
          _empty_disk, 2.0),
    Fault("black-box-refused", "a stop comes while the disk of the black box takes nothing", Bound.STOP,
          Recovery.BY_A_PERSON, _stop_on_full_disk, _empty_disk, 3.0),
    Fault("profile-truncated", "the controller is killed and its profile cut in half", Bound.TTL, Recovery.BY_A_PERSON,
          _truncate_profile, _restore_profile),
    Fault("cpu-hog", "another program wants every core for 5 s", Bound.REST, Recovery.GOES_ON, _hog,
          _leave_processors, 5.0),
    Fault("clock-stepped", "the computer's clock is set an hour ahead and back", Bound.REST, Recovery.GOES_ON,
          _step_clock, _step_clock_back, 2.0, only_when_named=True),
)  # fmt: skip
