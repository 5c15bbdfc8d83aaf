"""Run a service until it is told to end."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any

from controller.tasks import end_task


def run_until_stopped(service: Coroutine[Any, Any, None]) -> None:
    """Run `service` to its end, or until SIGINT or SIGTERM cancels it; its own errors are raised.

    A second signal while it ends is not lost on a hang: it falls back to Python's own handling.
    """
    asyncio.run(_until_signal(service))


async def _until_signal(service: Coroutine[Any, Any, None]) -> None:
    loop = asyncio.get_running_loop()
    task = loop.create_task(service)
    ending: list[asyncio.Task[None]] = []

    def end() -> None:
        ending.append(loop.create_task(end_task(task)))
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    with contextlib.suppress(asyncio.CancelledError):
        await task
    if ending:
        await ending[0]
    elif task.cancelled():
        raise RuntimeError("the service cancelled itself")
