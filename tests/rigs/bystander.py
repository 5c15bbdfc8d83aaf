"""Somebody who has nothing to do with it, and tells when the machine itself stood still."""

import subprocess
import sys
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypeAlias

from controller.safety.freshness import NS_PER_MS

# It asks for a turn every 5 ms. With up to nine busy programs for each core it waited 37 ms at the most. What is much
# longer is the machine's own, and makes a sample stale (100 ms) that has still to be sent and read.
TURN_MS, STALL_MS = 5, 70
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
