"""The clinic leaves the processor to the controller, which may be on the same machine."""

import os
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

# The controller comes first, on whatever core it runs.
NICENESS = 10


def come_second() -> None:
    """Take what others leave; so does all that is started later."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)


def keep_off(cores: Collection[int]) -> None:
    """Keep every thread off these cores, which the controller was given (`[process]`), where any other is left."""
    if sys.platform != "linux" or not cores:
        return
    others = os.sched_getaffinity(0) - set(cores)
    if others:
        for thread in Path("/proc/self/task").iterdir():
            with suppress(ProcessLookupError):  # it has ended meanwhile
                os.sched_setaffinity(int(thread.name), others)
