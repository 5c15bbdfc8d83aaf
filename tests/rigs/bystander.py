"""Somebody who stands by, and tells when those who have work to do were kept waiting for their turn."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Self, TypeAlias

from controller.safety.freshness import NS_PER_MS

# It asks for a turn every 5 ms itself. What kept it waiting so much longer held up all that was on its core.
TURN_MS, LATE_MS = 5, 20
# Waits: what the kernel adds up for each thread that could run and was not let (second number of `schedstat`). They are
# added once they are over, so that a wait may be longer than it is since the last look.
PROGRAM = f"""
import contextlib, glob, os, sys, time
core, *watched = map(int, sys.argv[1:])
os.sched_setaffinity(0, {{core}})
threads = []
for process in watched:
    for path in glob.glob(f"/proc/{{process}}/task/*/schedstat"):
        with contextlib.suppress(FileNotFoundError):  # it has just ended
            threads.append(os.open(path, os.O_RDONLY))
waited = {{}}
before = time.monotonic_ns()
while True:
    time.sleep({TURN_MS} / 1000)
    now = time.monotonic_ns()
    longest = now - before if now - before > {LATE_MS * NS_PER_MS} else 0
    before = now
    for thread in threads:
        with contextlib.suppress(ProcessLookupError):  # it has ended
            in_all = int(os.pread(thread, 64, 0).split()[1])
            longest = max(longest, in_all - waited.get(thread, in_all))
            waited[thread] = in_all
    if longest > {NS_PER_MS}:
        print(now - longest, now, flush=True)
"""
# From when to when somebody was kept waiting, in ns of `time.monotonic_ns`.
Wait: TypeAlias = tuple[int, int]


@dataclass(slots=True)
class Bystander:
    """A process on each core, as a virtual core can stand still by itself; the first looks at `watched`.

    `watched`: ids of processes, of which the threads that are there at the beginning count. `waits`: filled once the
    bystander has been left.
    """

    watched: Sequence[int] = ()
    waits: list[Wait] = field(default_factory=list)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    # Not a pipe: nobody reads it meanwhile, and it is full after some time.
    _said: IO[str] = field(default_factory=lambda: tempfile.TemporaryFile("w+"))  # noqa: SIM115 - closed at the exit

    def __enter__(self) -> Self:
        watched = [str(process) for process in self.watched]
        for core in sorted(os.sched_getaffinity(0)):
            command = [sys.executable, "-S", "-c", PROGRAM, str(core), *watched]
            self.processes.append(subprocess.Popen(command, stdout=self._said))
            watched = []
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self.processes:
            process.terminate()
            assert process.wait() == -signal.SIGTERM, "the bystander ended by itself"
        with self._said as said:
            said.seek(0)
            for line in said:
                began, ended = line.split()
                self.waits.append((int(began), int(ended)))


def waited_ns(waits: Sequence[Wait], from_ns: int, to_ns: int) -> int:
    """Return how much of a span somebody was kept waiting; who waits at the same time counts once."""
    in_all, until_ns = 0, from_ns
    for began_ns, ended_ns in sorted(waits):
        since_ns, until = max(began_ns, until_ns), min(ended_ns, to_ns)
        if until > since_ns:
            in_all, until_ns = in_all + until - since_ns, until
    return in_all
