"""Somebody who has nothing to do with it, and tells when the machine itself stood still."""

import subprocess
import sys
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypeAlias

NS_PER_MS = 1_000_000
# It asks for a turn every 5 ms. With nine busy programs for each of two cores it was never kept waiting for 30 ms.
TURN_MS, STALL_MS = 5, 30
PROGRAM = f"""
import time
before = time.monotonic_ns()
while True:
    time.sleep({TURN_MS} / 1000)
    now = time.monotonic_ns()
    if now - before > {STALL_MS} * {NS_PER_MS}:
        print(before, now, flush=True)
    before = now
"""
# From when to when nobody had a turn, in ns of `time.monotonic_ns`.
Stall: TypeAlias = tuple[int, int]


@dataclass(slots=True)
class Bystander:
    """A process beside the others, with their priority, that waits for its turn as they do.

    `stalls`: filled once it has been left.
    """

    stalls: list[Stall] = field(default_factory=list)
    process: subprocess.Popen[str] = field(init=False)

    def __enter__(self) -> Self:
        self.process = subprocess.Popen([sys.executable, "-S", "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        said, _ = self.process.communicate()
        for line in said.splitlines():
            began, ended = line.split()
            self.stalls.append((int(began), int(ended)))
