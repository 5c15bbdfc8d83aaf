"""Programs that want every processor core for themselves."""

import os
import subprocess
import sys

# Ends with the program that started it, however that ended. The first line says that it runs.
_HOG = """
import os, sys
parent, core = int(sys.argv[1]), int(sys.argv[2])
if core >= 0:
    os.sched_setaffinity(0, {core})
print(flush=True)
while os.getppid() == parent:
    for _ in range(1_000_000):
        pass
"""


class ProcessorHogs:
    """Some hogs on each core that this process may use, at the usual priority."""

    def __init__(self) -> None:
        self._hogs: list[subprocess.Popen[bytes]] = []

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._hogs)

    def start(self, per_core: int = 1) -> None:
        """Start so many on each core, and wait until all of them run; those of before are ended."""
        self.end()
        self._hogs = [
            subprocess.Popen(  # noqa: S603 - our own program, nothing from outside
                [sys.executable, "-c", _HOG, str(os.getpid()), str(core)],
                stdout=subprocess.PIPE,
                start_new_session=True,  # Linux shares out by session: ours must not have to share with them
            )
            for core in _cores() * per_core
        ]
        for hog in self._hogs:
            if hog.stdout is not None:
                hog.stdout.readline()

    def end(self) -> None:
        """End them all."""
        hogs, self._hogs = self._hogs, []
        for hog in hogs:
            hog.kill()
            hog.communicate()


def _cores() -> list[int]:
    """Return the numbers of the cores; -1 for each where a program cannot be told where to run."""
    if sys.platform != "linux":
        return [-1] * (os.cpu_count() or 1)
    return sorted(os.sched_getaffinity(0))
