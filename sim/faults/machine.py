"""The computer itself: its disk, its clock, its processors."""

import signal
import sys
import time

from sim.errors import SimError
from sim.faults.fault import Bound, Fault, Recovery, System

if sys.platform != "win32":
    import resource

_CLOCK_STEP_S = 3600.0


async def _fill_disk(system: System) -> None:
    """No file may grow: what a process sees of a full disk, and nobody else's disk is touched."""
    process = system.process_id("controller")
    _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (0, hard))
    await system.tune()


async def _empty_disk(system: System) -> None:
    process = system.process_id("controller")
    _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (hard, hard))


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
    _step(_CLOCK_STEP_S)


async def _step_clock_back(_system: System) -> None:
    _step(-_CLOCK_STEP_S)


def _step(step_s: float) -> None:
    try:
        time.clock_settime(time.CLOCK_REALTIME, time.clock_gettime(time.CLOCK_REALTIME) + step_s)
    except PermissionError as error:
        raise SimError("this user may not set the computer's clock") from error


FAULTS = (
    Fault("disk-full", "no file can grow any more, and the profile is tuned", Bound.REST, Recovery.GOES_ON, _fill_disk,
          _empty_disk, 2.0),
    Fault("profile-truncated", "the controller is killed and its profile cut in half", Bound.TTL, Recovery.BY_A_PERSON,
          _truncate_profile, _restore_profile),
    Fault("cpu-hog", "another program wants every core for 5 s", Bound.REST, Recovery.GOES_ON, _hog,
          _leave_processors, 5.0),
    Fault("clock-stepped", "the computer's clock is set an hour ahead and back", Bound.REST, Recovery.GOES_ON,
          _step_clock, _step_clock_back, 2.0, only_when_named=True),
)  # fmt: skip
