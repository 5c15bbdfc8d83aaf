import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

# Long enough for a farewell to a broker that answers.
ASK_AGAIN_S = 2.0


async def end_task(task: "asyncio.Task[Any]") -> None:
    """Cancel a task until it has ended; its result or error is dropped.

    More than once, because a cancellation can get lost: until Python 3.12 `asyncio.wait_for`, which the MQTT client
    uses, swallows one that comes in the moment its own wait is over.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=ASK_AGAIN_S)
    if not task.cancelled():
        task.exception()  # seen; asyncio would complain that nobody looked


async def finish(work: Coroutine[Any, Any, None]) -> None:
    """Do `work` to its end, however often we are cancelled meanwhile: for what must not be left half ended."""
    task = asyncio.create_task(work)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    task.result()
