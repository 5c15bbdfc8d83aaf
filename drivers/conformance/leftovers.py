"""What a source may leave behind: descriptors, threads, tasks."""

import asyncio
import gc
import threading
import time
from dataclasses import dataclass
from pathlib import Path

# Where a system lists this process's open descriptors; Windows has no such place, and they are not counted there.
_DESCRIPTORS = tuple(Path(folder) for folder in ("/proc/self/fd", "/dev/fd") if Path(folder).is_dir())
# Libraries may free sockets and end threads a little after they were told to.
SETTLE_S = 10.0
_LOOK_AGAIN_S = 0.05


@dataclass(frozen=True, slots=True)
class Held:
    """What this process holds now."""

    descriptors: int
    threads: int

    @classmethod
    def now(cls) -> "Held":
        """Count, once what nobody refers to is gone."""
        gc.collect()
        count = sum(1 for _ in _DESCRIPTORS[0].iterdir()) if _DESCRIPTORS else 0
        return cls(count, threading.active_count())

    def more_after_settling(self) -> str:
        """Return what is held now beyond this, after libraries had the time to let go; empty for nothing."""
        give_up_at = time.monotonic() + SETTLE_S
        while True:
            now = Held.now()
            if now.descriptors <= self.descriptors and now.threads <= self.threads:
                return ""
            if time.monotonic() > give_up_at:
                return f"{now.descriptors - self.descriptors} descriptors and {now.threads - self.threads} threads"
            time.sleep(_LOOK_AGAIN_S)


async def tasks_left() -> list[str]:
    """Return the names of the tasks that still run beside this one, after the turns that a cancelled one needs."""
    for _ in range(5):
        await asyncio.sleep(0)
    return [task.get_name() for task in asyncio.all_tasks() - {asyncio.current_task()}]
