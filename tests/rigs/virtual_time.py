"""An event loop whose clock jumps to the next timer: what happens when, without waiting for it."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any


class _Jumping(selectors.DefaultSelector):
    """Never waits; `now_s` goes on by as much as it was to wait."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0.0)
        if not ready:
            if timeout is None:
                raise RuntimeError("everything waits for something that never comes")
            self.now_s += max(timeout, 0.0)
        return ready


class _VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now_s


def run_in_virtual_time(scene: Coroutine[Any, Any, None]) -> None:
    """Run to the end; nothing in it may wait for a thread, a process or a socket."""
    with asyncio.Runner(loop_factory=_VirtualTimeLoop) as runner:
        runner.run(scene)
